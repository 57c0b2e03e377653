//! unsafe: what AWS-LC calls for memory, once it is told to (`install`).
//!
//! Every block has a head that says how long it is and where it is from, so that it goes back there from wherever it is
//! freed; it is wiped then, as AWS-LC does by itself. Nothing here unwinds, and nothing calls AWS-LC back but its wiping.
//! Source: aws-lc include/openssl/mem.h, CRYPTO_set_mem_functions.

use std::alloc::{Layout, alloc, dealloc};
use std::ffi::{c_char, c_int, c_void};
use std::ptr::null_mut;
use std::sync::Once;

use aws_lc_sys::CRYPTO_set_mem_functions;

use crate::bytes::Bytes;
use crate::vault::chunk::Head;
use crate::vault::{DENIED, PURPOSE, Purpose, heap};

/// Before AWS-LC allocates anything: what it has from elsewhere could not be freed here.
pub fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: three functions that agree with each other, and no block is out yet.
        let done = unsafe { CRYPTO_set_mem_functions(Some(take), Some(change), Some(give_back)) };
        assert!(done == 1, "AWS-LC takes its memory from here");
    });
}

unsafe extern "C" fn take(bytes: usize, _file: *const c_char, _line: c_int) -> *mut c_void {
    block(bytes, PURPOSE.get())
}

/// Where the block was, it stays.
unsafe extern "C" fn change(
    old: *mut c_void,
    bytes: usize,
    file: *const c_char,
    line: c_int,
) -> *mut c_void {
    // SAFETY: AWS-LC has blocks of ours only, behind their heads, and gives each back once.
    unsafe {
        let head = head_of(old);
        let is_secret = (*head).chunk != Head::ORDINARY;
        let new = block(bytes, is_secret.then(|| PURPOSE.get().unwrap_or(Purpose::Use)));
        if !new.is_null() {
            new.copy_from_nonoverlapping(old, bytes.min((*head).bytes));
            give_back(old, file, line);
        }
        new
    }
}

unsafe extern "C" fn give_back(block: *mut c_void, _file: *const c_char, _line: c_int) {
    // SAFETY: as above; ordinary blocks come from `ordinary`.
    unsafe {
        let head = head_of(block);
        let bytes = (*head).bytes;
        if (*head).chunk != Head::ORDINARY {
            return heap::give_back(head);
        }
        Bytes::lent(block.cast(), bytes).wipe();
        if let Some(layout) = ordinary(bytes) {
            dealloc(head.cast(), layout);
        }
    }
}

/// Null when there is no room. Ordinary memory when it has no purpose here.
fn block(bytes: usize, purpose: Option<Purpose>) -> *mut c_void {
    let head = match purpose {
        Some(purpose) => {
            heap::take(bytes, purpose).inspect_err(|&refusal| DENIED.set(Some(refusal))).ok()
        }
        None => ordinary_block(bytes),
    };
    // SAFETY: behind each head lies its block.
    head.map_or(null_mut(), |head| unsafe { head.add(1) }.cast())
}

fn ordinary_block(bytes: usize) -> Option<*mut Head> {
    let layout = ordinary(bytes)?;
    // SAFETY: at least a head long, which is written where there is memory.
    unsafe {
        let head = alloc(layout).cast::<Head>();
        if head.is_null() {
            return None;
        }
        head.write(Head { bytes, chunk: Head::ORDINARY });
        Some(head)
    }
}

fn ordinary(bytes: usize) -> Option<Layout> {
    Layout::from_size_align(bytes.checked_add(Head::BYTES)?, align_of::<Head>()).ok()
}

/// # Safety
/// `block` has a head.
unsafe fn head_of(block: *mut c_void) -> *mut Head {
    // SAFETY: the caller says so.
    unsafe { block.cast::<Head>().sub(1) }
}
