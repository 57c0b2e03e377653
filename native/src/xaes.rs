//! unsafe: XAES-256-GCM with key commitment, and the wrapped key.
//!
//! ```text
//! | header 24 | nonce 24 | commitment 32 | ciphertext n | tag 16 |
//!   `--------- AAD, then the context ---'
//! ```
//!
//! A 24-byte nonce gives each call its own AES-256-GCM key: CMAC over its first half; the second
//! half is the GCM nonce. All CMAC inputs here are one or two whole blocks, so only the first CMAC
//! subkey is ever used. Source: c2sp.org/XAES-256-GCM; eprint 2025/758; docs/FORMAT.md §3.

use std::cell::RefCell;

use aws_lc_sys::{AES_KEY, AES_encrypt, AES_set_encrypt_key};

use crate::bytes::{Bytes, Secret};
use crate::gcm::{GcmKey, KEY_BYTES, NONCE_BYTES, TAG_BYTES};
use crate::random;

pub const XAES_NONCE_BYTES: usize = 24;
pub const COMMITMENT_BYTES: usize = 32;
const HEADER_BYTES: usize = 24;
const COMMITMENT_OFFSET: usize = HEADER_BYTES + XAES_NONCE_BYTES;
pub const TEXT_OFFSET: usize = COMMITMENT_OFFSET + COMMITMENT_BYTES;
pub const BLOB_OVERHEAD_BYTES: usize = TEXT_OFFSET + TAG_BYTES;
const BLOCK_BYTES: usize = 16;

type Block = [u8; BLOCK_BYTES];
type XaesNonce = [u8; XAES_NONCE_BYTES];

/// What CMAC needs of a key: its AES round keys and the subkey K1.
#[repr(C, align(16))]
pub struct MacKey {
    schedule: AES_KEY,
    subkey: Block,
}

impl MacKey {
    /// `key`: 32 bytes.
    pub fn expand(&mut self, key: Bytes) {
        assert!(key.len() == KEY_BYTES);
        // SAFETY: `key` has the 256 bits announced, and the schedule is ours.
        let code = unsafe { AES_set_encrypt_key(key.start(), 256, &mut self.schedule) };
        assert!(code == 0, "AES takes every 256-bit key");
        let zero = u128::from_be_bytes(self.block([0; BLOCK_BYTES]));
        // Doubling in GF(2^128), without a branch on the secret bit (NIST SP 800-38B §6.1).
        let carry = (zero >> 127).wrapping_neg() & 0x87;
        self.subkey = ((zero << 1) ^ carry).to_be_bytes();
    }

    fn block(&self, input: Block) -> Block {
        let mut output = [0; BLOCK_BYTES];
        // SAFETY: both have one block, and the schedule was expanded.
        unsafe { AES_encrypt(input.as_ptr(), output.as_mut_ptr(), &self.schedule) };
        output
    }

    /// The key for `nonce`, expanded into `derived`.
    fn derive(&self, nonce: &XaesNonce, derived: &mut GcmKey) {
        let mut key = Secret::<KEY_BYTES>::zeroed();
        for counter in [1, 2] {
            let mut input = [0; BLOCK_BYTES];
            input[1] = counter;
            input[2] = b'X';
            input[4..].copy_from_slice(&nonce[..12]);
            let half = self.block(xor(input, self.subkey));
            key.bytes().copy_from(usize::from(counter - 1) * BLOCK_BYTES, &half);
        }
        derived.expand(key.bytes());
    }

    pub fn commitment(&self, nonce: &XaesNonce) -> [u8; COMMITMENT_BYTES] {
        let mut first = *b"XCMT............";
        first[4..].copy_from_slice(&nonce[..12]);
        let first = self.block(first);
        let mut commitment = [0; COMMITMENT_BYTES];
        for (counter, half) in [1, 2].into_iter().zip(commitment.chunks_exact_mut(BLOCK_BYTES)) {
            let mut last = [0; BLOCK_BYTES];
            last[..12].copy_from_slice(&nonce[12..]);
            last[13] = 1;
            last[15] = counter;
            half.copy_from_slice(&self.block(xor(xor(first, last), self.subkey)));
        }
        commitment
    }

    pub fn seal(&self, nonce: &XaesNonce, aad: Bytes, source: Bytes, target: Bytes, tag: Bytes) {
        let mut derived = GcmKey::blank();
        self.derive(nonce, &mut derived);
        derived.seal(gcm_nonce(nonce), aad, source, target, tag);
    }

    /// When false, `target` is all zero.
    pub fn open(
        &self,
        nonce: &XaesNonce,
        aad: Bytes,
        source: Bytes,
        target: Bytes,
        tag: &[u8; TAG_BYTES],
    ) -> bool {
        let mut derived = GcmKey::blank();
        self.derive(nonce, &mut derived);
        derived.open(gcm_nonce(nonce), aad, source, target, tag)
    }

    /// Wraps `source` into `blob`, whose header is written. `source` may be the blob's own text.
    pub fn wrap(&self, source: Bytes, blob: Bytes, context: Bytes) {
        let mut nonce = [0; XAES_NONCE_BYTES];
        random::fill(Bytes::of(&mut nonce));
        blob.copy_from(HEADER_BYTES, &nonce);
        blob.copy_from(COMMITMENT_OFFSET, &self.commitment(&nonce));
        let text = blob.part(TEXT_OFFSET, source.len());
        let tag = blob.part(blob.len() - TAG_BYTES, TAG_BYTES);
        with_blob_aad(blob, context, |aad| self.seal(&nonce, aad, source, text, tag));
    }

    /// Unwraps `blob` into `target` (its own text, or apart from it). When false, `target` is zero.
    pub fn unwrap(&self, blob: Bytes, context: Bytes, target: Bytes) -> bool {
        let nonce = blob.array(HEADER_BYTES);
        let stated = blob.part(COMMITMENT_OFFSET, COMMITMENT_BYTES);
        if !stated.equals_secret(&self.commitment(&nonce)) {
            target.wipe();
            return false;
        }
        let text = blob.part(TEXT_OFFSET, target.len());
        let tag = blob.array(blob.len() - TAG_BYTES);
        with_blob_aad(blob, context, |aad| self.open(&nonce, aad, text, target, &tag))
    }
}

fn gcm_nonce(nonce: &XaesNonce) -> &[u8; NONCE_BYTES] {
    nonce[12..].try_into().expect("the second half of 24 bytes")
}

fn xor(left: Block, right: Block) -> Block {
    (u128::from_ne_bytes(left) ^ u128::from_ne_bytes(right)).to_ne_bytes()
}

thread_local! {
    /// Contexts are public; the buffer is kept so that a call does not allocate.
    static AAD: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

fn with_blob_aad<R>(blob: Bytes, context: Bytes, then: impl FnOnce(Bytes) -> R) -> R {
    AAD.with_borrow_mut(|aad| {
        aad.clear();
        blob.part(0, TEXT_OFFSET).append_to(aad);
        context.append_to(aad);
        then(Bytes::of(aad))
    })
}
