//! unsafe: random bytes from AWS-LC's generator, fetched ahead.
//!
//! A call to the generator costs more than the wrap that needs its 24 bytes, so each thread keeps a
//! page of them. Bytes are wiped as they are used. The page is locked like a key's, and a forked child
//! finds it empty; where the system does not promise that, nothing is fetched ahead.

use std::cell::RefCell;

use aws_lc_sys::RAND_bytes;

use crate::arena;
use crate::bytes::Bytes;
use crate::pages::Pages;

const PAGE_BYTES: usize = 4096;
const STOCK_BYTES: usize = PAGE_BYTES - size_of::<usize>();
/// Larger requests go to the generator itself.
const FROM_STOCK_MAX: usize = 512;

/// The count lies in the page too, so that it is 0 in a forked child.
#[repr(C)]
struct Stock {
    left: usize,
    bytes: [u8; STOCK_BYTES],
}

thread_local! {
    static STOCK: RefCell<Option<Pages>> = RefCell::new(stock_pages());
}

pub fn fill(target: Bytes) {
    if target.len() > FROM_STOCK_MAX {
        return generate(target);
    }
    STOCK.with_borrow_mut(|pages| match pages {
        // SAFETY: the page has the size of a Stock, for which any bytes will do, and is this thread's.
        Some(pages) => unsafe { &mut *pages.start().cast::<Stock>() }.take(target),
        None => generate(target),
    });
}

/// Has AWS-LC make the generator of this thread now.
pub fn begin() {
    generate(Bytes::of(&mut [0]));
}

impl Stock {
    fn take(&mut self, target: Bytes) {
        if self.left < target.len() {
            generate(Bytes::of(&mut self.bytes));
            self.left = STOCK_BYTES;
        }
        self.left -= target.len();
        let taken = &mut self.bytes[self.left..][..target.len()];
        target.copy_from(0, taken);
        Bytes::of(taken).wipe();
    }
}

fn stock_pages() -> Option<Pages> {
    let pages = Pages::map(size_of::<Stock>())?;
    // What lies here becomes keys.
    let is_kept = pages.locked || !arena::is_lock_required();
    (pages.fork_safe && is_kept).then_some(pages)
}

fn generate(target: Bytes) {
    // SAFETY: the target is writable; AWS-LC aborts rather than return without entropy.
    let done = unsafe { RAND_bytes(target.start(), target.len()) };
    assert!(done == 1, "AWS-LC always has random bytes");
}
