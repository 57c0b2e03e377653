//! The door from JavaScript: check shapes, call the right room, answer. No cryptography, no policy.
//!
//! Nothing is copied: byte arguments are the caller's memory, lent for one call. Names, order and sizes
//! are those of `Addon` in src/engine/native/addon.ts, which this file must match.

use std::sync::OnceLock;

use crate::arena::{self, KeyId};
use crate::bytes::{Bytes, Secret};
use crate::frames::{MESSAGE_ID_BYTES, Run};
use crate::gcm::{KEY_BYTES, TAG_BYTES};
use crate::napi::Call;
use crate::refusal::{Outcome, Refusal, require};
use crate::xaes::{BLOB_OVERHEAD_BYTES, COMMITMENT_BYTES, TEXT_OFFSET};
use crate::{cpu, gzip as deflate, hkdf, holder, message, random};

/// AWS KMS's limit on one data key.
const DATA_KEY_BYTES_MAX: usize = 1024;

/// features(): words with commas between them.
pub fn features(_call: &Call) -> Outcome<String> {
    let mut words = cpu::features();
    words.push(if arena::is_locked() { "locked-memory" } else { "unlocked-memory" });
    Ok(words.join(","))
}

/// arenaToken(): a number that tells this process's arena from every other's.
pub fn arena_token(_call: &Call) -> Outcome<usize> {
    static TOKEN: OnceLock<usize> = OnceLock::new();
    Ok(*TOKEN.get_or_init(|| {
        let mut bytes = [0; 6];
        random::fill(Bytes::of(&mut bytes));
        bytes.iter().fold(0, |token, byte| token << 8 | usize::from(*byte))
    }))
}

/// keysInUse(): keys in the arena, of all threads.
pub fn keys_in_use(_call: &Call) -> Outcome<usize> {
    Ok(arena::keys_in_use())
}

/// importKey(bytes) → key
pub fn import_key(call: &Call) -> Outcome<Option<KeyId>> {
    let bytes = sized(call.bytes(0)?, KEY_BYTES, Refusal::KeySize)?;
    holder::insert(|raw| {
        raw.copy_from(0, &bytes.array::<KEY_BYTES>(0));
        true
    })
}

/// generateKey() → key
pub fn generate_key(_call: &Call) -> Outcome<Option<KeyId>> {
    holder::insert(|raw| {
        random::fill(raw);
        true
    })
}

/// exportKey(key, target)
pub fn export_key(call: &Call) -> Outcome<()> {
    let key = holder::key(call, call.key_id(0)?)?;
    let target = sized(call.bytes(1)?, KEY_BYTES, Refusal::KeySize)?;
    target.copy_from(0, &key.raw);
    Ok(())
}

/// shareKey(key) → key
pub fn share_key(call: &Call) -> Outcome<KeyId> {
    holder::share(call.key_id(0)?)
}

/// adoptKey(key) → key
pub fn adopt_key(call: &Call) -> Outcome<KeyId> {
    holder::adopt(call.key_id(0)?)
}

/// releaseKey(key)
pub fn release_key(call: &Call) -> Outcome<()> {
    holder::release(call.key_id(0)?)
}

/// randomFill(target)
pub fn random_fill(call: &Call) -> Outcome<()> {
    random::fill(call.bytes(0)?);
    Ok(())
}

/// seal(key, nonce, aad, text, tag?)
pub fn seal(call: &Call) -> Outcome<()> {
    let key = holder::key(call, call.key_id(0)?)?;
    let nonce = nonce(call.bytes(1)?)?;
    let (text, tag) = text_and_tag(call.bytes(3)?, call.optional_bytes(4)?)?;
    key.gcm.seal(&nonce, call.bytes(2)?, text, text, tag);
    Ok(())
}

/// open(key, nonce, aad, text, tag?) → 1 or 0
pub fn open(call: &Call) -> Outcome<bool> {
    let key = holder::key(call, call.key_id(0)?)?;
    let nonce = nonce(call.bytes(1)?)?;
    let whole = call.bytes(3)?;
    let (text, tag) = text_and_tag(whole, call.optional_bytes(4)?)?;
    let opened = key.gcm.open(&nonce, call.bytes(2)?, text, text, &tag.array(0));
    if !opened {
        whole.wipe();
    }
    Ok(opened)
}

/// sealFrames(key, messageId, frameBytes, firstFrame, isFinal, plain, sealed)
pub fn seal_frames(call: &Call) -> Outcome<()> {
    let key = holder::key(call, call.key_id(0)?)?;
    let (plain, sealed) = (call.bytes(5)?, call.bytes(6)?);
    require(!plain.overlaps(sealed), Refusal::Overlap)?;
    run(call)?.seal(&key.gcm, plain, sealed)
}

/// openFrames(key, messageId, frameBytes, firstFrame, isFinal, sealed, plain) → genuine frames
pub fn open_frames(call: &Call) -> Outcome<usize> {
    let key = holder::key(call, call.key_id(0)?)?;
    let (sealed, plain) = (call.bytes(5)?, call.bytes(6)?);
    require(!plain.overlaps(sealed), Refusal::Overlap)?;
    run(call)?.open(&key.gcm, sealed, plain)
}

/// sealMessage(dataKey, sealed, headerBytes, frameBytes, plain)
pub fn seal_message(call: &Call) -> Outcome<()> {
    let data_key = holder::key(call, call.key_id(0)?)?;
    let (sealed, plain) = (call.bytes(1)?, call.bytes(4)?);
    let (header_bytes, frame_bytes) = (call.count(2)? as usize, call.count(3)?);
    require(header_bytes <= sealed.len(), Refusal::HeaderSize)?;
    require(!plain.overlaps(sealed), Refusal::Overlap)?;
    let (header, body) = (sealed.part(0, header_bytes), sealed.from(header_bytes));
    message::seal(Bytes::reading(&data_key.raw), header, frame_bytes, plain, body)
}

/// openMessage(dataKey, header, frameBytes, body, plain) → 0, or 1 and the genuine frames
pub fn open_message(call: &Call) -> Outcome<usize> {
    let data_key = holder::key(call, call.key_id(0)?)?;
    let (header, frame_bytes) = (call.bytes(1)?, call.count(2)?);
    let (body, plain) = (call.bytes(3)?, call.bytes(4)?);
    require(!plain.overlaps(header) && !plain.overlaps(body), Refusal::Overlap)?;
    let frames = message::open(Bytes::reading(&data_key.raw), header, frame_bytes, body, plain)?;
    Ok(frames.map_or(0, |genuine| 1 + genuine))
}

/// deriveMessageKey(dataKey, suite, messageId, commitKey) → key; `commitKey` receives 32 bytes.
pub fn derive_message_key(call: &Call) -> Outcome<Option<KeyId>> {
    let data_key = holder::key(call, call.key_id(0)?)?;
    let suite = call.count(1)? as u16;
    let message_id = sized(call.bytes(2)?, MESSAGE_ID_BYTES, Refusal::MessageIdSize)?;
    let commit_key = sized(call.bytes(3)?, KEY_BYTES, Refusal::TargetSize)?;
    holder::insert(|raw| {
        message::derive(Bytes::reading(&data_key.raw), suite, message_id, raw, commit_key);
        true
    })
}

/// hkdfSha512(ikm, salt, info, target)
pub fn hkdf_sha512(call: &Call) -> Outcome<()> {
    let (info, target) = (call.bytes(2)?, call.bytes(3)?);
    require(target.len() <= hkdf::OUTPUT_BYTES_MAX, Refusal::TargetSize)?;
    require(!info.overlaps(target), Refusal::Overlap)?;
    hkdf::extract(call.bytes(0)?, call.bytes(1)?).expand(info, target);
    Ok(())
}

/// xaesSeal(key, nonce, aad, text): the last 16 bytes of `text` are room for the tag.
pub fn xaes_seal(call: &Call) -> Outcome<()> {
    let key = holder::key(call, call.key_id(0)?)?;
    let nonce = nonce(call.bytes(1)?)?;
    let (text, tag) = text_and_tag(call.bytes(3)?, None)?;
    key.mac.seal(&nonce, call.bytes(2)?, text, text, tag);
    Ok(())
}

/// xaesOpen(key, nonce, aad, text) → 1 or 0
pub fn xaes_open(call: &Call) -> Outcome<bool> {
    let key = holder::key(call, call.key_id(0)?)?;
    let nonce = nonce(call.bytes(1)?)?;
    let whole = call.bytes(3)?;
    let (text, tag) = text_and_tag(whole, None)?;
    let opened = key.mac.open(&nonce, call.bytes(2)?, text, text, &tag.array(0));
    if !opened {
        whole.wipe();
    }
    Ok(opened)
}

/// xaesCommitment(key, nonce, target): `target` receives 32 bytes.
pub fn xaes_commitment(call: &Call) -> Outcome<()> {
    let key = holder::key(call, call.key_id(0)?)?;
    let nonce = nonce(call.bytes(1)?)?;
    let target = sized(call.bytes(2)?, COMMITMENT_BYTES, Refusal::TargetSize)?;
    target.copy_from(0, &key.mac.commitment(&nonce));
    Ok(())
}

/// wrap(wrappingKey, blob, context)
pub fn wrap(call: &Call) -> Outcome<()> {
    let wrapping_key = holder::key(call, call.key_id(0)?)?;
    let blob = call.bytes(1)?;
    let text = blob_text(blob)?;
    wrapping_key.mac.wrap(text, blob, call.bytes(2)?);
    Ok(())
}

/// wrapKey(wrappingKey, key, blob, context)
pub fn wrap_key(call: &Call) -> Outcome<()> {
    let wrapping_key = holder::key(call, call.key_id(0)?)?;
    let key = holder::key(call, call.key_id(1)?)?;
    let blob = sized(call.bytes(2)?, KEY_BYTES + BLOB_OVERHEAD_BYTES, Refusal::BlobSize)?;
    wrapping_key.mac.wrap(Bytes::reading(&key.raw), blob, call.bytes(3)?);
    Ok(())
}

/// unwrap(wrappingKey, blob, context) → 1 or 0
pub fn unwrap(call: &Call) -> Outcome<bool> {
    let wrapping_key = holder::key(call, call.key_id(0)?)?;
    let blob = call.bytes(1)?;
    let text = blob_text(blob)?;
    let opened = wrapping_key.mac.unwrap(blob, call.bytes(2)?, text);
    if !opened {
        blob.from(TEXT_OFFSET).wipe();
    }
    Ok(opened)
}

/// unwrapKey(wrappingKey, blob, context) → key, or 0
pub fn unwrap_key(call: &Call) -> Outcome<Option<KeyId>> {
    let wrapping_key = holder::key(call, call.key_id(0)?)?;
    let blob = sized(call.bytes(1)?, KEY_BYTES + BLOB_OVERHEAD_BYTES, Refusal::BlobSize)?;
    let context = call.bytes(2)?;
    holder::insert(|raw| wrapping_key.mac.unwrap(blob, context, raw))
}

/// generateDataKeys(wrappingKey, blobs, blobBytes, context, plain?)
pub fn generate_data_keys(call: &Call) -> Outcome<()> {
    let wrapping_key = holder::key(call, call.key_id(0)?)?;
    let (blobs, blob_bytes) = (call.bytes(1)?, call.count(2)? as usize);
    let (context, plain) = (call.bytes(3)?, call.optional_bytes(4)?);
    let key_bytes = blob_bytes.checked_sub(BLOB_OVERHEAD_BYTES).ok_or(Refusal::BlobSize)?;
    require((1..=DATA_KEY_BYTES_MAX).contains(&key_bytes), Refusal::BlobSize)?;
    require(blobs.len().is_multiple_of(blob_bytes), Refusal::BatchSize)?;
    let count = blobs.len() / blob_bytes;
    if let Some(plain) = plain {
        require(plain.len() == count * key_bytes, Refusal::BatchSize)?;
        require(!plain.overlaps(blobs), Refusal::Overlap)?;
    }
    let mut scratch = Secret::<DATA_KEY_BYTES_MAX>::zeroed();
    for index in 0..count {
        let data_key = match plain {
            Some(plain) => plain.part(index * key_bytes, key_bytes),
            None => scratch.bytes().part(0, key_bytes),
        };
        random::fill(data_key);
        wrapping_key.mac.wrap(data_key, blobs.part(index * blob_bytes, blob_bytes), context);
    }
    Ok(())
}

/// unwrapMany(wrappingKey, blobs, blobEnds, contexts, contextEnds, opened)
pub fn unwrap_many(call: &Call) -> Outcome<()> {
    let wrapping_key = holder::key(call, call.key_id(0)?)?;
    let (blobs, blob_ends) = (call.bytes(1)?, call.words(2)?);
    let (contexts, context_ends) = (call.bytes(3)?, call.words(4)?);
    let opened = call.bytes(5)?;
    let count = opened.len();
    require(blob_ends.len() == count * 4 && context_ends.len() == count * 4, Refusal::BatchSize)?;
    let (mut blob_at, mut context_at) = (0, 0);
    for index in 0..count {
        let blob = next(blobs, &mut blob_at, blob_ends.word(index))?;
        let context = next(contexts, &mut context_at, context_ends.word(index))?;
        let is_open = wrapping_key.mac.unwrap(blob, context, blob_text(blob)?);
        if !is_open {
            blob.from(TEXT_OFFSET).wipe();
        }
        opened.copy_from(index, &[u8::from(is_open)]);
    }
    Ok(())
}

/// gzipBound(plainBytes) → bytes
pub fn gzip_bound(call: &Call) -> Outcome<usize> {
    Ok(deflate::bound(call.number(0)? as usize))
}

/// gzip(plain, level, target) → bytes written
pub fn gzip(call: &Call) -> Outcome<usize> {
    deflate::compress(call.bytes(0)?, call.count(1)? as usize, call.bytes(2)?)
}

/// gunzip(member, target) → bytes written
pub fn gunzip(call: &Call) -> Outcome<usize> {
    deflate::decompress(call.bytes(0)?, call.bytes(1)?)
}

fn sized(bytes: Bytes, len: usize, otherwise: Refusal) -> Outcome<Bytes> {
    require(bytes.len() == len, otherwise)?;
    Ok(bytes)
}

fn nonce<const N: usize>(bytes: Bytes) -> Outcome<[u8; N]> {
    require(bytes.len() == N, Refusal::NonceSize)?;
    Ok(bytes.array(0))
}

fn run(call: &Call) -> Outcome<Run> {
    let message_id = sized(call.bytes(1)?, MESSAGE_ID_BYTES, Refusal::MessageIdSize)?;
    Ok(Run {
        message_id: message_id.array(0),
        frame_bytes: call.count(2)?,
        first_frame: call.count(3)?,
        is_final: call.count(4)? != 0,
    })
}

/// Without a tag of its own, the text's last 16 bytes are the tag.
fn text_and_tag<'call>(
    text: Bytes<'call>,
    tag: Option<Bytes<'call>>,
) -> Outcome<(Bytes<'call>, Bytes<'call>)> {
    if let Some(tag) = tag {
        require(tag.len() == TAG_BYTES, Refusal::TagSize)?;
        require(!text.overlaps(tag), Refusal::Overlap)?;
        return Ok((text, tag));
    }
    let text_bytes = text.len().checked_sub(TAG_BYTES).ok_or(Refusal::TagSize)?;
    Ok((text.part(0, text_bytes), text.from(text_bytes)))
}

/// The part of a blob that holds the plaintext before wrapping.
fn blob_text(blob: Bytes) -> Outcome<Bytes> {
    let text_bytes = blob.len().checked_sub(BLOB_OVERHEAD_BYTES).ok_or(Refusal::BlobSize)?;
    Ok(blob.part(TEXT_OFFSET, text_bytes))
}

/// The bytes of `all` from `at` to `end`, where the next ones begin.
fn next<'call>(all: Bytes<'call>, at: &mut usize, end: u32) -> Outcome<Bytes<'call>> {
    let (start, end) = (std::mem::replace(at, end as usize), end as usize);
    require(start <= end && end <= all.len(), Refusal::BatchSize)?;
    Ok(all.part(start, end - start))
}
