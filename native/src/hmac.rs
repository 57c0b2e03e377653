//! unsafe: HMAC by AWS-LC, keyed once: each text after the first begins from a copy of the keyed state.

use std::ptr::{NonNull, null, null_mut};

use aws_lc_sys::{
    EVP_MD, HMAC_CTX, HMAC_CTX_free, HMAC_CTX_new, HMAC_Final, HMAC_Init_ex, HMAC_Update,
};

use crate::bytes::Bytes;

/// In a block of AWS-LC's own, wiped when it is dropped: in the vault when it was made within a call that takes from there.
pub struct Hmac(NonNull<HMAC_CTX>);

// SAFETY: memory of its own, which knows of no thread.
unsafe impl Send for Hmac {}

impl Hmac {
    /// `hash`: what AWS-LC's `EVP_sha256`, `EVP_sha512` … give. None when there is no room.
    pub fn new(hash: *const EVP_MD, key: Bytes) -> Option<Hmac> {
        // SAFETY: nothing is asked but memory.
        let hmac = Hmac(NonNull::new(unsafe { HMAC_CTX_new() })?);
        // SAFETY: the key comes with its length, and the hash is one of AWS-LC's.
        let done = unsafe {
            HMAC_Init_ex(hmac.0.as_ptr(), key.start().cast(), key.len(), hash, null_mut())
        };
        assert!(done == 1, "HMAC takes every key");
        Some(hmac)
    }

    /// Of the pieces, one after the other. `target` has room for a digest.
    pub fn of(&mut self, pieces: &[&[u8]], target: Bytes) {
        let context = self.0.as_ptr();
        // SAFETY: without a key AWS-LC starts from its copy of the keyed state; pieces come with their lengths, the
        // target has room for what the hash gives, and nobody asks for the length.
        let done = unsafe {
            let begun = HMAC_Init_ex(context, null(), 0, null(), null_mut());
            let mut done = begun;
            for piece in pieces {
                done &= HMAC_Update(context, piece.as_ptr(), piece.len());
            }
            done & HMAC_Final(context, target.start(), null_mut())
        };
        assert!(done == 1, "HMAC takes all bytes");
    }
}

impl Drop for Hmac {
    fn drop(&mut self) {
        // SAFETY: our own context, which AWS-LC zeroes as a whole.
        unsafe { HMAC_CTX_free(self.0.as_ptr()) };
    }
}
