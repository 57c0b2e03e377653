//! What goes between the front's thread and JavaScript, in batches.
//!
//! ```text
//! to JavaScript   | count | now | rows of 8 words | bytes |     kind, connection, serial, and where in the bytes
//!                 remote address, head and body of a request begin, and it ends; when it came; times in milliseconds
//! from it         | connection | serial | flags | bytes | the answer as it goes out |   for each answer, or piece of one
//! ```
//!
//! A connection has one request at a time; its serial tells it from those before. JavaScript is rung for once for all
//! that waits, and wakes the thread once for all that it gives. Matches src/engine/native/addon.ts.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use mio::Waker;

use crate::bell::Bell;
use crate::front::buffer::Buffer;
use crate::lane::answer::Lane;

/// Of which connection, and which of its requests.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    pub connection: u32,
    pub serial: u32,
}

#[derive(Clone, Copy)]
#[repr(u32)]
pub enum Kind {
    /// A request, and its whole body.
    Whole = 1,
    /// A request, whose body JavaScript must ask for.
    Begun = 2,
    /// Some of the body that was asked for.
    Piece = 3,
    LastPiece = 4,
    /// The client has gone, or was sent away; nobody waits for an answer.
    Gone = 5,
    /// The port is in trouble; `connection` is the system's error number.
    Trouble = 6,
    /// Nothing follows.
    Closed = 7,
    /// What was to go out of an answer has left; more of it may come.
    Sent = 8,
}

/// Or-ed to the kind of a request.
pub const IS_LAST: u32 = 0x100;
pub const HAS_MANY_HOSTS: u32 = 0x200;
pub const EXPECTS: u32 = 0x400;

/// Of an answer: the connection ends with it.
pub const LAST: u32 = 1;
/// More of it follows.
pub const MORE: u32 = 2;
/// It breaks off, and the connection with it.
pub const BREAK: u32 = 4;

const ROW_WORDS: usize = 8;
const ROW_BYTES: usize = ROW_WORDS * size_of::<u32>();
/// A batch of usual size grows no buffer.
const KEPT_BYTES: usize = 256 * 1024;

pub struct Outbox {
    pub rows: Vec<u8>,
    pub bytes: Buffer,
    pub count: u32,
    /// Of what is put from now on; milliseconds, from wherever they are counted.
    pub now_ms: u32,
}

impl Default for Outbox {
    fn default() -> Self {
        Outbox { rows: Vec::new(), bytes: Buffer::keeping(KEPT_BYTES), count: 0, now_ms: 0 }
    }
}

impl Outbox {
    /// `remote` and `head` are empty but for a request.
    pub fn put(&mut self, kind: u32, turn: Turn, remote: &[u8], head: &[u8], body: &[u8]) {
        let start = self.bytes.len();
        let ends = [remote.len(), head.len(), body.len()].into_iter().scan(start, |end, len| {
            *end += len;
            Some(*end as u32)
        });
        let row = [kind, turn.connection, turn.serial, start as u32].into_iter().chain(ends);
        let row = row.chain([self.now_ms]);
        self.rows.extend(row.flat_map(u32::to_ne_bytes));
        self.count += 1;
        for piece in [remote, head, body] {
            self.bytes.push(piece);
        }
    }

    pub fn note(&mut self, kind: Kind, turn: Turn) {
        self.put(kind as u32, turn, &[], &[], &[]);
    }

    pub fn clear(&mut self) {
        self.rows.clear();
        self.bytes.clear();
        self.count = 0;
    }
}

pub struct Inbox {
    pub answers: Buffer,
    pub asked: Vec<Turn>,
    /// Requests of a lane that are JavaScript's after all.
    pub bounced: Outbox,
    /// The lane from now on.
    pub lane: Option<Arc<Lane>>,
    pub is_stopping: bool,
    is_woken: bool,
}

impl Default for Inbox {
    fn default() -> Self {
        let answers = Buffer::keeping(KEPT_BYTES);
        let (asked, bounced) = (Vec::new(), Outbox::default());
        Inbox { answers, asked, bounced, lane: None, is_stopping: false, is_woken: false }
    }
}

pub struct Exchange {
    /// From when milliseconds are counted.
    begun: Instant,
    outbox: Mutex<Outbox>,
    inbox: Mutex<Inbox>,
    waker: Waker,
    bell: Mutex<Bell>,
    pub port: u16,
}

impl Exchange {
    pub fn new(waker: Waker, port: u16, bell: Bell) -> Self {
        let (outbox, inbox) = (Mutex::default(), Mutex::default());
        let bell = Mutex::new(bell);
        Exchange { begun: Instant::now(), outbox, inbox, waker, bell, port }
    }

    pub fn now_ms(&self) -> u32 {
        self.begun.elapsed().as_millis() as u32
    }

    /// The batch that waits, emptied when `give` has seen it.
    pub fn take<T>(&self, give: impl FnOnce(&Outbox) -> T) -> T {
        let mut outbox = lock(&self.outbox);
        let given = give(&outbox);
        outbox.clear();
        given
    }

    /// Hands over what `outbox` holds; false when nobody hears the bell.
    pub fn deliver(&self, outbox: &mut Outbox) -> bool {
        if outbox.count == 0 {
            return true;
        }
        let mut waiting = lock(&self.outbox);
        let is_rung = waiting.count > 0;
        if is_rung {
            waiting.append(outbox, |_| true);
        } else {
            std::mem::swap(&mut *waiting, outbox);
        }
        drop(waiting);
        is_rung || lock(&self.bell).ring()
    }

    /// Nobody hears the bell any more.
    pub fn close_bell(&self) {
        lock(&self.bell).close();
    }

    /// What JavaScript has to say; the thread hears of it.
    pub fn tell(&self, say: impl FnOnce(&mut Inbox)) {
        let mut inbox = lock(&self.inbox);
        say(&mut inbox);
        if !std::mem::replace(&mut inbox.is_woken, true) {
            drop(inbox);
            // A thread that has ended hears nothing, and need not.
            let _ = self.waker.wake();
        }
    }

    /// Swaps what JavaScript has said for `empty`.
    pub fn hear(&self, empty: &mut Inbox) {
        let mut inbox = lock(&self.inbox);
        empty.is_stopping = inbox.is_stopping;
        empty.is_woken = false;
        std::mem::swap(&mut *inbox, empty);
    }
}

impl Outbox {
    /// Moves all that `other` holds to the end, but for turns that are not wanted.
    pub fn append(&mut self, other: &mut Outbox, is_wanted: impl Fn(Turn) -> bool) {
        let shift = self.bytes.len() as u32;
        for row in other.rows.as_chunks::<ROW_BYTES>().0 {
            let mut words = [0; ROW_WORDS];
            for (word, bytes) in words.iter_mut().zip(row.as_chunks().0) {
                *word = u32::from_ne_bytes(*bytes);
            }
            if !is_wanted(Turn { connection: words[1], serial: words[2] }) {
                continue;
            }
            for place in &mut words[3..7] {
                *place += shift;
            }
            self.rows.extend(words.into_iter().flat_map(u32::to_ne_bytes));
            self.count += 1;
        }
        self.bytes.push(other.bytes.bytes());
        other.clear();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
