//! unsafe: HKDF with SHA-512 by AWS-LC.
//!
//! Source: RFC 5869; the message key of the committing suites: docs/FORMAT.md §2.

use aws_lc_sys::{EVP_sha512, HKDF_expand, HKDF_extract};

use crate::bytes::{Bytes, Secret};

const HASH_BYTES: usize = 64;
/// RFC 5869 §2.3: the block counter is one byte.
pub const OUTPUT_BYTES_MAX: usize = 255 * HASH_BYTES;

/// The pseudo-random key, which outlives no call.
pub struct Extracted(Secret<HASH_BYTES>);

/// An empty `salt` counts as 64 zero bytes.
pub fn extract(ikm: Bytes, salt: Bytes) -> Extracted {
    let mut prk = Extracted(Secret::zeroed());
    let mut len = 0;
    // SAFETY: SHA-512 writes 64 bytes, which the target has; the inputs come with their lengths.
    let done = unsafe {
        let (out, sha512) = (prk.0.bytes().start(), EVP_sha512());
        HKDF_extract(out, &mut len, sha512, ikm.start(), ikm.len(), salt.start(), salt.len())
    };
    assert!(done == 1 && len == HASH_BYTES, "HKDF extracts from any input");
    prk
}

impl Extracted {
    /// `target`: at most `OUTPUT_BYTES_MAX` bytes.
    pub fn expand(&mut self, info: Bytes, target: Bytes) {
        if target.len() == 0 {
            return;
        }
        let prk = self.0.bytes();
        // SAFETY: every pointer comes with its own length, and target is writable.
        let done = unsafe {
            HKDF_expand(
                target.start(),
                target.len(),
                EVP_sha512(),
                prk.start(),
                prk.len(),
                info.start(),
                info.len(),
            )
        };
        assert!(done == 1, "HKDF expands to at most 255 blocks");
    }
}
