//! A message's header, and a whole message: its header and its body, one run of frames.
//!
//! ```text
//! | 02 | u16 suite | message id 32 | … | commit key 32 | tag 16 |      the header; the tag is over all before it
//! ```
//!
//! What else a header says is in TypeScript. Source: docs/FORMAT.md §2 (AWS Encryption SDK message format
//! 2.0, suites with key commitment).

use crate::bytes::{Bytes, Secret};
use crate::frames::{MESSAGE_ID_BYTES, Run};
use crate::gcm::{GcmKey, KEY_BYTES, NONCE_BYTES, TAG_BYTES};
use crate::refusal::{Outcome, Refusal, require};
use crate::{hkdf, random};

const SUITE_OFFSET: usize = 1;
const MESSAGE_ID_OFFSET: usize = SUITE_OFFSET + 2;
const END_BYTES: usize = KEY_BYTES + TAG_BYTES;
const HEADER_BYTES_MIN: usize = MESSAGE_ID_OFFSET + MESSAGE_ID_BYTES + END_BYTES;
/// No frame has it: they count from 1.
const HEADER_NONCE: [u8; NONCE_BYTES] = [0; NONCE_BYTES];

pub struct Header<'call> {
    suite: [u8; 2],
    message_id: Bytes<'call>,
    commit_key: Bytes<'call>,
    before_tag: Bytes<'call>,
    tag: Bytes<'call>,
}

/// Seals header and body under a message key that dies here.
pub fn seal(
    data_key: &[u8; KEY_BYTES],
    header: &Header,
    frame_bytes: u32,
    plain: Bytes,
    body: Bytes,
) -> Outcome<()> {
    let mut key = GcmKey::blank();
    header.seal(data_key, Secret::<KEY_BYTES>::zeroed().bytes(), &mut key);
    header.run(frame_bytes).seal(&key, plain, body)
}

/// How many frames of `body` are genuine, or None when the header is not. All other plain bytes are zero.
pub fn open(
    data_key: &[u8; KEY_BYTES],
    header: &Header,
    frame_bytes: u32,
    body: Bytes,
    plain: Bytes,
) -> Outcome<Option<usize>> {
    let mut key = GcmKey::blank();
    if !header.open(data_key, Secret::<KEY_BYTES>::zeroed().bytes(), &mut key) {
        plain.wipe();
        return Ok(None);
    }
    header.run(frame_bytes).open(&key, body, plain).map(Some)
}

impl<'call> Header<'call> {
    pub fn of(header: Bytes<'call>) -> Outcome<Self> {
        require(header.len() >= HEADER_BYTES_MIN, Refusal::Misused)?;
        let tag_at = header.len() - TAG_BYTES;
        Ok(Header {
            suite: header.array(SUITE_OFFSET),
            message_id: header.part(MESSAGE_ID_OFFSET, MESSAGE_ID_BYTES),
            commit_key: header.part(tag_at - KEY_BYTES, KEY_BYTES),
            before_tag: header.part(0, tag_at),
            tag: header.from(tag_at),
        })
    }

    /// Fills in message id, commit key and tag. `raw` receives the message key, `key` is it expanded.
    pub fn seal(&self, data_key: &[u8; KEY_BYTES], raw: Bytes, key: &mut GcmKey) {
        random::fill(self.message_id);
        self.commit_key.copy_from(0, &self.derive(data_key, raw));
        key.expand(raw);
        key.seal(&HEADER_NONCE, self.before_tag, Bytes::EMPTY, Bytes::EMPTY, self.tag);
    }

    /// Whether commit key and tag are those of this data key; `raw` and `key` as for `seal`.
    pub fn open(&self, data_key: &[u8; KEY_BYTES], raw: Bytes, key: &mut GcmKey) -> bool {
        let commit_key = self.derive(data_key, raw);
        key.expand(raw);
        let tag = self.tag.array(0);
        self.commit_key.equals_secret(&commit_key)
            && key.open(&HEADER_NONCE, self.before_tag, Bytes::EMPTY, Bytes::EMPTY, &tag)
    }

    /// Writes the message key to `raw` and returns the commit key.
    #[inline(never)] // So that what hashing needs of the stack does not add to what sealing needs.
    fn derive(&self, data_key: &[u8; KEY_BYTES], raw: Bytes) -> [u8; KEY_BYTES] {
        let mut info = *b"..DERIVEKEY";
        info[..2].copy_from_slice(&self.suite);
        let mut commit_key = [0; KEY_BYTES];
        let mut prk = hkdf::extract(Bytes::reading(data_key), self.message_id);
        prk.expand(&info, raw);
        prk.expand(b"COMMITKEY", Bytes::of(&mut commit_key));
        commit_key
    }

    fn run(&self, frame_bytes: u32) -> Run {
        Run { message_id: self.message_id.array(0), frame_bytes, first_frame: 1, is_final: true }
    }
}
