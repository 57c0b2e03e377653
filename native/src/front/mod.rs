//! An HTTP/1.1 front: one port, on one thread of its own.
//!
//! ```text
//! door              JavaScript opens, takes, reads, answers, stops
//!   └── exchange    batches both ways
//!         └── bell  calls JavaScript
//! port              the thread: accepts, polls, keeps time, stops; peers, trim
//!   └── connection  one client: its bytes in, its requests in turn, its answers out
//!         ├── head  a request head, and what of RFC 9112 httparse does not see to
//!         ├── body  where a body ends
//!         └── socket ─ buffer
//! ```
//!
//! It says what is HTTP and bounds what a client may take of it; what a request means is src/http/serve.ts's business.
//! Whoever sends what is no request gets one of three prepared answers (`Faults`) and is closed.

mod body;
pub mod buffer;
mod connection;
mod desk;
pub mod door;
pub mod exchange;
mod head;
mod peers;
mod port;
mod socket;
mod trim;

use std::time::Duration;

/// What a front is told when it opens.
pub struct Settings {
    pub header_bytes_max: usize,
    pub headers_timeout: Duration,
    pub request_timeout: Duration,
    pub keep_alive: Duration,
    pub connections_max: usize,
    pub stop_timeout: Duration,
    pub connections_per_peer_max: usize,
    pub faults: Faults,
}

/// Why a connection is closed, with the whole answer to it.
pub struct Faults {
    pub not_http: Vec<u8>,
    pub head_too_large: Vec<u8>,
    pub too_late: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    NotHttp,
    HeadTooLarge,
    TooLate,
}

impl Faults {
    pub fn answer(&self, fault: Fault) -> &[u8] {
        match fault {
            Fault::NotHttp => &self.not_http,
            Fault::HeadTooLarge => &self.head_too_large,
            Fault::TooLate => &self.too_late,
        }
    }
}
