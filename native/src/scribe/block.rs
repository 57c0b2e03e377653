//! unsafe: the header of a block, as docs/FORMAT.md §5.2 and src/store/journal/block.ts have it.
//!
//! ```text
//! | SEAL 4 | body bytes 4 | first sequence 8 | sequences 4 | 0 4 | time 8 | chain 32 | 0 12 | CRC-32 4 | body … |
//! ```

use aws_lc_sys::{SHA256_Final, SHA256_Init, SHA256_Update};
use libdeflate_sys::libdeflate_crc32;

use crate::scribe::CHAIN_BYTES;

pub const HEADER_BYTES: usize = 80;
const CHAIN_OFFSET: usize = 32;
const CRC_OFFSET: usize = 76;

#[derive(Clone, Copy)]
pub struct Numbers {
    pub first_sequence: u64,
    pub sequences: u32,
    pub time_ms: u64,
}

/// Fills in the header, which is the first bytes of `block`; gives the chain behind it.
pub fn write_header(block: &mut [u8], numbers: Numbers, before: &[u8]) -> [u8; CHAIN_BYTES] {
    let (header, body) = block.split_at_mut(HEADER_BYTES);
    header.fill(0);
    header[..4].copy_from_slice(b"SEAL");
    header[4..8].copy_from_slice(&(body.len() as u32).to_be_bytes());
    header[8..16].copy_from_slice(&numbers.first_sequence.to_be_bytes());
    header[16..20].copy_from_slice(&numbers.sequences.to_be_bytes());
    header[24..CHAIN_OFFSET].copy_from_slice(&numbers.time_ms.to_be_bytes());
    let chain = sha256(&[before, &header[..CHAIN_OFFSET], body]);
    header[CHAIN_OFFSET..CHAIN_OFFSET + CHAIN_BYTES].copy_from_slice(&chain);
    let crc = crc32(&header[..CRC_OFFSET]);
    header[CRC_OFFSET..].copy_from_slice(&crc.to_be_bytes());
    chain
}

pub fn crc32(bytes: &[u8]) -> u32 {
    // SAFETY: the bytes come with their length.
    unsafe { libdeflate_crc32(0, bytes.as_ptr().cast(), bytes.len()) }
}

fn sha256(pieces: &[&[u8]]) -> [u8; CHAIN_BYTES] {
    let mut digest = [0; CHAIN_BYTES];
    // SAFETY: the context is integers only; pieces come with their lengths, and a digest has 32 bytes.
    unsafe {
        let mut context = std::mem::zeroed();
        SHA256_Init(&mut context);
        for piece in pieces {
            SHA256_Update(&mut context, piece.as_ptr().cast(), piece.len());
        }
        SHA256_Final(digest.as_mut_ptr(), &mut context);
    }
    digest
}
