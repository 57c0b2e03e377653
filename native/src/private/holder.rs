//! The private keys that this thread holds, by number.
//!
//! A number is given once in the life of the process, so that it never finds another key, on this thread or on another.
//! What a thread still holds when it ends is wiped then.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::private::key::PrivateKey;
use crate::refusal::{Outcome, Refusal};

/// What JavaScript knows of a key; 0 is none. JavaScript's numbers hold the first 2^53 exactly.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Number(u64);

static NEXT: AtomicU64 = AtomicU64::new(1);

thread_local! {
    static KEYS: RefCell<HashMap<Number, PrivateKey>> = RefCell::new(HashMap::new());
}

impl Number {
    pub fn next() -> Number {
        Number(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// A number that is no whole one is nobody's.
    pub fn of(number: f64) -> Number {
        let whole = number as u64;
        Number(if whole as f64 == number { whole } else { 0 })
    }

    pub fn as_f64(self) -> f64 {
        self.0 as f64
    }
}

pub fn keep(number: Number, key: PrivateKey) {
    KEYS.with_borrow_mut(|keys| keys.insert(number, key));
}

/// The key of `number`, for as long as the call lasts.
pub fn with<T>(number: Number, use_it: impl FnOnce(&mut PrivateKey) -> Outcome<T>) -> Outcome<T> {
    KEYS.with_borrow_mut(|keys| use_it(keys.get_mut(&number).ok_or(Refusal::Released)?))
}

/// Wipes it.
pub fn release(number: Number) -> Outcome<()> {
    let key = KEYS.with_borrow_mut(|keys| keys.remove(&number));
    key.map(drop).ok_or(Refusal::Released)
}
