//! unsafe: what was admitted, by what a request must say word for word.

use std::collections::HashMap;
use std::sync::Arc;

use crate::arena::{self, Key, KeyId};
use crate::lane::template::Template;
use crate::xaes::TEXT_OFFSET;

/// More are as many clients and keys as share a lane; then all are forgotten, and come again.
const USES_MAX: usize = 4096;
/// Of a CiphertextBlob: everything before what the engine fills in.
pub const BLOB_HEADER_BYTES: usize = 24;
const _: () = assert!(BLOB_HEADER_BYTES < TEXT_OFFSET);

/// A key of the arena's that lives as long as this.
pub struct HeldKey {
    id: KeyId,
    key: *const Key,
}

// SAFETY: a key that somebody holds is only read.
unsafe impl Send for HeldKey {}
// SAFETY: as above.
unsafe impl Sync for HeldKey {}

impl HeldKey {
    /// None when nobody holds it any more.
    pub fn of(id: KeyId) -> Option<HeldKey> {
        arena::hold(id).map(|key| HeldKey { id, key })
    }

    pub fn key(&self) -> &Key {
        // SAFETY: held until this is dropped.
        unsafe { &*self.key }
    }
}

impl Drop for HeldKey {
    fn drop(&mut self) {
        arena::let_go(self.id);
    }
}

/// One access key's use of one key, which JavaScript has allowed, recorded and answered.
pub struct Use {
    pub signing: HeldKey,
    pub material: HeldKey,
    /// Of the blobs that a data key is wrapped in.
    pub header: [u8; BLOB_HEADER_BYTES],
    /// Of a data key; 0 for Decrypt.
    pub key_bytes: usize,
    pub record: Template,
    pub answer: Template,
}

#[derive(Default)]
pub struct Table(HashMap<Vec<u8>, Arc<Use>>);

impl Table {
    pub fn admit(&mut self, name: Vec<u8>, admitted: Use) {
        if self.0.len() >= USES_MAX {
            self.clear();
        }
        self.0.insert(name, Arc::new(admitted));
    }

    pub fn find(&self, name: &[u8]) -> Option<Arc<Use>> {
        self.0.get(name).cloned()
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}
