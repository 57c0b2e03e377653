//! unsafe: one gzip member in one call, by libdeflate.
//!
//! A compressor is kept per thread and level, as setting one up costs more than a small member. Input that
//! others write to makes libdeflate write beyond its target, so it must be steady; should it say that it did,
//! the process ends. Bounds on what may be unpacked are in src/gzip. Source: RFC 1952; libdeflate.h.

use std::cell::RefCell;
use std::ptr::null_mut;

use libdeflate_sys::{
    libdeflate_alloc_compressor, libdeflate_alloc_decompressor, libdeflate_compressor,
    libdeflate_decompressor, libdeflate_free_compressor, libdeflate_free_decompressor,
    libdeflate_gzip_compress, libdeflate_gzip_compress_bound, libdeflate_gzip_decompress_ex,
    libdeflate_result_LIBDEFLATE_INSUFFICIENT_SPACE as NO_ROOM,
    libdeflate_result_LIBDEFLATE_SUCCESS as SUCCESS,
};

use crate::bytes::{Bytes, Steady};
use crate::refusal::{Outcome, Refusal, require};

pub const LEVEL_MAX: usize = 12;

struct Compressor(*mut libdeflate_compressor);
struct Decompressor(*mut libdeflate_decompressor);

thread_local! {
    static COMPRESSORS: RefCell<[Option<Compressor>; LEVEL_MAX + 1]> = const { RefCell::new([const { None }; LEVEL_MAX + 1]) };
    static DECOMPRESSOR: RefCell<Option<Decompressor>> = const { RefCell::new(None) };
}

/// No member of `plain_bytes` is longer, whatever the level.
pub fn bound(plain_bytes: usize) -> usize {
    // SAFETY: without a compressor the bound holds for all of them.
    unsafe { libdeflate_gzip_compress_bound(null_mut(), plain_bytes) }
}

/// Bytes written to `target`.
pub fn compress(mut plain: Steady, level: usize, target: Bytes) -> Outcome<usize> {
    let plain = plain.bytes();
    require(level <= LEVEL_MAX, Refusal::Misused)?;
    COMPRESSORS.with_borrow_mut(|compressors| {
        let compressor = compressors[level].get_or_insert_with(|| Compressor::of(level));
        // SAFETY: the compressor is this thread's; both pointers come with their lengths.
        let written = unsafe {
            let (source, room) = (plain.start().cast(), target.start().cast());
            libdeflate_gzip_compress(compressor.0, source, plain.len(), room, target.len())
        };
        require(written > 0, Refusal::TargetFull)?;
        Ok(inside(target, written))
    })
}

/// Bytes written to `target`. `member` is exactly one member, with nothing behind it.
pub fn decompress(mut member: Steady, target: Bytes) -> Outcome<usize> {
    let member = member.bytes();
    let (mut read, mut written) = (0, 0);
    let result = DECOMPRESSOR.with_borrow_mut(|decompressor| {
        let decompressor = decompressor.get_or_insert_with(Decompressor::new);
        // SAFETY: the decompressor is this thread's; both pointers come with their lengths.
        unsafe {
            let (source, room) = (member.start().cast(), target.start().cast());
            let (from, to) = (&mut read, &mut written);
            libdeflate_gzip_decompress_ex(
                decompressor.0,
                source,
                member.len(),
                room,
                target.len(),
                from,
                to,
            )
        }
    });
    require(result != NO_ROOM, Refusal::TargetFull)?;
    require(result == SUCCESS && read == member.len(), Refusal::GzipDamaged)?;
    Ok(inside(target, written))
}

/// What lies beyond the target is overwritten otherwise, and nothing here can be trusted any more.
fn inside(target: Bytes, written: usize) -> usize {
    if written > target.len() {
        eprintln!("sealtrail: libdeflate wrote beyond its target: memory is corrupt");
        std::process::abort();
    }
    written
}

impl Compressor {
    fn of(level: usize) -> Self {
        // SAFETY: no preconditions; the result is checked.
        let compressor = unsafe { libdeflate_alloc_compressor(level as i32) };
        assert!(!compressor.is_null(), "there is memory for a compressor");
        Compressor(compressor)
    }
}

impl Decompressor {
    fn new() -> Self {
        // SAFETY: no preconditions; the result is checked.
        let decompressor = unsafe { libdeflate_alloc_decompressor() };
        assert!(!decompressor.is_null(), "there is memory for a decompressor");
        Decompressor(decompressor)
    }
}

impl Drop for Compressor {
    fn drop(&mut self) {
        // SAFETY: allocated in `of` and freed once.
        unsafe { libdeflate_free_compressor(self.0) };
    }
}

impl Drop for Decompressor {
    fn drop(&mut self) {
        // SAFETY: allocated in `new` and freed once.
        unsafe { libdeflate_free_decompressor(self.0) };
    }
}
