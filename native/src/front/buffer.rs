//! Bytes on their way in or out: what has left is wiped, as it may be plaintext.

use crate::bytes::Bytes;

/// Of a connection's, of which there may be many.
const KEPT_BYTES: usize = 4096;

pub struct Buffer {
    bytes: Vec<u8>,
    /// What lies before has left.
    start: usize,
    /// When it is empty, it keeps no more room than this.
    kept_bytes: usize,
}

impl Default for Buffer {
    fn default() -> Self {
        Buffer::keeping(KEPT_BYTES)
    }
}

impl Buffer {
    pub fn keeping(kept_bytes: usize) -> Self {
        Buffer { bytes: Vec::new(), start: 0, kept_bytes }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    pub fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.make_room(bytes.len());
        self.bytes.extend_from_slice(bytes);
    }

    /// From memory that JavaScript lends.
    pub fn push_lent(&mut self, bytes: Bytes) {
        self.make_room(bytes.len());
        bytes.append_to(&mut self.bytes);
    }

    /// The first `count` bytes leave.
    pub fn consume(&mut self, count: usize) {
        let end = self.start + count;
        Bytes::of(&mut self.bytes[self.start..end]).wipe();
        self.start = end;
        if self.is_empty() {
            self.start = 0;
            self.bytes.clear();
            self.bytes.shrink_to(self.kept_bytes);
        }
    }

    pub fn clear(&mut self) {
        self.consume(self.len());
    }

    /// A vector that grows by itself would leave what it held behind.
    fn make_room(&mut self, more: usize) {
        if self.bytes.capacity() - self.bytes.len() >= more {
            return;
        }
        let mut larger = Vec::with_capacity((self.len() + more).next_power_of_two());
        larger.extend_from_slice(self.bytes());
        Bytes::of(&mut self.bytes).wipe();
        self.bytes = larger;
        self.start = 0;
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        Bytes::of(&mut self.bytes).wipe();
    }
}
