//! The journal's end while it is lent to a thread of the addon: batches of records, appended and synced there.
//!
//! ```text
//! door          JavaScript lends the end and takes it back, gives a batch, hears the bell
//!   └── writer  the thread, for batches of JavaScript's and of lanes
//!         └── loan ─ block, mark    one append: block written → synced → the place looked at → mark written
//! ```
//!
//! What the journal is, and everything but this one append, is src/store/journal's business; bytes are as
//! docs/FORMAT.md §5 says. What fails here is not tried again here: the end goes back with the reason.

pub mod block;
pub mod door;
mod loan;
mod mark;
mod place;
pub mod writer;

use crate::bytes::Bytes;

const CHAIN_BYTES: usize = 32;

fn u64_at(bytes: Bytes, offset: usize) -> u64 {
    u64::from_be_bytes(bytes.array(offset))
}
