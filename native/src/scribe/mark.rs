//! unsafe: the mark of what was acknowledged, as docs/FORMAT.md §5.4 and src/store/journal/mark.ts have it.
//!
//! A slot comes with the loan; turn, sequence, chain and seal change with each append, and nothing else.

use std::fs::File;
use std::io;

use aws_lc_sys::EVP_sha256;

use crate::bytes::Bytes;
use crate::hmac::Hmac;
use crate::scribe::block::crc32;
use crate::scribe::place::write_all_at;
use crate::scribe::{CHAIN_BYTES, u64_at};

pub const SLOT_BYTES: usize = 512;
const TURN_OFFSET: usize = 16;
const SEQUENCE_OFFSET: usize = 24;
const CHAIN_OFFSET: usize = 32;
const SEAL_OFFSET: usize = 224;
const SEAL_BYTES: usize = 32;
const CRC_OFFSET: usize = SEAL_OFFSET + SEAL_BYTES;

pub struct Mark {
    file: File,
    slot: [u8; SLOT_BYTES],
    pub turn: u64,
    seal: Option<Hmac>,
}

impl Mark {
    /// `slot` as it was last written; `key` of whoever seals it.
    pub fn new(file: File, slot: Bytes, key: Option<Bytes>) -> Mark {
        // SAFETY: a function without arguments that gives a table of AWS-LC's.
        let sha256 = unsafe { EVP_sha256() };
        let seal = key.map(|key| Hmac::new(sha256, key).expect("there is memory"));
        Mark { file, slot: slot.array(0), turn: u64_at(slot, TURN_OFFSET), seal }
    }

    /// Not synced.
    pub fn write(&mut self, sequence: u64, chain: &[u8; CHAIN_BYTES]) -> io::Result<()> {
        self.turn += 1;
        self.slot[TURN_OFFSET..SEQUENCE_OFFSET].copy_from_slice(&self.turn.to_be_bytes());
        self.slot[SEQUENCE_OFFSET..CHAIN_OFFSET].copy_from_slice(&sequence.to_be_bytes());
        self.slot[CHAIN_OFFSET..CHAIN_OFFSET + CHAIN_BYTES].copy_from_slice(chain);
        let (sealed, rest) = self.slot.split_at_mut(SEAL_OFFSET);
        if let Some(seal) = &mut self.seal {
            seal.of(&[sealed], Bytes::of(&mut rest[..SEAL_BYTES]));
        }
        let crc = crc32(&self.slot[..CRC_OFFSET]);
        self.slot[CRC_OFFSET..CRC_OFFSET + 4].copy_from_slice(&crc.to_be_bytes());
        write_all_at(&self.file, &self.slot, self.turn % 2 * SLOT_BYTES as u64)
    }
}
