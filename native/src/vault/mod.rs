//! Memory for what AWS-LC keeps of private keys, and needs while it uses them.
//!
//! ```text
//! use_within, keep_within ─ a call with a private key: what AWS-LC allocates meanwhile comes from the vault
//!   hooks   what AWS-LC calls for memory: the vault within such a call, ordinary memory else
//!   heap ─ chunk   blocks by size, in pages that are locked as far as the system allows
//!   guarded   bytes of ours there
//! ```
//!
//! A parsed RSA key costs as much as a signature, so parsed keys are kept, and AWS-LC says where they lie: in blocks that
//! it asks for. Every block is wiped when it is given back, and goes back to where it came from, whoever gives it back.
//! What a call leaves on the stack is wiped when it ends. Whose keys they are is in private/.

mod chunk;
mod guarded;
mod heap;
mod hooks;

pub use guarded::Guarded;
pub use heap::{blocks_in_use, is_locked};
pub use hooks::install;

use std::cell::Cell;

use crate::napi::sweep_stack;
use crate::random;
use crate::refusal::{Outcome, Refusal};

// By painting the stack (x86-64): 5.6 KiB, 15 KiB (secp256k1), 113 KiB (ML_DSA_87 signs); and half as much again, or a quarter.
const MAC_STACK_BYTES: usize = 8 * 1024;
const PAIR_STACK_BYTES: usize = 24 * 1024;
const ML_DSA_STACK_BYTES: usize = 144 * 1024;

/// How far down the stack work with private keys leaves anything behind.
#[derive(Clone, Copy)]
pub enum Reach {
    Mac,
    Pair,
    MlDsa,
}

/// What a call wants memory for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Use,
    Keep,
}

thread_local! {
    /// None outside of such calls.
    static PURPOSE: Cell<Option<Purpose>> = const { Cell::new(None) };
    static DENIED: Cell<Option<Refusal>> = const { Cell::new(None) };
    static HAS_GENERATOR: Cell<bool> = const { Cell::new(false) };
}

/// For work with a key that is there. What it allocates through AWS-LC lies in the vault; refused when there was no room for
/// something, whatever `work` made of that. The stack below is wiped afterwards.
pub fn use_within<T>(reach: Reach, work: impl FnOnce() -> T) -> Outcome<T> {
    within(Purpose::Use, reach, work)
}

/// The same for work that makes a key: it leaves the room alone that work with others needs.
pub fn keep_within<T>(reach: Reach, work: impl FnOnce() -> T) -> Outcome<T> {
    within(Purpose::Keep, reach, work)
}

fn within<T>(purpose: Purpose, reach: Reach, work: impl FnOnce() -> T) -> Outcome<T> {
    // What the generator keeps for this thread is not of one key, and a fork must not blank it: ordinary memory.
    if !HAS_GENERATOR.replace(true) {
        random::begin();
    }
    let answer = {
        let _within = Within::enter(purpose);
        work_below(work)
    };
    match reach {
        Reach::Mac => sweep_stack::<MAC_STACK_BYTES>(),
        Reach::Pair => sweep_stack::<PAIR_STACK_BYTES>(),
        Reach::MlDsa => sweep_stack::<ML_DSA_STACK_BYTES>(),
    }
    match DENIED.take() {
        None => Ok(answer),
        Some(refusal) => Err(refusal),
    }
}

/// A frame of its own, so that what it leaves lies where the stack is swept.
#[inline(never)]
fn work_below<T>(work: impl FnOnce() -> T) -> T {
    work()
}

struct Within;

impl Within {
    fn enter(purpose: Purpose) -> Self {
        // What a call that panicked left.
        DENIED.set(None);
        PURPOSE.set(Some(purpose));
        Within
    }
}

impl Drop for Within {
    fn drop(&mut self) {
        PURPOSE.set(None);
    }
}
