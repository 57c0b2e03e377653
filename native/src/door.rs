//! The door from JavaScript: check shapes, call the right room, answer. No cryptography, no policy.
//!
//! Nothing is copied: byte arguments are the caller's memory, lent for one call. Names, order and sizes
//! are those of `Addon` in src/engine/native/addon.ts, which this file must match.

use crate::arena::{self, Key, KeyId};
use crate::bytes::{Bytes, Secret};
use crate::frames::{MESSAGE_ID_BYTES, Run};
use crate::gcm::{GcmKey, KEY_BYTES, TAG_BYTES};
use crate::message::{self, Header};
use crate::napi::Call;
use crate::refusal::{Outcome, Refusal, require};
use crate::xaes::{BLOB_OVERHEAD_BYTES, COMMITMENT_BYTES, TEXT_OFFSET};
use crate::{cpu, events, gzip as deflate, holder, pages, random, sigv4, vault};

// As in src/engine/engine.ts.
const DATA_KEY_BYTES_MAX: usize = 1024;
const BLOB_BYTES_MAX: usize = BLOB_OVERHEAD_BYTES + 4096;
const CONTEXT_BYTES_MAX: usize = 0xffff;

/// features(): words with commas between them.
pub fn features(_call: &Call) -> Outcome<String> {
    Ok(cpu::features().join(","))
}

/// keysInUse(): keys in the arena, of all threads.
pub fn keys_in_use(_call: &Call) -> Outcome<usize> {
    Ok(arena::keys_in_use())
}

/// isLocked() → 1 or 0: whether all keys lie in locked memory.
pub fn is_locked(_call: &Call) -> Outcome<bool> {
    Ok(arena::is_locked() && vault::is_locked())
}

/// requireLock(): from now on a key that would lie in memory that is not locked is refused.
pub fn require_lock(_call: &Call) -> Outcome<()> {
    arena::require_lock();
    Ok(())
}

/// lockLimit() → bytes that the system locks for this process, or -1 when it names no limit.
pub fn lock_limit(_call: &Call) -> Outcome<f64> {
    Ok(pages::lock_limit().map_or(-1.0, |bytes| bytes as f64))
}

/// importKey(bytes) → key
pub fn import_key(call: &Call) -> Outcome<Option<KeyId>> {
    let bytes = sized(call.bytes(0)?, KEY_BYTES)?;
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

/// adoptKey(key) → key: one more handle of this thread.
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
    apart(plain, sealed)?;
    run(call)?.seal(&key.gcm, plain, sealed)
}

/// openFrames(key, messageId, frameBytes, firstFrame, isFinal, sealed, plain) → genuine frames
pub fn open_frames(call: &Call) -> Outcome<usize> {
    let key = holder::key(call, call.key_id(0)?)?;
    let (sealed, plain) = (call.bytes(5)?, call.bytes(6)?);
    apart(plain, sealed)?;
    run(call)?.open(&key.gcm, sealed, plain)
}

/// sealHeader(dataKey, header) → key
pub fn seal_header(call: &Call) -> Outcome<Option<KeyId>> {
    let data_key = holder::key(call, call.key_id(0)?)?;
    let header = Header::of(call.bytes(1)?)?;
    holder::insert(|raw| {
        header.seal(&data_key.raw, raw, &mut GcmKey::blank());
        true
    })
}

/// openHeader(dataKey, header) → key, or 0
pub fn open_header(call: &Call) -> Outcome<Option<KeyId>> {
    let data_key = holder::key(call, call.key_id(0)?)?;
    let header = Header::of(call.bytes(1)?)?;
    holder::insert(|raw| header.open(&data_key.raw, raw, &mut GcmKey::blank()))
}

/// sealMessage(dataKey, sealed, headerBytes, frameBytes, plain)
pub fn seal_message(call: &Call) -> Outcome<()> {
    let data_key = holder::key(call, call.key_id(0)?)?;
    let (sealed, plain) = (call.bytes(1)?, call.bytes(4)?);
    let (header_bytes, frame_bytes) = (call.count(2)? as usize, call.count(3)?);
    require(header_bytes <= sealed.len(), Refusal::Misused)?;
    apart(plain, sealed)?;
    let header = Header::of(sealed.part(0, header_bytes))?;
    message::seal(&data_key.raw, &header, frame_bytes, plain, sealed.from(header_bytes))
}

/// openMessage(dataKey, header, frameBytes, body, plain) → 0, or 1 and the genuine frames
pub fn open_message(call: &Call) -> Outcome<usize> {
    let data_key = holder::key(call, call.key_id(0)?)?;
    let (header, frame_bytes) = (call.bytes(1)?, call.count(2)?);
    let (body, plain) = (call.bytes(3)?, call.bytes(4)?);
    apart(plain, header)?;
    apart(plain, body)?;
    let frames = message::open(&data_key.raw, &Header::of(header)?, frame_bytes, body, plain)?;
    Ok(frames.map_or(0, |genuine| 1 + genuine))
}

/// xaesCommitment(key, nonce, target): `target` receives 32 bytes.
pub fn xaes_commitment(call: &Call) -> Outcome<()> {
    let key = holder::key(call, call.key_id(0)?)?;
    let nonce = nonce(call.bytes(1)?)?;
    let target = sized(call.bytes(2)?, COMMITMENT_BYTES)?;
    target.copy_from(0, &key.mac.commitment(&nonce));
    Ok(())
}

/// wrap(wrappingKey, blob, context)
pub fn wrap(call: &Call) -> Outcome<()> {
    let wrapping_key = holder::key(call, call.key_id(0)?)?;
    let (blob, context) = blob_and_context(call.bytes(1)?, call.bytes(2)?)?;
    wrapping_key.mac.wrap(text_of(blob), blob, context);
    Ok(())
}

/// wrapKey(wrappingKey, key, blob, context)
pub fn wrap_key(call: &Call) -> Outcome<()> {
    let wrapping_key = holder::key(call, call.key_id(0)?)?;
    let key = holder::key(call, call.key_id(1)?)?;
    let (blob, context) = blob_and_context(call.bytes(2)?, call.bytes(3)?)?;
    require(blob.len() == KEY_BYTES + BLOB_OVERHEAD_BYTES, Refusal::Misused)?;
    wrapping_key.mac.wrap(Bytes::reading(&key.raw), blob, context);
    Ok(())
}

/// unwrap(wrappingKey, blob, context) → 1 or 0
pub fn unwrap(call: &Call) -> Outcome<bool> {
    let wrapping_key = holder::key(call, call.key_id(0)?)?;
    let (blob, context) = blob_and_context(call.bytes(1)?, call.bytes(2)?)?;
    Ok(unwrap_in_place(wrapping_key, blob, context))
}

/// unwrapKey(wrappingKey, blob, context) → key, or 0
pub fn unwrap_key(call: &Call) -> Outcome<Option<KeyId>> {
    let wrapping_key = holder::key(call, call.key_id(0)?)?;
    let (blob, context) = blob_and_context(call.bytes(1)?, call.bytes(2)?)?;
    require(blob.len() == KEY_BYTES + BLOB_OVERHEAD_BYTES, Refusal::Misused)?;
    holder::insert(|raw| wrapping_key.mac.unwrap(blob, context, raw))
}

/// generateDataKeys(wrappingKey, blobs, blobBytes, context, plain?)
pub fn generate_data_keys(call: &Call) -> Outcome<()> {
    let wrapping_key = holder::key(call, call.key_id(0)?)?;
    let (blobs, blob_bytes) = (call.bytes(1)?, call.count(2)? as usize);
    let (context, plain) = (call.bytes(3)?, call.optional_bytes(4)?.unwrap_or(Bytes::EMPTY));
    let key_bytes = blob_bytes.checked_sub(BLOB_OVERHEAD_BYTES).ok_or(Refusal::Misused)?;
    require((1..=DATA_KEY_BYTES_MAX).contains(&key_bytes), Refusal::Misused)?;
    require(context.len() <= CONTEXT_BYTES_MAX, Refusal::Misused)?;
    require(blobs.len().is_multiple_of(blob_bytes), Refusal::Misused)?;
    let count = blobs.len() / blob_bytes;
    let is_shown = call.optional_bytes(4)?.is_some();
    require(!is_shown || plain.len() == count * key_bytes, Refusal::Misused)?;
    apart(plain, blobs)?;
    apart(context, blobs)?;
    let mut scratch = Secret::<DATA_KEY_BYTES_MAX>::zeroed();
    for index in 0..count {
        let data_key = match is_shown {
            true => plain.part(index * key_bytes, key_bytes),
            false => scratch.bytes().part(0, key_bytes),
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
    apart(contexts, blobs)?;
    apart(opened, blobs)?;
    // Copied, so that the ends that are checked are those that are used.
    let blobs = parts(blobs, blob_ends, opened.len())?;
    let contexts = parts(contexts, context_ends, opened.len())?;
    let pairs: Vec<_> = blobs
        .into_iter()
        .zip(contexts)
        .map(|(b, c)| blob_and_context(b, c))
        .collect::<Outcome<_>>()?;
    for (index, (blob, context)) in pairs.into_iter().enumerate() {
        let is_open = unwrap_in_place(wrapping_key, blob, context);
        opened.copy_from(index, &[u8::from(is_open)]);
    }
    Ok(())
}

/// signingKey(secret, credential) → key
pub fn signing_key(call: &Call) -> Outcome<Option<KeyId>> {
    let mut credential = Vec::new();
    call.bytes(1)?.append_to(&mut credential);
    let mut raw_key = Secret::<KEY_BYTES>::zeroed();
    sigv4::derive(call.bytes(0)?, &credential, raw_key.bytes())?;
    holder::insert(|raw| {
        raw_key.copy_to(raw);
        true
    })
}

/// isSigned(key, heads, headStart, headEnd, body) → 1 or 0
pub fn is_signed(call: &Call) -> Outcome<bool> {
    let key = holder::key(call, call.key_id(0)?)?;
    let (heads, start, end) = (call.bytes(1)?, call.count(2)? as usize, call.count(3)? as usize);
    require(start <= end && end <= heads.len(), Refusal::Misused)?;
    let mut head = Vec::new();
    heads.part(start, end - start).append_to(&mut head);
    Ok(sigv4::is_signed(Bytes::reading(&key.raw), &head, call.bytes(4)?))
}

/// gzipBound(plainBytes) → bytes
pub fn gzip_bound(call: &Call) -> Outcome<usize> {
    Ok(deflate::bound(call.number(0)? as usize))
}

/// gzip(plain, level, target) → bytes written
pub fn gzip(call: &Call) -> Outcome<usize> {
    deflate::compress(call.steady_bytes(0)?, call.count(1)? as usize, call.bytes(2)?)
}

/// gzipStill(plain, level, target) → bytes written; nobody writes to `plain` meanwhile, though it may be shared.
pub fn gzip_still(call: &Call) -> Outcome<usize> {
    deflate::compress(call.still_bytes(0)?, call.count(1)? as usize, call.bytes(2)?)
}

/// scanEvents(text, start, end, words) → lines; nobody writes to `text` meanwhile, though it may be shared.
pub fn scan_events(call: &Call) -> Outcome<usize> {
    let mut text = call.still_bytes(0)?;
    let (start, end, words) = (call.count(1)? as usize, call.count(2)? as usize, call.words(3)?);
    let text = text.slice();
    require(start <= end && end <= text.len(), Refusal::Misused)?;
    Ok(events::scan(&text[..end], start, words))
}

/// gunzip(member, target) → bytes written
pub fn gunzip(call: &Call) -> Outcome<usize> {
    deflate::decompress(call.steady_bytes(0)?, call.bytes(1)?)
}

fn sized(bytes: Bytes, len: usize) -> Outcome<Bytes> {
    require(bytes.len() == len, Refusal::Misused)?;
    Ok(bytes)
}

fn apart(one: Bytes, other: Bytes) -> Outcome<()> {
    require(!one.overlaps(other), Refusal::Misused)
}

fn nonce<const N: usize>(bytes: Bytes) -> Outcome<[u8; N]> {
    require(bytes.len() == N, Refusal::Misused)?;
    Ok(bytes.array(0))
}

fn run(call: &Call) -> Outcome<Run> {
    let message_id = sized(call.bytes(1)?, MESSAGE_ID_BYTES)?;
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
        require(tag.len() == TAG_BYTES, Refusal::Misused)?;
        apart(text, tag)?;
        return Ok((text, tag));
    }
    let text_bytes = text.len().checked_sub(TAG_BYTES).ok_or(Refusal::Misused)?;
    Ok((text.part(0, text_bytes), text.from(text_bytes)))
}

fn blob_and_context<'call>(
    blob: Bytes<'call>,
    context: Bytes<'call>,
) -> Outcome<(Bytes<'call>, Bytes<'call>)> {
    require((BLOB_OVERHEAD_BYTES..=BLOB_BYTES_MAX).contains(&blob.len()), Refusal::Misused)?;
    require(context.len() <= CONTEXT_BYTES_MAX, Refusal::Misused)?;
    apart(context, blob)?;
    Ok((blob, context))
}

/// The part of a blob that holds the plaintext before wrapping.
fn text_of(blob: Bytes) -> Bytes {
    blob.part(TEXT_OFFSET, blob.len() - BLOB_OVERHEAD_BYTES)
}

fn unwrap_in_place(wrapping_key: &Key, blob: Bytes, context: Bytes) -> bool {
    let is_open = wrapping_key.mac.unwrap(blob, context, text_of(blob));
    if !is_open {
        blob.from(TEXT_OFFSET).wipe();
    }
    is_open
}

/// `count` parts that lie side by side and fill `all`.
fn parts<'call>(all: Bytes<'call>, ends: Bytes, count: usize) -> Outcome<Vec<Bytes<'call>>> {
    require(ends.len() == count * size_of::<u32>(), Refusal::Misused)?;
    let mut parts = Vec::with_capacity(count);
    let mut at = 0;
    for index in 0..count {
        let end = ends.word(index) as usize;
        require(at <= end && end <= all.len(), Refusal::Misused)?;
        parts.push(all.part(at, end - at));
        at = end;
    }
    require(at == all.len(), Refusal::Misused)?;
    Ok(parts)
}
