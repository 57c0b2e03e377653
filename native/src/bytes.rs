//! unsafe: memory that others may look at while we write it, behind bounds checks.
//!
//! JavaScript lends its memory for one call, and another thread may write to it meanwhile when it is
//! shared. So it is never seen as a Rust slice: it is copied in and out, or handed to C by address.
//! Our own arrays take the same form on their way to C. Secrets on the stack are here too.
//!
//! Which C functions may see memory that others write:
//!
//! - AES-GCM: yes. It works through lengths that it was given and looks nothing up at an address taken from the
//!   text. It reads ciphertext twice, for the tag and for the key stream: who writes to a text while it is
//!   sealed gets a wrong tag, who writes while it is opened may get plaintext that nobody sealed.
//! - HKDF, random bytes, comparing, wiping: yes, for the same reason.
//! - libdeflate: no. It measures its input and then writes what it finds at a second look. It gets a
//!   `Steady` copy; or memory that threads share, but of which JavaScript says that nobody writes to it: rooms of its
//!   own, which no caller of the library can reach.

use std::marker::PhantomData;

use aws_lc_sys::{CRYPTO_memcmp, OPENSSL_cleanse};

/// `len` bytes at `start`, good for reading and writing during `'call`.
#[derive(Clone, Copy)]
pub struct Bytes<'call> {
    start: *mut u8,
    len: usize,
    lent: PhantomData<&'call ()>,
}

impl<'call> Bytes<'call> {
    pub const EMPTY: Bytes<'static> =
        Bytes { start: std::ptr::dangling_mut(), len: 0, lent: PhantomData };

    /// # Safety
    /// `len` bytes at `start` stay mapped, readable and writable during `'call`.
    pub unsafe fn lent(start: *mut u8, len: usize) -> Self {
        if len == 0 {
            return Bytes::EMPTY;
        }
        let lent = PhantomData;
        Bytes { start, len, lent }
    }

    pub fn of(own: &'call mut [u8]) -> Self {
        // SAFETY: an exclusive borrow is readable and writable while it lasts.
        unsafe { Bytes::lent(own.as_mut_ptr(), own.len()) }
    }

    /// For C that only reads.
    pub fn reading(own: &'call [u8]) -> Self {
        // SAFETY: readable while the borrow lasts; callers name it as a source only.
        unsafe { Bytes::lent(own.as_ptr().cast_mut(), own.len()) }
    }

    pub fn len(self) -> usize {
        self.len
    }

    /// For C, which must not touch more than `len` bytes.
    pub fn start(self) -> *mut u8 {
        self.start
    }

    /// Panics when it does not lie inside.
    pub fn part(self, offset: usize, len: usize) -> Self {
        assert!(offset <= self.len && len <= self.len - offset);
        // SAFETY: the part lies inside bytes that are good during 'call.
        unsafe { Bytes::lent(self.start.add(offset), len) }
    }

    pub fn from(self, offset: usize) -> Self {
        assert!(offset <= self.len);
        self.part(offset, self.len - offset)
    }

    pub fn array<const N: usize>(self, offset: usize) -> [u8; N] {
        let source = self.part(offset, N);
        let mut copy = [0; N];
        // SAFETY: `part` checked that N bytes are readable; `copy` is our own.
        unsafe { source.start.copy_to_nonoverlapping(copy.as_mut_ptr(), N) };
        copy
    }

    pub fn copy_from(self, offset: usize, source: &[u8]) {
        let target = self.part(offset, source.len());
        // SAFETY: `part` checked that the bytes are writable; `source` may be what they view.
        unsafe { target.start.copy_from(source.as_ptr(), source.len()) };
    }

    /// To the front of `target`, which may be what it views.
    pub fn copy_to(self, target: Bytes) {
        let target = target.part(0, self.len);
        // SAFETY: `part` checked that the bytes are writable.
        unsafe { target.start.copy_from(self.start, self.len) };
    }

    pub fn append_to(self, target: &mut Vec<u8>) {
        target.reserve(self.len);
        // SAFETY: room for `len` bytes was reserved, and they are written before they are counted.
        unsafe {
            let end = target.as_mut_ptr().add(target.len());
            self.start.copy_to_nonoverlapping(end, self.len);
            target.set_len(target.len() + self.len);
        }
    }

    /// Writes element `index` of a Uint32Array's bytes.
    pub fn set_word(self, index: usize, word: u32) {
        self.copy_from(index * 4, &word.to_ne_bytes());
    }

    /// Element `index` of a Uint32Array's bytes.
    pub fn word(self, index: usize) -> u32 {
        u32::from_ne_bytes(self.array(index * 4))
    }

    pub fn overlaps(self, other: Bytes) -> bool {
        let (a, b) = (self.start as usize, other.start as usize);
        self.len > 0 && other.len > 0 && a < b + other.len && b < a + self.len
    }

    /// In time that depends on the lengths only.
    pub fn equals_secret(self, other: &[u8]) -> bool {
        // SAFETY: both are readable for the compared length.
        self.len == other.len()
            && unsafe { CRYPTO_memcmp(self.start.cast(), other.as_ptr().cast(), self.len) == 0 }
    }

    /// Zeroes that the optimizer must write.
    pub fn wipe(self) {
        // SAFETY: the bytes are writable.
        unsafe { OPENSSL_cleanse(self.start.cast(), self.len) };
    }
}

/// Bytes that nobody else writes to: lent ones, or a copy that is wiped afterwards.
pub enum Steady<'call> {
    Lent(Bytes<'call>),
    Own(Vec<u8>),
}

impl<'call> Steady<'call> {
    pub fn of(lent: Bytes<'call>, is_shared: bool) -> Self {
        if !is_shared {
            return Steady::Lent(lent);
        }
        let mut own = Vec::new();
        lent.append_to(&mut own);
        Steady::Own(own)
    }

    pub fn bytes(&mut self) -> Bytes<'_> {
        match self {
            Steady::Lent(lent) => *lent,
            Steady::Own(own) => Bytes::of(own),
        }
    }

    pub fn slice(&mut self) -> &[u8] {
        let bytes = self.bytes();
        // SAFETY: readable as long as `self`, and nobody writes to it meanwhile.
        unsafe { std::slice::from_raw_parts(bytes.start, bytes.len) }
    }
}

impl Drop for Steady<'_> {
    fn drop(&mut self) {
        if let Steady::Own(own) = self {
            Bytes::of(own).wipe();
        }
    }
}

/// Bytes on the stack that are zeroed when they go out of scope.
pub struct Secret<const N: usize>([u8; N]);

impl<const N: usize> Secret<N> {
    pub fn zeroed() -> Self {
        Secret([0; N])
    }

    pub fn bytes(&mut self) -> Bytes<'_> {
        Bytes::of(&mut self.0)
    }

    /// As many of the first bytes as `target` has; no copy stays elsewhere.
    pub fn copy_to(&self, target: Bytes) {
        target.copy_from(0, &self.0[..target.len()]);
    }
}

impl<const N: usize> Drop for Secret<N> {
    fn drop(&mut self) {
        Bytes::of(&mut self.0).wipe();
    }
}
