//! unsafe: memory that thousands of connections have left goes back to the system.
//!
//! glibc keeps what a thread frees for that thread's next wish, however much it is; other allocators give it back by
//! themselves.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn trim() {
    // SAFETY: no preconditions; it takes the allocator's own locks.
    unsafe { libc::malloc_trim(0) };
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn trim() {}
