//! unsafe: HMAC by AWS-LC, keyed once: each text after the first begins from a copy of the keyed state.

use std::ptr::{null, null_mut};

use aws_lc_sys::{EVP_MD, HMAC_CTX, HMAC_CTX_cleanup, HMAC_Final, HMAC_Init_ex, HMAC_Update};

use crate::bytes::Bytes;

/// Zeroed when it is dropped; in a box, so that it is moved nowhere.
pub struct Hmac(Box<HMAC_CTX>);

// SAFETY: memory of its own, which knows of no thread.
unsafe impl Send for Hmac {}

impl Hmac {
    /// `hash`: what AWS-LC's `EVP_sha256`, `EVP_sha512` … give.
    pub fn new(hash: *const EVP_MD, key: Bytes) -> Hmac {
        // SAFETY: two pointers, three unions of integers and a byte; all zero is what HMAC_CTX_init makes.
        let mut hmac = Hmac(Box::new(unsafe { std::mem::zeroed() }));
        // SAFETY: the key comes with its length, and the hash is one of AWS-LC's.
        let done =
            unsafe { HMAC_Init_ex(&mut *hmac.0, key.start().cast(), key.len(), hash, null_mut()) };
        assert!(done == 1, "HMAC takes every key");
        hmac
    }

    /// Of the pieces, one after the other. `target` has room for a digest.
    pub fn of(&mut self, pieces: &[&[u8]], target: Bytes) {
        // SAFETY: without a key AWS-LC starts from its copy of the keyed state; pieces come with their lengths, the
        // target has room for what the hash gives, and nobody asks for the length.
        let done = unsafe {
            let begun = HMAC_Init_ex(&mut *self.0, null(), 0, null(), null_mut());
            let mut done = begun;
            for piece in pieces {
                done &= HMAC_Update(&mut *self.0, piece.as_ptr(), piece.len());
            }
            done & HMAC_Final(&mut *self.0, target.start(), null_mut())
        };
        assert!(done == 1, "HMAC takes all bytes");
    }
}

impl Drop for Hmac {
    fn drop(&mut self) {
        // SAFETY: our own context, which AWS-LC zeroes as a whole.
        unsafe { HMAC_CTX_cleanup(&mut *self.0) };
    }
}
