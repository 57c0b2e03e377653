//! unsafe: what of a file is the system's own: a descriptor, its identity, writing at a place.
//!
//! On Windows a descriptor of Node's is none of the system's, so nothing is lent there.

use std::fs::File;
use std::io;
use std::path::Path;

/// The device, and the file on it.
pub type Identity = (u64, u64);

#[cfg(unix)]
mod system {
    use std::fs::Metadata;
    use std::os::fd::{BorrowedFd, RawFd};
    use std::os::unix::fs::{FileExt, MetadataExt};

    use super::*;

    pub fn file_of(descriptor: u32) -> Option<File> {
        let descriptor = RawFd::try_from(descriptor).ok()?;
        // SAFETY: the caller keeps it open during the call; another number is refused by the system.
        let borrowed = unsafe { BorrowedFd::borrow_raw(descriptor) };
        borrowed.try_clone_to_owned().ok().map(File::from)
    }

    pub fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        file.write_all_at(bytes, offset)
    }

    pub fn identity(data: Metadata) -> Identity {
        (data.dev(), data.ino())
    }
}

#[cfg(not(unix))]
mod system {
    use std::fs::Metadata;
    use std::io::ErrorKind;

    use super::*;

    pub fn file_of(_descriptor: u32) -> Option<File> {
        None
    }

    pub fn write_all_at(_file: &File, _bytes: &[u8], _offset: u64) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }

    pub fn identity(_data: Metadata) -> Identity {
        (0, 0)
    }
}

/// One more descriptor for an open file.
pub use system::{file_of, write_all_at};

/// Whether `path` leads to the open file.
pub fn leads_to(path: &Path, file: &File) -> bool {
    let own = file.metadata().map(system::identity).ok();
    let there = std::fs::metadata(path).map(system::identity).ok();
    own.is_some() && own == there
}
