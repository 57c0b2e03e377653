//! unsafe: where every key of the process lives: one arena, shared by all threads.
//!
//! ```text
//! chunk (a page mapping)   | slot | slot | …        slot   | state | raw key, GCM key, MAC key |
//! state                    generation << 32 | orphaned << 31 | how many threads hold the key
//! ```
//!
//! Nothing derived from a key outlives a call anywhere else. A slot is written while no thread holds
//! it and only read while some thread does; the last one to let go wipes it, and the next key there is
//! of the next generation, so that an old id never finds a new key. The lock is taken to claim and to free a slot, never
//! to use one. A thread that ended after it had shared a key leaves an orphan: the arena keeps that hold
//! until a thread adopts it. Which thread holds what is in holder.rs.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::bytes::Bytes;
use crate::gcm::{GcmKey, KEY_BYTES};
use crate::pages::Pages;
use crate::refusal::{Outcome, Refusal};
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

const ORPHANED: u64 = 1 << 31;
const SLOT_BITS: u32 = 18;
const SLOTS_MAX: usize = 1 << SLOT_BITS;
const SLOTS_PER_CHUNK: usize = 64;
const CHUNKS_MAX: usize = SLOTS_MAX / SLOTS_PER_CHUNK;

static CHUNKS: [AtomicPtr<Slot>; CHUNKS_MAX] =
    [const { AtomicPtr::new(std::ptr::null_mut()) }; CHUNKS_MAX];
static SHELF: Mutex<Shelf> = Mutex::new(Shelf { free: Vec::new(), chunks: Vec::new(), used: 0 });

struct Shelf {
    free: Vec<u32>,
    chunks: Vec<Pages>,
    used: usize,
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

/// False as soon as the system refused to lock some part of the arena in memory.
pub fn is_locked() -> bool {
    shelf().is_locked()
}

pub fn keys_in_use() -> usize {
    shelf().used
}

/// Lets `write` fill in the 32 bytes of a new key, which the caller then holds once. None when `write`
/// says that there is no key after all.
pub fn insert(write: impl FnOnce(Bytes) -> bool) -> Outcome<Option<KeyId>> {
    let index = claim()?;
    let slot = slot(index).expect("a claimed slot has a chunk");
    // SAFETY: the slot was on the free list, so no thread holds it and only we write to it.
    let key = unsafe { &mut *slot.key.get() };
    if !write(Bytes::of(&mut key.raw)) {
        wipe(slot);
        give_back(index);
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
    let more = |now| {
        let is_there = generation(now) == id.generation && holders(now) > 0;
        is_there.then_some(if now & ORPHANED != 0 { now & !ORPHANED } else { now + 1 })
    };
    slot.state.fetch_update(Ordering::AcqRel, Ordering::Relaxed, more).ok()?;
    Some(slot.key.get())
}

/// The calling thread ends, but somebody may yet adopt the key: the arena takes over its hold.
pub fn orphan(id: KeyId) {
    let slot = slot(id.slot).expect("a held slot has a chunk");
    let one_is_enough = |now| Some(if now & ORPHANED != 0 { now - 1 } else { now | ORPHANED });
    let _ = slot.state.fetch_update(Ordering::AcqRel, Ordering::Relaxed, one_is_enough);
}

/// The key of a slot that the calling thread holds.
pub fn held(id: KeyId) -> *const Key {
    slot(id.slot).expect("a held slot has a chunk").key.get()
}

/// The calling thread holds the key no more; the last one wipes it.
pub fn let_go(id: KeyId) {
    let slot = slot(id.slot).expect("a held slot has a chunk");
    let before = slot.state.fetch_sub(1, Ordering::AcqRel);
    if holders(before) > 1 {
        return;
    }
    wipe(slot);
    // A slot whose generations are used up stays empty.
    if id.generation < u32::MAX {
        give_back(id.slot);
    }
}

fn state(generation: u32, holders: u32) -> u64 {
    (u64::from(generation) << 32) | u64::from(holders)
}

fn generation(state: u64) -> u32 {
    (state >> 32) as u32
}

fn holders(state: u64) -> u32 {
    (state & (ORPHANED - 1)) as u32
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

fn claim() -> Outcome<u32> {
    let mut shelf = shelf();
    if shelf.free.is_empty() {
        shelf.add_chunk()?;
    }
    shelf.used += 1;
    Ok(shelf.free.pop().expect("a new chunk has free slots"))
}

fn give_back(index: u32) {
    let mut shelf = shelf();
    shelf.used -= 1;
    shelf.free.push(index);
}

fn shelf() -> MutexGuard<'static, Shelf> {
    SHELF.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shelf {
    /// An empty shelf gets its first chunk, so that the answer comes before the first key.
    fn is_locked(&mut self) -> bool {
        let is_stocked = !self.chunks.is_empty() || self.add_chunk().is_ok();
        is_stocked && self.chunks.iter().all(|pages| pages.locked)
    }

    fn add_chunk(&mut self) -> Outcome<()> {
        let chunk = self.chunks.len();
        if chunk == CHUNKS_MAX {
            return Err(Refusal::ArenaFull);
        }
        let pages = Pages::map(SLOTS_PER_CHUNK * size_of::<Slot>()).ok_or(Refusal::ArenaFull)?;
        // Fresh pages are zero: generation 0, no holders, a blank key.
        CHUNKS[chunk].store(pages.start().cast(), Ordering::Release);
        self.chunks.push(pages);
        let first = (chunk * SLOTS_PER_CHUNK) as u32;
        self.free.extend((first..first + SLOTS_PER_CHUNK as u32).rev());
        Ok(())
    }
}

// SAFETY: a slot's key is written only while no thread holds it, and shared read-only otherwise.
unsafe impl Sync for Slot {}
