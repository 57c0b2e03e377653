//! The end of the journal as it was lent: where the next block goes, and what was appended since.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

use crate::bytes::Bytes;
use crate::scribe::block::{Numbers, write_header};
use crate::scribe::mark::{Mark, SLOT_BYTES};
use crate::scribe::place::{leads_to, write_all_at};
use crate::scribe::{CHAIN_BYTES, u64_at};

/// Where things lie in what JavaScript lends; numbers are big-endian. The path is the rest.
const CHAIN_OFFSET: usize = 56;
const SLOT_OFFSET: usize = CHAIN_OFFSET + CHAIN_BYTES;
const PATH_OFFSET: usize = SLOT_OFFSET + SLOT_BYTES;

/// As src/store/journal/journal.ts has it.
const NO_ROOM: [ErrorKind; 4] = [
    ErrorKind::StorageFull,
    ErrorKind::QuotaExceeded,
    ErrorKind::OutOfMemory,
    ErrorKind::WouldBlock,
];

/// What failed, with the system's error number.
#[derive(Clone, Copy)]
pub enum Failure {
    /// The block may be there in part; nothing was synced.
    Write(i32),
    Sync(i32),
    /// The path leads to another file, or to none.
    Place,
    Mark(i32),
}

struct Block {
    numbers: Numbers,
    bytes: usize,
}

pub struct Loan {
    file: File,
    path: PathBuf,
    end: u64,
    /// The file is so long, be it of zeros.
    file_bytes: u64,
    /// Blocks of at most so many bytes are written into zeros only.
    small_bytes: u64,
    segment_bytes: u64,
    /// So many zeros are written next.
    ahead_bytes: u64,
    ahead_bytes_max: u64,
    next_sequence: u64,
    chain: [u8; CHAIN_BYTES],
    mark: Mark,
    blocks: Vec<Block>,
    pub failure: Option<Failure>,
}

impl Loan {
    /// None when `lent` is too short.
    pub fn of(lent: Bytes, file: File, mark: File, key: Option<Bytes>) -> Option<Box<Loan>> {
        let path_bytes = lent.len().checked_sub(PATH_OFFSET)?;
        let mut path = Vec::new();
        lent.part(PATH_OFFSET, path_bytes).append_to(&mut path);
        Some(Box::new(Loan {
            file,
            path: PathBuf::from(String::from_utf8(path).ok()?),
            end: u64_at(lent, 0),
            file_bytes: u64_at(lent, 8),
            small_bytes: u64_at(lent, 16),
            segment_bytes: u64_at(lent, 24),
            next_sequence: u64_at(lent, 32),
            ahead_bytes: u64_at(lent, 40),
            ahead_bytes_max: u64_at(lent, 48),
            chain: lent.array(CHAIN_OFFSET),
            mark: Mark::new(mark, lent.part(SLOT_OFFSET, SLOT_BYTES), key),
            blocks: Vec::new(),
            failure: None,
        }))
    }

    /// Whether a block of `bytes` can be appended: another segment is not begun here.
    pub fn takes(&self, bytes: usize) -> bool {
        self.failure.is_none() && self.end + bytes as u64 <= self.segment_bytes
    }

    /// So that the sync of a small block need not tell the file system of a new size.
    fn write_ahead(&mut self, bytes: u64) -> Result<(), Failure> {
        if bytes > self.small_bytes || self.end + bytes <= self.file_bytes {
            return Ok(());
        }
        let zeros = vec![0; self.ahead_bytes as usize];
        match write_all_at(&self.file, &zeros, self.file_bytes) {
            Ok(()) => {
                self.file_bytes += self.ahead_bytes;
                self.ahead_bytes = self.ahead_bytes_max.min(2 * self.ahead_bytes);
                Ok(())
            }
            // The block itself may still fit.
            Err(error) if NO_ROOM.contains(&error.kind()) => Ok(()),
            Err(error) => Err(Failure::Write(errno(error))),
        }
    }

    /// `block`: room for a header, then the body.
    pub fn append(&mut self, block: &mut [u8], sequences: u32, time_ms: u64) {
        self.failure = self.try_append(block, sequences, time_ms).err();
    }

    fn try_append(
        &mut self,
        block: &mut [u8],
        sequences: u32,
        time_ms: u64,
    ) -> Result<(), Failure> {
        let numbers = Numbers { first_sequence: self.next_sequence, sequences, time_ms };
        let chain = write_header(block, numbers, &self.chain);
        self.write_ahead(block.len() as u64)?;
        write_all_at(&self.file, block, self.end).map_err(|error| Failure::Write(errno(error)))?;
        self.file.sync_data().map_err(|error| Failure::Sync(errno(error)))?;
        if !leads_to(&self.path, &self.file) {
            return Err(Failure::Place);
        }
        self.chain = chain;
        self.end += block.len() as u64;
        self.file_bytes = self.file_bytes.max(self.end);
        self.next_sequence += u64::from(sequences);
        self.blocks.push(Block { numbers, bytes: block.len() });
        self.mark.write(self.next_sequence - 1, &chain).map_err(|error| Failure::Mark(errno(error)))
    }

    /// For who lent it: failure and error number, the mark's turn, how long the file is and how many zeros come next,
    /// each block, and the chain.
    pub fn told(&self) -> Vec<u8> {
        let (failure, errno) = match self.failure {
            None => (0, 0),
            Some(Failure::Write(errno)) => (1, errno),
            Some(Failure::Sync(errno)) => (2, errno),
            Some(Failure::Place) => (3, 0),
            Some(Failure::Mark(errno)) => (4, errno),
        };
        let mut told = Vec::new();
        let mut put = |number: u64| told.extend_from_slice(&number.to_be_bytes());
        put(failure);
        put(errno as u64);
        put(self.mark.turn);
        put(self.file_bytes);
        put(self.ahead_bytes);
        for Block { numbers, bytes } in &self.blocks {
            put(numbers.first_sequence);
            put(numbers.sequences.into());
            put(numbers.time_ms);
            put(*bytes as u64);
        }
        told.extend_from_slice(&self.chain);
        told
    }
}

fn errno(error: io::Error) -> i32 {
    error.raw_os_error().unwrap_or(0)
}
