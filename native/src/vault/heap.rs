//! unsafe: the chunks of the vault, one heap for all threads.
//!
//! A block goes where memory is locked while there is room, or a chunk can be had that is; else where it is not, or nowhere
//! when that is required (as with the keys of arena.rs). The first chunk is a reserve: new keys are refused before it is
//! touched, so that those that are there can be used. A chunk that empties passes its lock on. The mutex is held for nothing
//! that calls AWS-LC.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::arena;
use crate::bytes::Bytes;
use crate::refusal::{Outcome, Refusal, require};
use crate::vault::Purpose;
use crate::vault::chunk::{CLASSES, Chunk, Head, class_of};

const CHUNKS_MAX: usize = 1 << 16;
const RESERVE: usize = 0;

static HEAP: Mutex<Heap> =
    Mutex::new(Heap { chunks: Vec::new(), last: [usize::MAX; CLASSES], unlocked: 0 });

struct Heap {
    chunks: Vec<Chunk>,
    /// By class: the chunk in which there was room when it was asked last; never the reserve.
    last: [usize; CLASSES],
    /// Chunks that are not locked.
    unlocked: usize,
}

/// Whether all that lies there lies in locked memory; before there is anything, whether it will.
pub fn is_locked() -> bool {
    let mut heap = heap();
    heap.stock().is_ok()
        && !heap.chunks.iter().any(is_lost)
        && heap.chunks[RESERVE + 1..].iter().any(|chunk| chunk.pages.locked)
}

/// Blocks that are out, of all threads.
pub fn blocks_in_use() -> usize {
    heap().chunks.iter().map(|chunk| chunk.live).sum()
}

/// `bytes` bytes behind a head that says so.
pub fn take(bytes: usize, purpose: Purpose) -> Outcome<*mut Head> {
    let class = class_of(bytes).ok_or(Refusal::ArenaFull)?;
    let mut heap = heap();
    heap.stock()?;
    let chunk = heap.chunk_with_room(class, purpose)?;
    let block = heap.chunks[chunk].take(class);
    // SAFETY: a block of ours, with room for a head.
    unsafe { block.write(Head { bytes, chunk }) };
    Ok(block)
}

/// # Safety
/// `block` was taken from here, and nobody uses it any longer.
pub unsafe fn give_back(block: *mut Head) {
    // SAFETY: our own head.
    let Head { bytes, chunk } = unsafe { block.read() };
    // SAFETY: so many bytes lie behind it.
    unsafe { Bytes::lent(block.add(1).cast(), bytes) }.wipe();
    let class = class_of(bytes).expect("a block has a class");
    let mut heap = heap();
    if chunk != RESERVE {
        heap.last[class] = chunk;
    }
    heap.chunks[chunk].give_back(block, class);
    if heap.unlocked > 0 && heap.chunks[chunk].live == 0 {
        heap.pass_lock_on(chunk);
    }
}

fn is_lost(chunk: &Chunk) -> bool {
    chunk.live > 0 && !chunk.pages.locked
}

fn heap() -> MutexGuard<'static, Heap> {
    HEAP.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Heap {
    fn chunk_with_room(&mut self, class: usize, purpose: Purpose) -> Outcome<usize> {
        let fits = |chunk: &Chunk| chunk.pages.locked && chunk.has_room(class);
        let last = self.last[class];
        if self.chunks.get(last).is_some_and(fits) {
            return Ok(last);
        }
        // The system may have more to give than when it was asked last.
        self.lock_all();
        let found = match self.find(fits) {
            Some(chunk) => chunk,
            None => self.another_chunk(class, purpose)?,
        };
        if found != RESERVE {
            self.last[class] = found;
        }
        Ok(found)
    }

    /// No chunk that is locked has room, but for the reserve.
    fn another_chunk(&mut self, class: usize, purpose: Purpose) -> Outcome<usize> {
        // Beside one that cannot be locked, another cannot be.
        if self.unlocked == 0 {
            self.add_chunk()?;
            if self.unlocked == 0 {
                return Ok(self.chunks.len() - 1);
            }
        }
        let reserve = &self.chunks[RESERVE];
        if purpose == Purpose::Use && reserve.pages.locked && reserve.has_room(class) {
            return Ok(RESERVE);
        }
        require(!arena::is_lock_required(), Refusal::NotLocked)?;
        if let Some(chunk) = self.find(|chunk| chunk.has_room(class)) {
            return Ok(chunk);
        }
        self.add_chunk()?;
        Ok(self.chunks.len() - 1)
    }

    /// The first chunk behind the reserve of which `claim` holds.
    fn find(&self, claim: impl Fn(&Chunk) -> bool) -> Option<usize> {
        let mut chunks = self.chunks.iter().enumerate().skip(RESERVE + 1);
        chunks.find(|(_, chunk)| claim(chunk)).map(|(index, _)| index)
    }

    /// The reserve, and a chunk to begin with.
    fn stock(&mut self) -> Outcome<()> {
        while self.chunks.len() <= RESERVE + 1 {
            self.add_chunk()?;
        }
        Ok(())
    }

    fn add_chunk(&mut self) -> Outcome<()> {
        require(self.chunks.len() < CHUNKS_MAX, Refusal::ArenaFull)?;
        let chunk = Chunk::map().ok_or(Refusal::ArenaFull)?;
        self.unlocked += usize::from(!chunk.pages.locked);
        self.chunks.push(chunk);
        Ok(())
    }

    /// As far as the system allows, and first where something lies.
    fn lock_all(&mut self) {
        for is_used in [true, false] {
            let open = |chunk: &&mut Chunk| !chunk.pages.locked && (chunk.live > 0) == is_used;
            for chunk in self.chunks.iter_mut().filter(open) {
                chunk.pages.lock();
                if !chunk.pages.locked {
                    return;
                }
                self.unlocked -= 1;
            }
        }
    }

    /// To chunks where something lies that is not locked.
    fn pass_lock_on(&mut self, emptied: usize) {
        if self.chunks[emptied].pages.locked && self.chunks.iter().any(is_lost) {
            self.chunks[emptied].pages.unlock();
            self.unlocked += 1;
        }
        self.lock_all();
    }
}
