//! XAES-256-GCM with key commitment, and the wrapped key.
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

use crate::aes::{AesKey, Block};
use crate::bytes::{Bytes, Secret};
use crate::gcm::{GcmKey, KEY_BYTES, NONCE_BYTES, TAG_BYTES};
use crate::random;

pub const XAES_NONCE_BYTES: usize = 24;
pub const COMMITMENT_BYTES: usize = 32;
const HEADER_BYTES: usize = 24;
const COMMITMENT_OFFSET: usize = HEADER_BYTES + XAES_NONCE_BYTES;
pub const TEXT_OFFSET: usize = COMMITMENT_OFFSET + COMMITMENT_BYTES;
pub const BLOB_OVERHEAD_BYTES: usize = TEXT_OFFSET + TAG_BYTES;

type XaesNonce = [u8; XAES_NONCE_BYTES];

/// What CMAC needs of a key: its AES round keys and the subkey K1.
#[repr(C)]
pub struct MacKey {
    aes: AesKey,
    subkey: Block,
}

impl MacKey {
    /// `key`: 32 bytes.
    pub fn expand(&mut self, key: Bytes) {
        self.aes.expand(key);
        let mut zero = [Block::default()];
        self.aes.encrypt(&mut zero);
        let zero = u128::from_be_bytes(zero[0]);
        // Doubling in GF(2^128), without a branch on the secret bit (NIST SP 800-38B §6.1).
        let carry = (zero >> 127).wrapping_neg() & 0x87;
        self.subkey = ((zero << 1) ^ carry).to_be_bytes();
    }

    pub fn commitment(&self, nonce: &XaesNonce) -> [u8; COMMITMENT_BYTES] {
        let mut first = [commitment_input(nonce)];
        self.aes.encrypt(&mut first);
        self.commitment_after(first[0], nonce)
    }

    /// The key for `nonce`, expanded into `derived`, and the commitment.
    fn derive_committed(&self, nonce: &XaesNonce, derived: &mut GcmKey) -> [u8; COMMITMENT_BYTES] {
        let [low, high] = self.key_inputs(nonce);
        let mut blocks = [low, high, commitment_input(nonce)];
        self.aes.encrypt(&mut blocks);
        let [low, high, first] = blocks;
        expand_halves(&[low, high], derived);
        self.commitment_after(first, nonce)
    }

    /// 00 counter 'X' 00 ‖ the nonce's first half, for counters 1 and 2.
    fn key_inputs(&self, nonce: &XaesNonce) -> [Block; 2] {
        [1, 2].map(|counter| {
            let mut input = [0, counter, b'X', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            input[4..].copy_from_slice(&nonce[..12]);
            xor(input, self.subkey)
        })
    }

    /// The second block is the rest of the nonce ‖ 00 01 00 counter, for counters 1 and 2.
    fn commitment_after(&self, first: Block, nonce: &XaesNonce) -> [u8; COMMITMENT_BYTES] {
        let mut halves = [1, 2].map(|counter| {
            let mut input = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, counter];
            input[..12].copy_from_slice(&nonce[12..]);
            xor(xor(input, first), self.subkey)
        });
        self.aes.encrypt(&mut halves);
        let mut commitment = [0; COMMITMENT_BYTES];
        commitment.copy_from_slice(halves.as_flattened());
        commitment
    }

    /// Wraps `source` into `blob`, whose header is written. `source` may be the blob's own text.
    pub fn wrap(&self, source: Bytes, blob: Bytes, context: Bytes) {
        let mut nonce = [0; XAES_NONCE_BYTES];
        random::fill(Bytes::of(&mut nonce));
        let mut derived = GcmKey::blank();
        let commitment = self.derive_committed(&nonce, &mut derived);
        blob.copy_from(HEADER_BYTES, &nonce);
        blob.copy_from(COMMITMENT_OFFSET, &commitment);
        let text = blob.part(TEXT_OFFSET, source.len());
        let tag = blob.part(blob.len() - TAG_BYTES, TAG_BYTES);
        with_blob_aad(blob, context, |aad| derived.seal(gcm_nonce(&nonce), aad, source, text, tag));
    }

    /// Unwraps `blob` into `target` (its own text, or apart from it). When false, `target` is zero.
    pub fn unwrap(&self, blob: Bytes, context: Bytes, target: Bytes) -> bool {
        let nonce = blob.array(HEADER_BYTES);
        let mut derived = GcmKey::blank();
        let commitment = self.derive_committed(&nonce, &mut derived);
        if !blob.part(COMMITMENT_OFFSET, COMMITMENT_BYTES).equals_secret(&commitment) {
            target.wipe();
            return false;
        }
        let text = blob.part(TEXT_OFFSET, target.len());
        let tag = blob.array(blob.len() - TAG_BYTES);
        with_blob_aad(blob, context, |aad| derived.open(gcm_nonce(&nonce), aad, text, target, &tag))
    }
}

fn expand_halves(halves: &[Block; 2], derived: &mut GcmKey) {
    let mut key = Secret::<KEY_BYTES>::zeroed();
    key.bytes().copy_from(0, halves.as_flattened());
    derived.expand(key.bytes());
}

fn commitment_input(nonce: &XaesNonce) -> Block {
    let mut input = *b"XCMT............";
    input[4..].copy_from_slice(&nonce[..12]);
    input
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
