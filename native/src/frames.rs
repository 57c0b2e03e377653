//! A run of frames: the body of a sealed object, or a stretch of it.
//!
//! ```text
//! | u32 n | IV 12 | ciphertext | tag 16 | …
//! | FFFFFFFF | u32 n | IV 12 | u32 length | ciphertext | tag 16 |     the final frame
//! ```
//!
//! Where a frame lies is worked out once here, for sealing and opening alike. Source: docs/FORMAT.md
//! §2 (AWS Encryption SDK message format, "Framed Data").

use crate::bytes::Bytes;
use crate::gcm::{GcmKey, NONCE_BYTES, TAG_BYTES};
use crate::refusal::{Outcome, Refusal, require};

pub const MESSAGE_ID_BYTES: usize = 32;
const FRAME_OVERHEAD: usize = 4 + NONCE_BYTES + TAG_BYTES;
const FINAL_EXTRA: usize = 8;
const END_MARK: u32 = u32::MAX;
const REGULAR_LABEL: &[u8] = b"AWSKMSEncryptionClient Frame";
const FINAL_LABEL: &[u8] = b"AWSKMSEncryptionClient Final Frame";
const AAD_BYTES_MAX: usize = MESSAGE_ID_BYTES + FINAL_LABEL.len() + 4 + 8;

pub struct Run {
    pub message_id: [u8; MESSAGE_ID_BYTES],
    pub frame_bytes: u32,
    pub first_frame: u32,
    pub is_final: bool,
}

/// Frame `number`: where it lies in the sealed and in the plain bytes.
struct Frame {
    number: u32,
    is_final: bool,
    sealed_offset: usize,
    plain_offset: usize,
    plain_bytes: usize,
}

impl Run {
    pub fn seal(&self, key: &GcmKey, plain: Bytes, sealed: Bytes) -> Outcome<()> {
        let frame_bytes = self.frame_bytes as usize;
        require(frame_bytes > 0, Refusal::Misused)?;
        let least = usize::from(self.is_final);
        let count = plain.len().div_ceil(frame_bytes).max(least);
        require(self.sealed_bytes(count, plain.len()) == sealed.len(), Refusal::Misused)?;
        for frame in self.frames(count, plain.len())? {
            let nonce = number_nonce(frame.number);
            let at = frame.write_head(sealed, &nonce);
            let source = plain.part(frame.plain_offset, frame.plain_bytes);
            let target = sealed.part(at, frame.plain_bytes);
            let tag = sealed.part(at + frame.plain_bytes, TAG_BYTES);
            self.with_aad(&frame, |aad| key.seal(&nonce, aad, source, target, tag));
        }
        Ok(())
    }

    /// How many frames are genuine before the first that is not. All other plain bytes are zero.
    pub fn open(&self, key: &GcmKey, sealed: Bytes, plain: Bytes) -> Outcome<usize> {
        let frame_bytes = self.frame_bytes as usize;
        require(frame_bytes > 0, Refusal::Misused)?;
        // Sizes alone tell a full last frame from one followed by an empty one.
        let extra = if self.is_final { FINAL_EXTRA } else { 0 };
        let overhead = sealed.len().checked_sub(plain.len() + extra).ok_or(Refusal::Misused)?;
        require(overhead.is_multiple_of(FRAME_OVERHEAD), Refusal::Misused)?;
        let count = overhead / FRAME_OVERHEAD;
        for (opened, frame) in self.frames(count, plain.len())?.enumerate() {
            let target = plain.part(frame.plain_offset, frame.plain_bytes);
            if !self.open_frame(key, &frame, sealed, target) {
                plain.from(frame.plain_offset).wipe();
                return Ok(opened);
            }
        }
        Ok(count)
    }

    fn open_frame(&self, key: &GcmKey, frame: &Frame, sealed: Bytes, target: Bytes) -> bool {
        let Some((nonce, at)) = frame.read_head(sealed) else {
            return false;
        };
        let source = sealed.part(at, frame.plain_bytes);
        let tag = sealed.array(at + frame.plain_bytes);
        self.with_aad(frame, |aad| key.open(&nonce, aad, source, target, &tag))
    }

    fn sealed_bytes(&self, count: usize, plain_bytes: usize) -> usize {
        plain_bytes + count * FRAME_OVERHEAD + if self.is_final { FINAL_EXTRA } else { 0 }
    }

    /// The run's frames in order; refused when `count` frames cannot hold `plain_bytes` like this.
    fn frames(&self, count: usize, plain_bytes: usize) -> Outcome<impl Iterator<Item = Frame>> {
        let frame_bytes = self.frame_bytes as usize;
        let regular = if self.is_final { count.checked_sub(1) } else { Some(count) };
        let regular = regular.ok_or(Refusal::Misused)?;
        let last_bytes = plain_bytes.checked_sub(regular * frame_bytes).ok_or(Refusal::Misused)?;
        let last_bytes_max = if self.is_final { frame_bytes } else { 0 };
        require(last_bytes <= last_bytes_max, Refusal::Misused)?;
        // Only the final frame may be numbered like the end mark.
        let regular_end = self.first_frame as usize + regular;
        require(self.first_frame > 0 && regular_end <= END_MARK as usize, Refusal::Misused)?;
        let (first_frame, is_final) = (self.first_frame, self.is_final);
        Ok((0..count).map(move |index| Frame {
            number: first_frame + index as u32,
            is_final: is_final && index == regular,
            sealed_offset: index * (frame_bytes + FRAME_OVERHEAD),
            plain_offset: index * frame_bytes,
            plain_bytes: if index == regular { last_bytes } else { frame_bytes },
        }))
    }

    fn with_aad<R>(&self, frame: &Frame, then: impl FnOnce(Bytes) -> R) -> R {
        let label = if frame.is_final { FINAL_LABEL } else { REGULAR_LABEL };
        let mut aad = [0; AAD_BYTES_MAX];
        let mut end = 0;
        let mut put = |bytes: &[u8]| {
            aad[end..end + bytes.len()].copy_from_slice(bytes);
            end += bytes.len();
        };
        put(&self.message_id);
        put(label);
        put(&frame.number.to_be_bytes());
        put(&(frame.plain_bytes as u64).to_be_bytes());
        then(Bytes::of(&mut aad[..end]))
    }
}

impl Frame {
    /// Everything before the ciphertext; returns where that begins.
    fn write_head(&self, sealed: Bytes, nonce: &[u8; NONCE_BYTES]) -> usize {
        let mut at = self.sealed_offset;
        let mut put = |bytes: &[u8]| {
            sealed.copy_from(at, bytes);
            at += bytes.len();
        };
        if self.is_final {
            put(&END_MARK.to_be_bytes());
        }
        put(&self.number.to_be_bytes());
        put(nonce);
        if self.is_final {
            put(&(self.plain_bytes as u32).to_be_bytes());
        }
        at
    }

    /// The stored IV and where the ciphertext begins; None when the head is not this frame's.
    fn read_head(&self, sealed: Bytes) -> Option<([u8; NONCE_BYTES], usize)> {
        let at = self.sealed_offset;
        let word = |offset| u32::from_be_bytes(sealed.array(at + offset));
        if !self.is_final {
            let nonce = sealed.array(at + 4);
            return (word(0) == self.number).then_some((nonce, at + 4 + NONCE_BYTES));
        }
        let stated = word(8 + NONCE_BYTES) as usize;
        let is_ours = word(0) == END_MARK && word(4) == self.number && stated == self.plain_bytes;
        is_ours.then_some((sealed.array(at + 8), at + 12 + NONCE_BYTES))
    }
}

/// The frame number, left-padded: how AWS's writers choose the IV, which never repeats in a message.
fn number_nonce(number: u32) -> [u8; NONCE_BYTES] {
    let mut nonce = [0; NONCE_BYTES];
    nonce[NONCE_BYTES - 4..].copy_from_slice(&number.to_be_bytes());
    nonce
}
