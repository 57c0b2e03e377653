//! One private key: a pair of AWS-LC's, or a MAC's key with the state that comes of it.
//!
//! All of it is called within calls that take memory from the vault; None is no room, or no such key. At rest a pair is its
//! PKCS #8 form, and the key of a MAC its bytes.

use crate::bytes::Bytes;
use crate::hmac::Hmac;
use crate::private::check;
use crate::private::pair::Pair;
use crate::private::spec::{Hash, Spec};
use crate::random;
use crate::refusal::{Outcome, Refusal};
use crate::vault::Guarded;

pub struct PrivateKey {
    pub spec: Spec,
    held: Held,
}

enum Held {
    Pair(Pair),
    Mac { raw: Guarded, keyed: Hmac },
}

impl PrivateKey {
    /// AWS-LC keeps more of a key once it was used: that comes of the room for keys, so that none is let in which then
    /// cannot be used, or takes the room that is left for the use of others.
    pub fn generate(spec: Spec) -> Option<PrivateKey> {
        let held = match spec {
            Spec::Mac(hash) => {
                let raw = Guarded::zeroed(hash.bytes())?;
                random::fill(raw.bytes());
                mac(hash, raw)?
            }
            _ => Held::Pair(Pair::generate(spec).filter(|pair| check::is_sound(spec, pair))?),
        };
        Some(PrivateKey { spec, held })
    }

    /// As [`PrivateKey::generate`].
    pub fn read(spec: Spec, bytes: &[u8]) -> Option<PrivateKey> {
        let held = match spec {
            Spec::Mac(hash) if !hash.mac_key_bytes().contains(&bytes.len()) => return None,
            Spec::Mac(hash) => {
                let raw = Guarded::zeroed(bytes.len())?;
                raw.bytes().copy_from(0, bytes);
                mac(hash, raw)?
            }
            _ => Held::Pair(Pair::read(spec, bytes).filter(|pair| check::is_sound(spec, pair))?),
        };
        Some(PrivateKey { spec, held })
    }

    /// Shows the bytes of the key at rest.
    pub fn show<T>(&self, look: impl FnOnce(Bytes) -> T) -> Option<T> {
        match &self.held {
            Held::Pair(pair) => pair.write().map(|written| look(written.bytes())),
            Held::Mac { raw, .. } => Some(look(raw.bytes())),
        }
    }

    pub fn pair(&self) -> Outcome<&Pair> {
        match &self.held {
            Held::Pair(pair) => Ok(pair),
            Held::Mac { .. } => Err(Refusal::Misused),
        }
    }

    /// For a MAC of `hash`, of which it is the key.
    pub fn keyed(&mut self, hash: Hash) -> Outcome<&mut Hmac> {
        match &mut self.held {
            Held::Mac { keyed, .. } if self.spec == Spec::Mac(hash) => Ok(keyed),
            _ => Err(Refusal::Misused),
        }
    }
}

fn mac(hash: Hash, raw: Guarded) -> Option<Held> {
    let keyed = Hmac::new(hash.md(), raw.bytes())?;
    Some(Held::Mac { raw, keyed })
}
