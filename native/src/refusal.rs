//! Why a call was not carried out, as the negative number that JavaScript gets instead of an answer.
//!
//! A failed open is not a refusal: it is the answer `false`. What is done about each is in
//! src/engine/native/addon.ts, in this order.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Refusal {
    /// A size, a kind or a place that the callers of this crate never give.
    Misused = -1,
    /// A defect in this crate; the message is on stderr.
    Panicked = -2,
    /// The handle was released, or belongs to another thread.
    Released = -3,
    /// The arena has as many keys as it can hold, or the system gives no more memory.
    ArenaFull = -4,
    /// Memory must be locked for another key, and the system locks no more.
    NotLocked = -5,
    /// Not exactly one well-formed gzip member.
    GzipDamaged = -6,
    /// The output does not fit.
    TargetFull = -7,
    /// A private key whose parts agree does not sign: no primes made it.
    KeyUnfit = -8,
}

pub type Outcome<T> = Result<T, Refusal>;

/// `claim`, or the refusal that it did not hold.
pub fn require(claim: bool, otherwise: Refusal) -> Outcome<()> {
    if claim { Ok(()) } else { Err(otherwise) }
}
