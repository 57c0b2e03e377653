//! unsafe: bytes of ours in the vault, wiped when they are dropped.

use aws_lc_sys::{OPENSSL_free, OPENSSL_malloc};

use crate::bytes::Bytes;

pub struct Guarded {
    start: *mut u8,
    len: usize,
}

// SAFETY: memory of its own, which knows of no thread.
unsafe impl Send for Guarded {}

impl Guarded {
    /// Zero bytes, within a call that takes from the vault; None when there is no room.
    pub fn zeroed(len: usize) -> Option<Guarded> {
        // SAFETY: any length may be asked for.
        let start = unsafe { OPENSSL_malloc(len) }.cast::<u8>();
        if start.is_null() {
            return None;
        }
        let guarded = Guarded { start, len };
        guarded.bytes().wipe();
        Some(guarded)
    }

    /// # Safety
    /// `len` bytes that AWS-LC allocated, and nobody else frees.
    pub unsafe fn owning(start: *mut u8, len: usize) -> Guarded {
        Guarded { start, len }
    }

    pub fn bytes(&self) -> Bytes<'_> {
        // SAFETY: ours as long as `self`.
        unsafe { Bytes::lent(self.start, self.len) }
    }

    pub fn slice(&self) -> &[u8] {
        // SAFETY: as above, written whole, and by nobody else while it is borrowed.
        unsafe { std::slice::from_raw_parts(self.start, self.len) }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // SAFETY: AWS-LC's own block, which its free wipes.
        unsafe { OPENSSL_free(self.start.cast()) };
    }
}
