//! unsafe: HKDF with SHA-512 by AWS-LC.
//!
//! Extracting is AWS-LC's own; expanding is its HMAC, keyed once: `HKDF_expand` would hash the pseudo-random
//! key again for each of the two keys of a message. Source: RFC 5869.

use aws_lc_sys::{EVP_sha512, HKDF_extract};

use crate::bytes::{Bytes, Secret};
use crate::hmac::Hmac;

const HASH_BYTES: usize = 64;
/// HMAC under the pseudo-random key, which outlives no call.
pub struct Extracted(Hmac);

pub fn extract(ikm: Bytes, salt: Bytes) -> Extracted {
    let mut prk = Secret::<HASH_BYTES>::zeroed();
    let mut len = 0;
    // SAFETY: SHA-512 writes 64 bytes, which the target has; the inputs come with their lengths.
    let (done, sha512) = unsafe {
        let (out, sha512) = (prk.bytes().start(), EVP_sha512());
        let salt_start = salt.start();
        let done =
            HKDF_extract(out, &mut len, sha512, ikm.start(), ikm.len(), salt_start, salt.len());
        (done, sha512)
    };
    assert!(done == 1 && len == HASH_BYTES, "HKDF extracts from any input");
    Extracted(Hmac::new(sha512, prk.bytes()).expect("there is memory"))
}

impl Extracted {
    /// `target`: at most 64 bytes, one block of the expansion.
    pub fn expand(&mut self, info: &[u8], target: Bytes) {
        let mut block = Secret::<HASH_BYTES>::zeroed();
        self.0.of(&[info, &[1]], block.bytes());
        block.copy_to(target);
    }
}
