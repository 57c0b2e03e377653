//! unsafe: pages of memory for secrets, from the operating system.
//!
//! ```text
//! | guard page | pages: locked, not dumped, zero in a forked child | guard page |
//! ```
//!
//! Each property is asked for and may be denied (a small RLIMIT_MEMLOCK, an old kernel, another
//! system); `locked` and `fork_safe` say what was granted. What lies in the pages is in arena.rs and
//! random.rs. Source: mmap(2), mlock(2), madvise(2).

use crate::bytes::Bytes;

/// Zero at first; wiped and given back when dropped.
pub struct Pages {
    start: *mut u8,
    len: usize,
    /// The system promised not to swap them out.
    pub locked: bool,
    /// A forked child finds zeroes here (or cannot exist).
    pub fork_safe: bool,
}

// SAFETY: plain memory without thread affinity; who may touch it is the owner's business.
unsafe impl Send for Pages {}

impl Pages {
    pub fn start(&self) -> *mut u8 {
        self.start
    }
}

#[cfg(unix)]
impl Pages {
    /// At least `len` bytes. None when the system has no more memory.
    pub fn map(len: usize) -> Option<Pages> {
        let page = page_bytes();
        let len = len.next_multiple_of(page);
        let flags = libc::MAP_PRIVATE | libc::MAP_ANON;
        // SAFETY: a fresh private mapping; the inner pages made accessible lie inside it.
        unsafe {
            let whole =
                libc::mmap(std::ptr::null_mut(), len + 2 * page, libc::PROT_NONE, flags, -1, 0);
            if whole == libc::MAP_FAILED {
                return None;
            }
            let start = whole.cast::<u8>().add(page);
            if libc::mprotect(start.cast(), len, libc::PROT_READ | libc::PROT_WRITE) != 0 {
                libc::munmap(whole, len + 2 * page);
                return None;
            }
            let fork_safe = keep_private(start, len);
            let mut pages = Pages { start, len, locked: false, fork_safe };
            pages.lock();
            Some(pages)
        }
    }

    /// Asks the system to lock them; `locked` says what came of it.
    pub fn lock(&mut self) {
        // SAFETY: the pages are ours.
        self.locked = unsafe { libc::mlock(self.start.cast(), self.len) } == 0;
    }

    /// Leaves the system's limit to others.
    pub fn unlock(&mut self) {
        // SAFETY: the pages are ours.
        unsafe { libc::munlock(self.start.cast(), self.len) };
        self.locked = false;
    }
}

#[cfg(unix)]
impl Drop for Pages {
    fn drop(&mut self) {
        let page = page_bytes();
        // SAFETY: the mapping made in `map`, guards included, which nobody else unmaps.
        unsafe {
            Bytes::lent(self.start, self.len).wipe();
            libc::munmap(self.start.sub(page).cast(), self.len + 2 * page);
        }
    }
}

/// Bytes that the system locks for this process; None when it has no limit, or does not tell.
#[cfg(unix)]
pub fn lock_limit() -> Option<usize> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: a place for the answer.
    let is_told = unsafe { libc::getrlimit(libc::RLIMIT_MEMLOCK, &mut limit) } == 0;
    (is_told && limit.rlim_cur != libc::RLIM_INFINITY).then_some(limit.rlim_cur as usize)
}

#[cfg(not(unix))]
pub fn lock_limit() -> Option<usize> {
    None
}

#[cfg(unix)]
fn page_bytes() -> usize {
    // SAFETY: no preconditions.
    unsafe { libc::sysconf(libc::_SC_PAGESIZE) as usize }
}

/// Out of core dumps and of forked children; true when the latter was granted.
#[cfg(target_os = "linux")]
unsafe fn keep_private(start: *mut u8, len: usize) -> bool {
    // SAFETY: advice on pages that are ours.
    unsafe {
        libc::madvise(start.cast(), len, libc::MADV_DONTDUMP);
        libc::madvise(start.cast(), len, libc::MADV_WIPEONFORK) == 0
    }
}

#[cfg(all(unix, not(target_os = "linux")))]
unsafe fn keep_private(_start: *mut u8, _len: usize) -> bool {
    false
}

#[cfg(not(unix))]
const PAGE_BYTES: usize = 4096;

#[cfg(not(unix))]
impl Pages {
    /// Ordinary memory: neither locked nor guarded, but there is no fork.
    pub fn map(len: usize) -> Option<Pages> {
        let layout = std::alloc::Layout::from_size_align(len, PAGE_BYTES).ok()?;
        // SAFETY: callers ask for at least one byte.
        let start = unsafe { std::alloc::alloc_zeroed(layout) };
        if start.is_null() {
            return None;
        }
        Some(Pages { start, len, locked: false, fork_safe: true })
    }

    pub fn lock(&mut self) {}

    pub fn unlock(&mut self) {}
}

#[cfg(not(unix))]
impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: allocated in `map` with this layout.
        unsafe {
            Bytes::lent(self.start, self.len).wipe();
            let layout = std::alloc::Layout::from_size_align_unchecked(self.len, PAGE_BYTES);
            std::alloc::dealloc(self.start, layout);
        }
    }
}
