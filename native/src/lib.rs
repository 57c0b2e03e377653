//! The native engine of sealtrail: AES-256-GCM, XAES-256-GCM and HKDF by AWS-LC, gzip by libdeflate, signatures.
//!
//! ```text
//! door ─ napi            from and to JavaScript: shapes in, numbers out
//!   ├── xaes, message ─ frames   the shapes of src/engine/engine.ts: wrapped keys, messages, runs of frames
//!   │     └── gcm, aes, hkdf, hmac  calls into AWS-LC
//!   ├── holder ─ arena   which keys this thread holds; where all keys of the process live
//!   │             └── pages
//!   ├── private ─ vault  keys that sign, agree, authenticate; where AWS-LC keeps them
//!   ├── random           a buffered generator per thread
//!   ├── sigv4            is this request signed by that key?
//!   ├── gzip, events, cpu
//!   ├── scribe           the journal's end, lent to a thread of its own
//!   ├── lane             calls that repeat others, answered without JavaScript
//!   └── front            an HTTP port on a thread of its own
//! ```
//!
//! No policy, no formats beyond those, no AWS error codes: those are in TypeScript, whose
//! src/engine/native/addon.ts types what this file exports. `unsafe` is used only in the files whose
//! first line says so.

mod aes;
mod arena;
mod bell;
mod bytes;
mod cpu;
mod door;
mod events;
mod frames;
mod front;
mod gcm;
mod gzip;
mod hkdf;
mod hmac;
mod holder;
mod lane;
mod message;
mod napi;
mod pages;
mod private;
mod random;
mod refusal;
mod scribe;
mod sigv4;
mod vault;
mod xaes;

napi::exports! {
    "features" => door::features,
    "keysInUse" => door::keys_in_use,
    "isLocked" => door::is_locked,
    "requireLock" => door::require_lock,
    "lockLimit" => door::lock_limit,
    "importKey" => door::import_key,
    "generateKey" => door::generate_key,
    "adoptKey" => door::adopt_key,
    "releaseKey" => door::release_key,
    "randomFill" => door::random_fill,
    "seal" => door::seal,
    "open" => door::open,
    "sealFrames" => door::seal_frames,
    "openFrames" => door::open_frames,
    "sealMessage" => door::seal_message,
    "openMessage" => door::open_message,
    "sealHeader" => door::seal_header,
    "openHeader" => door::open_header,
    "xaesCommitment" => door::xaes_commitment,
    "wrap" => door::wrap,
    "wrapKey" => door::wrap_key,
    "unwrap" => door::unwrap,
    "unwrapKey" => door::unwrap_key,
    "generateDataKeys" => door::generate_data_keys,
    "unwrapMany" => door::unwrap_many,
    "signingKey" => door::signing_key,
    "isSigned" => door::is_signed,
    "frontOpen" => front::door::open,
    "frontPort" => front::door::port,
    "frontTake" => front::door::take,
    "frontAnswer" => front::door::answer,
    "frontAsk" => front::door::ask,
    "frontStop" => front::door::stop,
    "frontDrop" => front::door::drop,
    "laneOpen" => lane::door::open,
    "laneAdmit" => lane::door::admit,
    "laneClear" => lane::door::clear,
    "laneClose" => lane::door::close,
    "scribeOpen" => scribe::door::open,
    "scribeLend" => scribe::door::lend,
    "scribeGiveBack" => scribe::door::give_back,
    "scribeAppend" => scribe::door::append,
    "scribeIsDurable" => scribe::door::is_durable,
    "scribeEnd" => scribe::door::end,
    "privateBlocksInUse" => private::door::blocks_in_use,
    "privateGenerate" => private::door::generate,
    "privateOrder" => private::door::order,
    "privateTake" => private::door::take,
    "privateImport" => private::door::import,
    "privateExport" => private::door::export,
    "privateWrap" => private::door::wrap,
    "privateUnwrap" => private::door::unwrap,
    "privateRelease" => private::door::release,
    "privatePublic" => private::door::public,
    "privateSign" => private::door::sign,
    "privateVerify" => private::door::verify,
    "privateEncrypt" => private::door::encrypt,
    "privateDecrypt" => private::door::decrypt,
    "privateAgree" => private::door::agree,
    "privateMac" => private::door::mac,
    "gzipBound" => door::gzip_bound,
    "gzip" => door::gzip,
    "gzipStill" => door::gzip_still,
    "gunzip" => door::gunzip,
    "scanEvents" => door::scan_events,
}
