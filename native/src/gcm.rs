//! unsafe: AES-256-GCM by AWS-LC, under a key expanded once.
//!
//! In place or from source to target, tag apart from the text: nothing is copied here. AWS-LC picks
//! its own code for the CPU (cpu.rs says which). Source: NIST SP 800-38D; aws-lc include/openssl/aead.h.

use std::ptr::null_mut;

use aws_lc_sys::{
    EVP_AEAD_CTX, EVP_AEAD_CTX_init, EVP_AEAD_CTX_open_gather, EVP_AEAD_CTX_seal_scatter,
    EVP_aead_aes_256_gcm,
};

use crate::bytes::Bytes;

pub const KEY_BYTES: usize = 32;
pub const NONCE_BYTES: usize = 12;
pub const TAG_BYTES: usize = 16;

/// The expanded key: AES round keys and powers of H, flat, with no pointer to other secrets.
#[repr(C, align(64))]
pub struct GcmKey(EVP_AEAD_CTX);

impl GcmKey {
    /// Opens and seals nothing until it is expanded.
    pub fn blank() -> Self {
        // SAFETY: a pointer, two bytes and a union of bytes and integers: all may be zero.
        GcmKey(unsafe { std::mem::zeroed() })
    }

    /// `key`: 32 bytes.
    pub fn expand(&mut self, key: Bytes) {
        assert!(key.len() == KEY_BYTES);
        // SAFETY: `key` has 32 bytes; the context is overwritten as a whole and owns no memory, so
        // that one expanded earlier needs no clean-up.
        let done = unsafe {
            let tag_bytes = TAG_BYTES;
            EVP_AEAD_CTX_init(
                &mut self.0,
                EVP_aead_aes_256_gcm(),
                key.start(),
                KEY_BYTES,
                tag_bytes,
                null_mut(),
            )
        };
        assert!(done == 1, "AWS-LC expands every 32-byte key");
    }

    /// `target` is `source` itself or lies apart from it, and is as long; `tag` lies apart from both.
    pub fn seal(
        &self,
        nonce: &[u8; NONCE_BYTES],
        aad: Bytes,
        source: Bytes,
        target: Bytes,
        tag: Bytes,
    ) {
        assert!(target.len() == source.len() && tag.len() == TAG_BYTES);
        let mut tag_bytes = 0;
        // SAFETY: every pointer comes with its own length, and target and tag are writable.
        let done = unsafe {
            EVP_AEAD_CTX_seal_scatter(
                &self.0,
                target.start(),
                tag.start(),
                &mut tag_bytes,
                tag.len(),
                nonce.as_ptr(),
                NONCE_BYTES,
                source.start(),
                source.len(),
                std::ptr::null(),
                0,
                aad.start(),
                aad.len(),
            )
        };
        assert!(done == 1 && tag_bytes == TAG_BYTES, "AWS-LC seals what lies apart");
    }

    /// As `seal`; when false, `target` is all zero.
    pub fn open(
        &self,
        nonce: &[u8; NONCE_BYTES],
        aad: Bytes,
        source: Bytes,
        target: Bytes,
        tag: &[u8; TAG_BYTES],
    ) -> bool {
        assert!(target.len() == source.len());
        // SAFETY: every pointer comes with its own length, and target is writable.
        let genuine = unsafe {
            EVP_AEAD_CTX_open_gather(
                &self.0,
                target.start(),
                nonce.as_ptr(),
                NONCE_BYTES,
                source.start(),
                source.len(),
                tag.as_ptr(),
                TAG_BYTES,
                aad.start(),
                aad.len(),
            ) == 1
        };
        if !genuine {
            target.wipe();
        }
        genuine
    }
}

impl Drop for GcmKey {
    fn drop(&mut self) {
        let size = std::mem::size_of::<GcmKey>();
        // SAFETY: our own memory, which holds nothing that must be dropped.
        unsafe { Bytes::lent((&raw mut self.0).cast(), size).wipe() };
    }
}
