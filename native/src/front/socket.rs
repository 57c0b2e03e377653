//! The socket of a connection, with what has come and is not used, and what goes out and has not left.

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::time::Instant;

use mio::net::TcpStream;

use crate::bytes::Bytes;
use crate::front::buffer::Buffer;

pub const READ_BYTES: usize = 64 * 1024;

pub struct Socket {
    stream: TcpStream,
    pub input: Buffer,
    output: Buffer,
    is_readable: bool,
    /// The system has told of the end, and tells once.
    is_ended: bool,
    /// When bytes left last, or began to.
    pub moved: Instant,
}

/// What came of reading.
pub enum Received {
    Some,
    NothingYet,
    /// The client sends no more.
    End,
}

impl Socket {
    pub fn new(stream: TcpStream, now: Instant) -> Self {
        Socket {
            stream,
            input: Buffer::default(),
            output: Buffer::default(),
            is_readable: true,
            is_ended: false,
            moved: now,
        }
    }

    pub fn stream(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    /// The system tells that there is something to read, and perhaps that it is the last.
    pub fn told(&mut self, is_ended: bool) {
        self.is_readable = true;
        self.is_ended |= is_ended;
    }

    /// There may be something to read.
    pub fn is_readable(&self) -> bool {
        self.is_readable
    }

    pub fn has_output(&self) -> bool {
        !self.output.is_empty()
    }

    /// Adds to `input`; `scratch` is wiped.
    pub fn receive(&mut self, scratch: &mut [u8]) -> io::Result<Received> {
        let count = match self.stream.read(scratch) {
            Ok(0) => {
                self.is_readable = false;
                return Ok(Received::End);
            }
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => 0,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.is_readable = false;
                return Ok(Received::NothingYet);
            }
            Err(error) => return Err(error),
        };
        self.input.push(&scratch[..count]);
        Bytes::of(&mut scratch[..count]).wipe();
        // Where the system tells of every change, a short read says that there is no more (epoll(7)) but the end.
        if cfg!(unix) && count > 0 && count < scratch.len() && !self.is_ended {
            self.is_readable = false;
        }
        Ok(Received::Some)
    }

    /// As much as the system takes at once; the rest leaves with `flush`.
    pub fn send(&mut self, bytes: &[u8], now: Instant) -> io::Result<()> {
        self.moved = now;
        let mut sent = 0;
        if self.output.is_empty() {
            sent = match self.stream.write(bytes) {
                Ok(sent) => sent,
                Err(error) if is_for_later(&error) => 0,
                Err(error) => return Err(error),
            };
        }
        self.output.push(&bytes[sent..]);
        Ok(())
    }

    pub fn flush(&mut self, now: Instant) -> io::Result<()> {
        while !self.output.is_empty() {
            match self.stream.write(self.output.bytes()) {
                Ok(sent) => self.output.consume(sent),
                Err(error) if is_for_later(&error) => return Ok(()),
                Err(error) => return Err(error),
            }
            self.moved = now;
        }
        Ok(())
    }

    /// The client hears that nothing follows.
    pub fn end(&mut self) {
        // What fails here fails the next read as well.
        let _ = self.stream.shutdown(Shutdown::Write);
    }
}

fn is_for_later(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
