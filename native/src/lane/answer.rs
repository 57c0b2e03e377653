//! unsafe: one request, and the use that it repeats.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_sys::{EVP_DecodeBase64, EVP_EncodeBlock};

use crate::bytes::Bytes;
use crate::front::exchange::Turn;
use crate::lane::ask::{Body, Head, Operation};
use crate::lane::batch::Batch;
use crate::lane::table::{BLOB_HEADER_BYTES, Table, Use};
use crate::lane::template::{Second, seconds_of, uuid};
use crate::random;
use crate::scribe::writer::Scribe;
use crate::sigv4;
use crate::xaes::BLOB_OVERHEAD_BYTES;

const TEXT_BYTES_MAX: usize = 4096;
const BLOB_BYTES_MAX: usize = BLOB_OVERHEAD_BYTES + TEXT_BYTES_MAX;
/// With a template, both texts and what is around them.
const ANSWER_BYTES_MAX: usize = 16 * 1024;
/// As in src/sigv4/claim.ts.
const SKEW_MS: u64 = 15 * 60 * 1000;

/// What a front keeps for the requests of a lane: memory that is used again, wiped where it held secrets.
pub struct Desk {
    name: Vec<u8>,
    blob: Vec<u8>,
    text: Vec<u8>,
    context: Vec<u8>,
    context_json: Vec<u8>,
    ciphertext: Vec<u8>,
    plaintext: Vec<u8>,
    answer: Vec<u8>,
    head: Vec<u8>,
    second: Second,
}

impl Default for Desk {
    fn default() -> Self {
        Desk {
            name: Vec::new(),
            blob: vec![0; BLOB_BYTES_MAX],
            text: vec![0; TEXT_BYTES_MAX],
            context: Vec::new(),
            context_json: Vec::new(),
            ciphertext: vec![0; base64_bytes(BLOB_BYTES_MAX) + 1],
            plaintext: vec![0; base64_bytes(TEXT_BYTES_MAX) + 1],
            answer: Vec::with_capacity(ANSWER_BYTES_MAX),
            head: Vec::new(),
            second: Second::default(),
        }
    }
}

/// A request as the front has read it.
pub struct Request<'request> {
    pub turn: Turn,
    pub kind: u32,
    pub is_last: bool,
    pub remote: &'request [u8],
    pub lines: &'request [u8],
    pub body: &'request [u8],
}

pub struct Lane {
    table: Mutex<Table>,
    pub scribe: Arc<Scribe>,
    body_bytes_max: usize,
    /// Seconds that a client may leave an idle connection; told with every answer.
    keep_alive: Vec<u8>,
}

impl Lane {
    pub fn new(scribe: Arc<Scribe>, body_bytes_max: usize, keep_alive: Vec<u8>) -> Lane {
        Lane { table: Mutex::default(), scribe, body_bytes_max, keep_alive }
    }

    pub fn admit(&self, name: Vec<u8>, admitted: Use) {
        self.table().admit(name, admitted);
    }

    pub fn clear(&self) {
        self.table().clear();
    }

    /// Puts record and answer into `batch`. None: the request is JavaScript's, and nothing was done. The stack is to be
    /// scrubbed behind it.
    #[inline(never)]
    pub fn answer(&self, request: &Request, desk: &mut Desk, batch: &mut Batch) -> Option<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
        let (seconds, time_ms) = (now.as_secs(), now.as_millis() as u64);
        (request.body.len() <= self.body_bytes_max).then_some(())?;
        let head = Head::of(request.lines)?;
        check_date(&head, time_ms)?;
        let mut body = Body::of(request.body)?;
        let blob_bytes = match head.operation {
            Operation::Decrypt => decode(body.blob?, &mut desk.blob)?,
            Operation::GenerateDataKey => body.blob.is_none().then_some(0)?,
        };
        write_name(&mut desk.name, &head, &body, &desk.blob[..blob_bytes])?;
        let used = self.table().find(&desk.name)?;
        let signing_key = Bytes::reading(&used.signing.key().raw);
        if !sigv4::is_signed(signing_key, request.lines, Bytes::reading(request.body)) {
            return None;
        }
        desk.context.clear();
        desk.context_json.clear();
        if let Some(context) = &mut body.context {
            context.write_json(&mut desk.context_json);
            context.write_bytes(&mut desk.context);
        }
        let (ciphertext_bytes, plaintext_bytes) = open_or_make(&used, desk, blob_bytes)?;
        desk.second.turn_to(seconds);
        let (request_id, event_id) = (uuid(None), uuid(Some(time_ms)));
        let fills = [
            &b""[..],
            &desk.ciphertext[..ciphertext_bytes],
            &desk.plaintext[..plaintext_bytes],
            &desk.second.event_time,
            request.remote,
            head.agent,
            &desk.context_json,
            &request_id,
            &event_id,
        ];
        let answer_bytes = used.answer.len(&fills);
        // A vector that grows by itself would leave what it held behind.
        let is_room = answer_bytes <= ANSWER_BYTES_MAX;
        if is_room {
            let Request { kind, turn, is_last, remote, lines, body } = *request;
            used.answer.fill(&fills, |piece| desk.answer.extend_from_slice(piece));
            let second = &desk.second;
            let head = &mut desk.head;
            write_head(head, &request_id, second, answer_bytes, is_last, &self.keep_alive);
            batch.record(&used.record, &fills, time_ms);
            batch.answer(turn, is_last, head, &desk.answer);
            batch.hold(kind, turn, remote, lines, body);
        }
        Bytes::of(&mut desk.plaintext[..plaintext_bytes]).wipe();
        Bytes::of(&mut desk.answer).wipe();
        desk.answer.clear();
        is_room.then_some(())
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Of the scope's day, and not too far from now.
fn check_date(head: &Head, now_ms: u64) -> Option<()> {
    let signed = seconds_of(head.date)?;
    let day = head.credential.split(|&byte| byte == b'/').nth(1)?;
    (day == &head.date[..8] && (signed * 1000).abs_diff(now_ms) <= SKEW_MS).then_some(())
}

/// All that a use says word for word; as src/http/front/lane.ts writes it.
fn write_name(name: &mut Vec<u8>, head: &Head, body: &Body, blob: &[u8]) -> Option<()> {
    name.clear();
    name.extend_from_slice(head.credential);
    let operation = match head.operation {
        Operation::Decrypt => &b"\nDecrypt\n"[..],
        Operation::GenerateDataKey => b"\nGenerateDataKey\n",
    };
    name.extend_from_slice(operation);
    for member in [body.key_id, body.key_spec] {
        // A member that is not there is another one than an empty one.
        name.extend_from_slice(member.map_or(b"-", |_| b"="));
        name.extend_from_slice(member.unwrap_or(b""));
        name.push(b'\n');
    }
    name.push(if body.context.is_some() { b'=' } else { b'-' });
    name.push(b'\n');
    if head.operation == Operation::Decrypt {
        name.extend_from_slice(blob.get(..BLOB_HEADER_BYTES)?);
    }
    Some(())
}

/// Fills in the base64 of ciphertext, where there is one to be answered, and of plaintext; gives their lengths.
fn open_or_make(used: &Use, desk: &mut Desk, blob_bytes: usize) -> Option<(usize, usize)> {
    let mac = &used.material.key().mac;
    let context = Bytes::reading(&desk.context);
    // Not on the stack, which is scrubbed only so deep.
    let plain = Bytes::of(&mut desk.text);
    if used.key_bytes == 0 {
        let text_bytes = blob_bytes.checked_sub(BLOB_OVERHEAD_BYTES)?;
        let text = (1..=TEXT_BYTES_MAX).contains(&text_bytes).then_some(plain)?;
        let text = text.part(0, text_bytes);
        if !mac.unwrap(Bytes::of(&mut desk.blob[..blob_bytes]), context, text) {
            return None;
        }
        let encoded = encode(text, &mut desk.plaintext);
        text.wipe();
        return Some((0, encoded));
    }
    let blob = Bytes::of(&mut desk.blob).part(0, used.key_bytes + BLOB_OVERHEAD_BYTES);
    let text = plain.part(0, used.key_bytes);
    random::fill(text);
    blob.copy_from(0, &used.header);
    mac.wrap(text, blob, context);
    let encoded = encode(text, &mut desk.plaintext);
    text.wipe();
    Some((encode(blob, &mut desk.ciphertext), encoded))
}

/// As src/http/front/turn.ts and exchange.ts write it.
fn write_head(
    head: &mut Vec<u8>,
    request_id: &[u8],
    second: &Second,
    body_bytes: usize,
    is_last: bool,
    keep_alive: &[u8],
) {
    let length = body_bytes.to_string();
    let (before_date, kept) = match is_last {
        true => (&b"\r\nConnection: close"[..], &b""[..]),
        false => (&b"\r\nConnection: keep-alive\r\nKeep-Alive: timeout="[..], keep_alive),
    };
    head.clear();
    for piece in [
        b"HTTP/1.1 200 OK\r\nx-amzn-RequestId: ",
        request_id,
        b"\r\nContent-Type: application/x-amz-json-1.1\r\nCache-Control: no-store",
        before_date,
        kept,
        b"\r\nDate: ",
        &second.date,
        b"\r\nContent-Length: ",
        length.as_bytes(),
        b"\r\n\r\n",
    ] {
        head.extend_from_slice(piece);
    }
}

fn base64_bytes(bytes: usize) -> usize {
    bytes.div_ceil(3) * 4
}

/// `target` has room for the text and a NUL.
fn encode(source: Bytes, target: &mut [u8]) -> usize {
    assert!(base64_bytes(source.len()) < target.len());
    // SAFETY: the source comes with its length, and the target has room for its base64 and a NUL.
    unsafe { EVP_EncodeBlock(target.as_mut_ptr(), source.start(), source.len()) }
}

/// Bytes written; None for what is no base64, or longer than a blob of ours.
fn decode(text: &[u8], target: &mut [u8]) -> Option<usize> {
    let mut bytes = 0;
    // SAFETY: both come with their lengths.
    let done = unsafe {
        let (out, max) = (target.as_mut_ptr(), target.len());
        EVP_DecodeBase64(out, &mut bytes, max, text.as_ptr(), text.len())
    };
    (done == 1).then_some(bytes)
}
