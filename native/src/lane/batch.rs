//! Calls on their way through the journal: their records, their answers, and themselves, should it come to nothing.

use std::sync::Arc;

use crate::front::buffer::Buffer;
use crate::front::exchange::{Exchange, Outbox, Turn};
use crate::lane::template::{Fills, Template};
use crate::scribe::block::crc32;

/// Length and CRC-32, then kind, 0, records and the length of no facts; then the record's length.
const ENTRY_HEAD_BYTES: usize = 8 + 8 + 4;
const CONTENT_OFFSET: usize = 8;
const KIND_COMMIT: u8 = 1;
const KEPT_BYTES: usize = 64 * 1024;

pub struct Batch {
    /// As docs/FORMAT.md §5.3 and src/store/journal/entry.ts have them.
    pub entries: Vec<u8>,
    pub sequences: u32,
    /// Of the last call.
    pub time_ms: u64,
    /// As JavaScript's answers come to the front.
    answers: Buffer,
    /// The requests as JavaScript would have had them.
    held: Outbox,
    exchange: Arc<Exchange>,
}

impl Batch {
    pub fn new(exchange: Arc<Exchange>) -> Batch {
        let answers = Buffer::keeping(KEPT_BYTES);
        let (entries, held) = (Vec::new(), Outbox::default());
        Batch { entries, sequences: 0, time_ms: 0, answers, held, exchange }
    }

    /// An entry of one record.
    pub fn record(&mut self, template: &Template, fills: &Fills, time_ms: u64) {
        let record_bytes = template.len(fills);
        let start = self.entries.len();
        let content_bytes = ENTRY_HEAD_BYTES - CONTENT_OFFSET + record_bytes;
        self.entries.extend_from_slice(&(content_bytes as u32).to_be_bytes());
        self.entries.extend_from_slice(&[0; 4]);
        self.entries.extend_from_slice(&[KIND_COMMIT, 0, 0, 1, 0, 0, 0, 0]);
        self.entries.extend_from_slice(&(record_bytes as u32).to_be_bytes());
        template.fill(fills, |piece| self.entries.extend_from_slice(piece));
        let crc = crc32(&self.entries[start + CONTENT_OFFSET..]);
        self.entries[start + 4..start + CONTENT_OFFSET].copy_from_slice(&crc.to_be_bytes());
        self.sequences += 1;
        self.time_ms = time_ms;
    }

    /// `head` and `body` as they go out.
    pub fn answer(&mut self, turn: Turn, is_last: bool, head: &[u8], body: &[u8]) {
        let bytes = (head.len() + body.len()) as u32;
        for word in [turn.connection, turn.serial, is_last.into(), bytes] {
            self.answers.push(&word.to_ne_bytes());
        }
        self.answers.push(head);
        self.answers.push(body);
    }

    pub fn hold(&mut self, kind: u32, turn: Turn, remote: &[u8], lines: &[u8], body: &[u8]) {
        self.held.now_ms = self.exchange.now_ms();
        self.held.put(kind, turn, remote, lines, body);
    }

    /// The answers leave, or the requests go to JavaScript.
    pub fn done(mut self, is_durable: bool) {
        let (answers, held) = (&self.answers, &mut self.held);
        self.exchange.tell(|inbox| match is_durable {
            true => inbox.answers.push(answers.bytes()),
            false => inbox.bounced.append(held, |_| true),
        });
    }
}
