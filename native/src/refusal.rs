//! Why a call was not carried out, as the negative number that JavaScript gets instead of an answer.
//!
//! A failed open is not a refusal: it is the answer `false`. The sentences are in
//! src/engine/native/native.ts, in this order.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Refusal {
    /// The handle was released, or belongs to another thread or process.
    Released = -1,
    /// The arena has as many keys as it can hold, or the system gives no more memory.
    ArenaFull = -2,
    /// A defect in this crate; the message is on stderr.
    Panicked = -3,
    NotBytes = -4,
    /// Or not a whole one where it counts.
    NotANumber = -5,
    KeySize = -6,
    NonceSize = -7,
    TagSize = -8,
    MessageIdSize = -9,
    BlobSize = -10,
    RunSize = -11,
    BatchSize = -12,
    TargetSize = -13,
    Overlap = -14,
    GzipLevel = -15,
    /// Not exactly one well-formed gzip member.
    GzipDamaged = -16,
    /// The output does not fit.
    TargetFull = -17,
    HeaderSize = -18,
}

pub type Outcome<T> = Result<T, Refusal>;

/// `claim`, or the refusal that it did not hold.
pub fn require(claim: bool, otherwise: Refusal) -> Outcome<()> {
    if claim { Ok(()) } else { Err(otherwise) }
}
