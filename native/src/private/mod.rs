//! Keys that sign, agree, authenticate, or open what was encrypted to them, by AWS-LC, in the vault.
//!
//! ```text
//! door ─ holder     the keys of this thread, by number
//!   │      └── key  a pair of AWS-LC's, or a MAC's key
//!   │            ├── pair ─ check    made, read, written
//!   │            └── signing, oaep, agreement
//!   ├── maker       RSA keys, made on threads of their own
//!   └── spec        which there are, by number
//! ```
//!
//! What each call takes and gives is in src/engine/private-keys.ts. One answer for each failure; what no caller of this
//! crate gives is refused. Where the bytes of a key lie is in ../vault.

mod agreement;
mod check;
pub mod door;
mod holder;
mod key;
mod maker;
mod oaep;
mod pair;
mod signing;
mod spec;
