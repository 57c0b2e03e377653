//! A whole message at once: a header and its body, one run of frames, under a message key that dies here.
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

/// The message key and commit key of a message; each target has 32 bytes.
#[inline(never)] // So that what hashing needs of the stack does not add to what sealing needs.
pub fn derive(data_key: Bytes, suite: u16, message_id: Bytes, key: Bytes, commit_key: Bytes) {
    let mut info = *b"..DERIVEKEY";
    info[..2].copy_from_slice(&suite.to_be_bytes());
    let mut prk = hkdf::extract(data_key, message_id);
    prk.expand(Bytes::reading(&info), key);
    prk.expand(Bytes::reading(b"COMMITKEY"), commit_key);
}

/// Fills in the header's message id, commit key and tag, and seals `plain` into `body`.
pub fn seal(
    data_key: Bytes,
    header: Bytes,
    frame_bytes: u32,
    plain: Bytes,
    body: Bytes,
) -> Outcome<()> {
    let fields = Header::of(header)?;
    random::fill(fields.message_id);
    let mut key = GcmKey::blank();
    fields.expand_key(data_key, &mut key, fields.commit_key);
    key.seal(&HEADER_NONCE, fields.before_tag, Bytes::EMPTY, Bytes::EMPTY, fields.tag);
    fields.run(frame_bytes).seal(&key, plain, body)
}

/// How many frames of `body` are genuine, or None when the header is not. All other plain bytes are zero.
pub fn open(
    data_key: Bytes,
    header: Bytes,
    frame_bytes: u32,
    body: Bytes,
    plain: Bytes,
) -> Outcome<Option<usize>> {
    let fields = Header::of(header)?;
    let mut key = GcmKey::blank();
    let mut commit_key = [0; KEY_BYTES];
    fields.expand_key(data_key, &mut key, Bytes::of(&mut commit_key));
    let tag = fields.tag.array(0);
    let is_genuine = fields.commit_key.equals_secret(&commit_key)
        && key.open(&HEADER_NONCE, fields.before_tag, Bytes::EMPTY, Bytes::EMPTY, &tag);
    if !is_genuine {
        plain.wipe();
        return Ok(None);
    }
    fields.run(frame_bytes).open(&key, body, plain).map(Some)
}

struct Header<'call> {
    suite: u16,
    message_id: Bytes<'call>,
    commit_key: Bytes<'call>,
    before_tag: Bytes<'call>,
    tag: Bytes<'call>,
}

impl<'call> Header<'call> {
    fn of(header: Bytes<'call>) -> Outcome<Self> {
        require(header.len() >= HEADER_BYTES_MIN, Refusal::HeaderSize)?;
        let tag_at = header.len() - TAG_BYTES;
        Ok(Header {
            suite: u16::from_be_bytes(header.array(SUITE_OFFSET)),
            message_id: header.part(MESSAGE_ID_OFFSET, MESSAGE_ID_BYTES),
            commit_key: header.part(tag_at - KEY_BYTES, KEY_BYTES),
            before_tag: header.part(0, tag_at),
            tag: header.from(tag_at),
        })
    }

    fn expand_key(&self, data_key: Bytes, target: &mut GcmKey, commit_key: Bytes) {
        let mut key = Secret::<KEY_BYTES>::zeroed();
        derive(data_key, self.suite, self.message_id, key.bytes(), commit_key);
        target.expand(key.bytes());
    }

    fn run(&self, frame_bytes: u32) -> Run {
        Run { message_id: self.message_id.array(0), frame_bytes, first_frame: 1, is_final: true }
    }
}
