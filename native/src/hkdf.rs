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
/// RFC 5869 §2.3: the block counter is one byte.
pub const OUTPUT_BYTES_MAX: usize = 255 * HASH_BYTES;

/// HMAC under the pseudo-random key, which outlives no call.
pub struct Extracted(HMAC_CTX);

/// An empty `salt` counts as 64 zero bytes.
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
    /// `target`: at most `OUTPUT_BYTES_MAX` bytes.
    pub fn expand(&mut self, info: Bytes, target: Bytes) {
        assert!(target.len() <= OUTPUT_BYTES_MAX);
        let mut block = Secret::<HASH_BYTES>::zeroed();
        for (index, at) in (0..target.len()).step_by(HASH_BYTES).enumerate() {
            self.rekey(None);
            if index > 0 {
                self.update(block.bytes());
            }
            self.update(info);
            self.update(Bytes::reading(&[index as u8 + 1]));
            self.finish(&mut block);
            let size = HASH_BYTES.min(target.len() - at);
            block.copy_to(target.part(at, size));
        }
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

    fn update(&mut self, bytes: Bytes) {
        // SAFETY: the bytes come with their length.
        let done = unsafe { HMAC_Update(&mut self.0, bytes.start(), bytes.len()) };
        assert!(done == 1, "HMAC takes all bytes");
    }

    fn finish(&mut self, target: &mut Secret<HASH_BYTES>) {
        // SAFETY: SHA-512 writes 64 bytes, which the target has; nobody asks for the length.
        let done = unsafe { HMAC_Final(&mut self.0, target.bytes().start(), null_mut()) };
        assert!(done == 1, "HMAC ends after any input");
    }
}

impl Drop for Extracted {
    fn drop(&mut self) {
        // SAFETY: our own context, which AWS-LC zeroes as a whole.
        unsafe { HMAC_CTX_cleanup(&mut self.0) };
    }
}
