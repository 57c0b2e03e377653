//! unsafe: which keys this thread holds.
//!
//! A call may use a key only when its own thread holds it; so the lookup touches nothing shared, and
//! nobody can wipe the key meanwhile. What a thread still holds when it ends is let go then, so that a
//! worker that dies leaks no key. The keys themselves are in arena.rs.

use std::cell::RefCell;

use crate::arena::{self, Key, KeyId};
use crate::bytes::Bytes;
use crate::napi::Call;
use crate::refusal::{Outcome, Refusal};

#[derive(Clone, Copy)]
struct Held {
    generation: u32,
    /// Handles of this thread on the key; 0 when it holds none.
    handles: u32,
    key: *const Key,
}

struct Holder {
    /// By slot.
    held: Vec<Held>,
}

thread_local! {
    static HOLDER: RefCell<Holder> = const { RefCell::new(Holder { held: Vec::new() }) };
}

/// The key of `id`, for as long as the call lasts.
pub fn key<'call>(_call: &'call Call, id: KeyId) -> Outcome<&'call Key> {
    let key = HOLDER.with_borrow(|holder| holder.find(id).map(|held| held.key));
    // SAFETY: this thread holds the key, and lets go only in calls that use none (`release`).
    key.map(|key| unsafe { &*key }).ok_or(Refusal::Released)
}

/// A handle on a new key, whose 32 bytes `write` fills in; None when `write` says there is none.
pub fn insert(write: impl FnOnce(Bytes) -> bool) -> Outcome<Option<KeyId>> {
    let id = arena::insert(write)?;
    if let Some(id) = id {
        HOLDER.with_borrow_mut(|holder| holder.add(id, arena::held(id)));
    }
    Ok(id)
}

/// One more handle on a key that some thread holds; often this one.
pub fn adopt(id: KeyId) -> Outcome<KeyId> {
    HOLDER.with_borrow_mut(|holder| {
        if let Some(held) = holder.find_mut(id) {
            held.handles += 1;
            return Ok(id);
        }
        holder.add(id, arena::hold(id).ok_or(Refusal::Released)?);
        Ok(id)
    })
}

/// One handle fewer.
pub fn release(id: KeyId) -> Outcome<()> {
    HOLDER.with_borrow_mut(|holder| {
        let held = holder.find_mut(id).ok_or(Refusal::Released)?;
        held.handles -= 1;
        if held.handles == 0 {
            arena::let_go(id);
        }
        Ok(())
    })
}

impl Holder {
    fn find(&self, id: KeyId) -> Option<&Held> {
        let held = self.held.get(id.slot as usize)?;
        (held.generation == id.generation && held.handles > 0).then_some(held)
    }

    fn find_mut(&mut self, id: KeyId) -> Option<&mut Held> {
        let held = self.held.get_mut(id.slot as usize)?;
        (held.generation == id.generation && held.handles > 0).then_some(held)
    }

    fn add(&mut self, id: KeyId, key: *const Key) {
        let index = id.slot as usize;
        if index >= self.held.len() {
            let none = Held { generation: 0, handles: 0, key: std::ptr::null() };
            self.held.resize(index + 1, none);
        }
        self.held[index] = Held { generation: id.generation, handles: 1, key };
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        for (slot, held) in self.held.iter().enumerate() {
            if held.handles > 0 {
                arena::let_go(KeyId { slot: slot as u32, generation: held.generation });
            }
        }
    }
}
