//! unsafe: a run of pages cut into blocks.
//!
//! ```text
//! | block | block | …        not cut yet |        block   | how long, which chunk | bytes |
//! ```
//!
//! A block that comes back is kept for the next of its class. Classes are four to a doubling, so that a quarter of a block
//! is lost at most. A chunk whose last block comes back begins anew. Which chunk a block is taken from is in heap.rs.

use std::ptr::null_mut;

use crate::pages::Pages;

pub const CHUNK_BYTES: usize = 64 * 1024;
/// From 64 bytes to half a chunk.
pub const CLASSES: usize = 37;
const LEAST_BYTES: usize = 64;
const MOST_BYTES: usize = CHUNK_BYTES / 2;

/// In front of each block, of AWS-LC's ordinary ones too.
#[repr(C, align(16))]
pub struct Head {
    /// What was asked for.
    pub bytes: usize,
    /// Index of the chunk, or [`Head::ORDINARY`].
    pub chunk: usize,
}

impl Head {
    pub const BYTES: usize = size_of::<Head>();
    pub const ORDINARY: usize = usize::MAX;
}

pub struct Chunk {
    pub pages: Pages,
    /// Blocks that are out.
    pub live: usize,
    cut_bytes: usize,
    /// By class: a block that came back, in which lies the next.
    free: [*mut Head; CLASSES],
}

// SAFETY: its pointers are into its own pages, which have no thread; the heap's mutex says who touches them.
unsafe impl Send for Chunk {}

/// The class of blocks for `bytes`; None when no block is so long.
pub fn class_of(bytes: usize) -> Option<usize> {
    let whole = bytes.checked_add(Head::BYTES)?.max(LEAST_BYTES);
    if whole > MOST_BYTES {
        return None;
    }
    let last = whole - 1;
    let log = last.ilog2() as usize;
    let quarter = (last >> (log - 2)) & 3;
    Some((log - 5) * 4 + quarter - 3)
}

/// Of a block with its head.
fn block_bytes(class: usize) -> usize {
    let (log, quarter) = (5 + (class + 3) / 4, (class + 3) % 4);
    (5 + quarter) << (log - 2)
}

impl Chunk {
    pub fn map() -> Option<Chunk> {
        let pages = Pages::map(CHUNK_BYTES)?;
        Some(Chunk { pages, live: 0, cut_bytes: 0, free: [null_mut(); CLASSES] })
    }

    pub fn has_room(&self, class: usize) -> bool {
        !self.free[class].is_null() || self.cut_bytes + block_bytes(class) <= CHUNK_BYTES
    }

    /// A block of a class for which there is room; its head says nothing yet.
    pub fn take(&mut self, class: usize) -> *mut Head {
        assert!(self.has_room(class));
        self.live += 1;
        let block = self.free[class];
        if block.is_null() {
            let offset = self.cut_bytes;
            self.cut_bytes += block_bytes(class);
            // SAFETY: `has_room` saw that the block lies inside the pages.
            return unsafe { self.pages.start().add(offset) }.cast();
        }
        // SAFETY: a free block of ours, which holds the next one behind its head.
        self.free[class] = unsafe { *block.add(1).cast() };
        block
    }

    /// Takes back a block of the class that it was taken for, wiped.
    pub fn give_back(&mut self, block: *mut Head, class: usize) {
        self.live -= 1;
        if self.live == 0 {
            self.cut_bytes = 0;
            self.free = [null_mut(); CLASSES];
            return;
        }
        // SAFETY: a block has room for a pointer behind its head, and nobody uses it any longer.
        unsafe { *block.add(1).cast() = self.free[class] };
        self.free[class] = block;
    }
}
