//! unsafe: HKDF with SHA-512 by AWS-LC.
//!
//! Extracting is AWS-LC's own; expanding is its HMAC, keyed once: `HKDF_expand` would hash the pseudo-random
//! key again for each of the two keys of a message. Source: RFC 5869.

use std::ptr::{null, null_mut};

use aws_lc_sys::{
    EVP_sha512, HKDF_extract, HMAC_CTX, HMAC_CTX_cleanup, HMAC_Final, HMAC_Init_ex, HMAC_Update,
};

use crate::bytes::{Bytes, Secret};

const HASH_BYTES: usize = 64;
/// HMAC under the pseudo-random key, which outlives no call.
pub struct Extracted(HMAC_CTX);

pub fn extract(ikm: Bytes, salt: Bytes) -> Extracted {
    let mut prk = Secret::<HASH_BYTES>::zeroed();
    let mut len = 0;
    // SAFETY: SHA-512 writes 64 bytes, which the target has; the inputs come with their lengths.
    let done = unsafe {
        let (out, sha512) = (prk.bytes().start(), EVP_sha512());
        HKDF_extract(out, &mut len, sha512, ikm.start(), ikm.len(), salt.start(), salt.len())
    };
    assert!(done == 1 && len == HASH_BYTES, "HKDF extracts from any input");
    // SAFETY: two pointers, three unions of integers and a byte; all zero is what HMAC_CTX_init makes.
    let mut extracted = Extracted(unsafe { std::mem::zeroed() });
    extracted.rekey(Some(prk.bytes()));
    extracted
}

impl Extracted {
    /// `target`: at most 64 bytes, one block of the expansion.
    pub fn expand(&mut self, info: &[u8], target: Bytes) {
        self.rekey(None);
        self.update(info);
        self.update(&[1]);
        let mut block = Secret::<HASH_BYTES>::zeroed();
        // SAFETY: SHA-512 writes 64 bytes, which the target has; nobody asks for the length.
        let done = unsafe { HMAC_Final(&mut self.0, block.bytes().start(), null_mut()) };
        assert!(done == 1, "HMAC ends after any input");
        block.copy_to(target);
    }

    /// Begins anew, under `key` or under the one before.
    fn rekey(&mut self, key: Option<Bytes>) {
        // SAFETY: the key comes with its length; without one AWS-LC starts from its copy of the keyed state.
        let done = unsafe {
            match key {
                Some(key) => {
                    let start = key.start().cast();
                    HMAC_Init_ex(&mut self.0, start, key.len(), EVP_sha512(), null_mut())
                }
                None => HMAC_Init_ex(&mut self.0, null(), 0, null(), null_mut()),
            }
        };
        assert!(done == 1, "HMAC takes every key");
    }

    fn update(&mut self, bytes: &[u8]) {
        // SAFETY: the bytes come with their length.
        let done = unsafe { HMAC_Update(&mut self.0, bytes.as_ptr(), bytes.len()) };
        assert!(done == 1, "HMAC takes all bytes");
    }
}

impl Drop for Extracted {
    fn drop(&mut self) {
        // SAFETY: our own context, which AWS-LC zeroes as a whole.
        unsafe { HMAC_CTX_cleanup(&mut self.0) };
    }
}
