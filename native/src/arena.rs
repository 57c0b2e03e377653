//! unsafe: where every key of the process lives: one arena, shared by all threads.
//!
//! ```text
//! chunk (a page mapping)   | slot | slot | …        slot   | state | raw key, GCM key, MAC key |
//! state                    generation << 32 | how many threads hold the key
//! ```
//!
//! Nothing derived from a key outlives a call anywhere else. A slot is written while no thread holds
//! it and only read while some thread does; the last one to let go wipes it, and the next key there is
//! of the next generation, so that an old id never finds a new key. The mutex is taken to claim and to
//! free a slot, never to use one. The system locks only so much memory for a process: keys go where it
//! is locked while there is room, and a chunk that empties passes its lock on. Which thread holds what
//! is in holder.rs.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::bytes::Bytes;
use crate::gcm::{GcmKey, KEY_BYTES};
use crate::pages::Pages;
use crate::refusal::{Outcome, Refusal, require};
use crate::xaes::MacKey;

/// A key in its three forms, expanded once.
#[repr(C)]
pub struct Key {
    pub gcm: GcmKey,
    pub mac: MacKey,
    pub raw: [u8; KEY_BYTES],
}

#[repr(C)]
struct Slot {
    state: AtomicU64,
    key: UnsafeCell<Key>,
}

/// What JavaScript knows of a key: where it is, and which of the slot's tenants it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyId {
    pub slot: u32,
    pub generation: u32,
}

const SLOT_BITS: u32 = 18;
const SLOTS_MAX: usize = 1 << SLOT_BITS;
/// As many as a chunk's map has bits.
const SLOTS_PER_CHUNK: usize = u64::BITS as usize;
const CHUNKS_MAX: usize = SLOTS_MAX / SLOTS_PER_CHUNK;

static CHUNKS: [AtomicPtr<Slot>; CHUNKS_MAX] =
    [const { AtomicPtr::new(std::ptr::null_mut()) }; CHUNKS_MAX];
static SHELF: Mutex<Shelf> = Mutex::new(Shelf {
    chunks: Vec::new(),
    roomy: [const { Vec::new() }; 2],
    used: 0,
    unlocked: 0,
});
static LOCK_REQUIRED: AtomicBool = AtomicBool::new(false);

struct Shelf {
    chunks: Vec<Chunk>,
    /// Chunks with free slots: first those that are not locked, then those that are.
    roomy: [Vec<usize>; 2],
    used: usize,
    /// Keys in chunks that are not locked.
    unlocked: usize,
}

struct Chunk {
    pages: Pages,
    /// A bit for each slot.
    free: u64,
}

impl KeyId {
    /// An integer that a JavaScript number holds exactly; never 0, as generations begin at 1.
    pub fn to_number(self) -> f64 {
        ((u64::from(self.generation) << SLOT_BITS) | u64::from(self.slot)) as f64
    }

    pub fn from_number(number: f64) -> KeyId {
        let bits = number as u64;
        let slot = (bits as usize % SLOTS_MAX) as u32;
        KeyId { slot, generation: (bits >> SLOT_BITS) as u32 }
    }
}

/// Whether every key lies in memory that the system has locked; before the first one, whether it will.
pub fn is_locked() -> bool {
    let mut shelf = shelf();
    let is_stocked = !shelf.chunks.is_empty() || shelf.chunk_with_room().is_ok();
    is_stocked && shelf.unlocked == 0 && shelf.chunks.iter().any(|chunk| chunk.pages.locked)
}

/// From now on no key is kept where memory is not locked.
pub fn require_lock() {
    LOCK_REQUIRED.store(true, Ordering::Relaxed);
}

pub fn is_lock_required() -> bool {
    LOCK_REQUIRED.load(Ordering::Relaxed)
}

pub fn keys_in_use() -> usize {
    shelf().used
}

/// Lets `write` fill in the 32 bytes of a new key, which the caller then holds once. None when `write`
/// says that there is no key after all.
pub fn insert(write: impl FnOnce(Bytes) -> bool) -> Outcome<Option<KeyId>> {
    let index = shelf().claim()?;
    let slot = slot(index).expect("a claimed slot has a chunk");
    // SAFETY: the slot was free, so no thread holds it and only we write to it.
    let key = unsafe { &mut *slot.key.get() };
    if !write(Bytes::of(&mut key.raw)) {
        wipe(slot);
        shelf().give_back(index);
        return Ok(None);
    }
    key.gcm.expand(Bytes::of(&mut key.raw));
    key.mac.expand(Bytes::of(&mut key.raw));
    let generation = generation(slot.state.load(Ordering::Relaxed)) + 1;
    slot.state.store(state(generation, 1), Ordering::Release);
    Ok(Some(KeyId { slot: index, generation }))
}

/// One more thread holds the key; None when nobody holds it any longer.
pub fn hold(id: KeyId) -> Option<*const Key> {
    let slot = slot(id.slot)?;
    let more = |now| (generation(now) == id.generation && holders(now) > 0).then_some(now + 1);
    slot.state.fetch_update(Ordering::AcqRel, Ordering::Relaxed, more).ok()?;
    Some(slot.key.get())
}

/// The key of a slot that the calling thread holds.
pub fn held(id: KeyId) -> *const Key {
    slot(id.slot).expect("a held slot has a chunk").key.get()
}

/// The calling thread holds the key no more; the last one wipes it.
pub fn let_go(id: KeyId) {
    let slot = slot(id.slot).expect("a held slot has a chunk");
    if holders(slot.state.fetch_sub(1, Ordering::AcqRel)) > 1 {
        return;
    }
    wipe(slot);
    // A slot whose generations are used up stays empty.
    if id.generation < u32::MAX {
        shelf().give_back(id.slot);
    }
}

fn state(generation: u32, holders: u32) -> u64 {
    (u64::from(generation) << 32) | u64::from(holders)
}

fn generation(state: u64) -> u32 {
    (state >> 32) as u32
}

fn holders(state: u64) -> u32 {
    state as u32
}

fn slot(index: u32) -> Option<&'static Slot> {
    let index = index as usize;
    let chunk = CHUNKS.get(index / SLOTS_PER_CHUNK)?.load(Ordering::Acquire);
    // SAFETY: a chunk holds SLOTS_PER_CHUNK slots and is never unmapped.
    (!chunk.is_null()).then(|| unsafe { &*chunk.add(index % SLOTS_PER_CHUNK) })
}

fn wipe(slot: &Slot) {
    // SAFETY: nobody holds the slot, so nobody else looks at its key; all zero is a blank key.
    unsafe { Bytes::lent(slot.key.get().cast(), size_of::<Key>()).wipe() };
}

fn shelf() -> MutexGuard<'static, Shelf> {
    SHELF.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Chunk {
    fn keys(&self) -> usize {
        self.free.count_zeros() as usize
    }
}

impl Shelf {
    fn claim(&mut self) -> Outcome<u32> {
        let index = self.chunk_with_room()?;
        let chunk = &mut self.chunks[index];
        require(chunk.pages.locked || !is_lock_required(), Refusal::NotLocked)?;
        let slot = chunk.free.trailing_zeros() as usize;
        chunk.free &= chunk.free - 1;
        self.used += 1;
        self.unlocked += usize::from(!chunk.pages.locked);
        if chunk.free == 0 {
            self.roomy[usize::from(chunk.pages.locked)].pop();
        }
        Ok((index * SLOTS_PER_CHUNK + slot) as u32)
    }

    fn give_back(&mut self, index: u32) {
        let (index, slot) = (index as usize / SLOTS_PER_CHUNK, index as usize % SLOTS_PER_CHUNK);
        let chunk = &mut self.chunks[index];
        if chunk.free == 0 {
            self.roomy[usize::from(chunk.pages.locked)].push(index);
        }
        chunk.free |= 1 << slot;
        self.used -= 1;
        self.unlocked -= usize::from(!chunk.pages.locked);
        if self.unlocked > 0 && chunk.keys() == 0 && chunk.pages.locked {
            chunk.pages.unlock();
            self.lock_keys();
        }
    }

    /// The last of its list, and in locked memory when that can be had.
    fn chunk_with_room(&mut self) -> Outcome<usize> {
        if let Some(&chunk) = self.roomy[1].last() {
            return Ok(chunk);
        }
        // The system may have more to give than when it was asked last.
        self.lock_keys();
        match self.roomy[0].last() {
            Some(&chunk) => self.lock_chunk(chunk),
            None => self.add_chunk()?,
        }
        self.list_roomy();
        let roomy = self.roomy[1].last().or(self.roomy[0].last());
        Ok(*roomy.expect("a chunk was found or made"))
    }

    /// Chunks that hold keys are locked, as far as the system allows.
    fn lock_keys(&mut self) {
        for chunk in self.chunks.iter_mut().filter(|chunk| !chunk.pages.locked && chunk.keys() > 0)
        {
            chunk.pages.lock();
            if !chunk.pages.locked {
                break;
            }
            self.unlocked -= chunk.keys();
        }
        self.list_roomy();
    }

    /// What lies in it counts as locked from then on.
    fn lock_chunk(&mut self, index: usize) {
        let chunk = &mut self.chunks[index];
        chunk.pages.lock();
        if chunk.pages.locked {
            self.unlocked -= chunk.keys();
        }
    }

    fn list_roomy(&mut self) {
        for (list, locked) in self.roomy.iter_mut().zip([false, true]) {
            let is_listed = |chunk: &Chunk| chunk.free > 0 && chunk.pages.locked == locked;
            let chunks = self.chunks.iter().enumerate();
            *list = chunks.filter(|(_, chunk)| is_listed(chunk)).map(|(index, _)| index).collect();
        }
    }

    fn add_chunk(&mut self) -> Outcome<()> {
        let chunk = self.chunks.len();
        require(chunk < CHUNKS_MAX, Refusal::ArenaFull)?;
        let pages = Pages::map(SLOTS_PER_CHUNK * size_of::<Slot>()).ok_or(Refusal::ArenaFull)?;
        // Fresh pages are zero: generation 0, no holders, a blank key.
        CHUNKS[chunk].store(pages.start().cast(), Ordering::Release);
        self.chunks.push(Chunk { pages, free: u64::MAX });
        Ok(())
    }
}

// SAFETY: a slot's key is written only while no thread holds it, and shared read-only otherwise.
unsafe impl Sync for Slot {}
