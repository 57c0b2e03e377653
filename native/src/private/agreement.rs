//! unsafe: ECDH by AWS-LC: the x coordinate of the shared point.
//!
//! A public key is a point of the same curve, and not that at infinity, before it is used: AWS-LC reads no other, and
//! looks again here. Source: NIST SP 800-56A §5.6.2.3.3, §5.7.1.2.

use std::ffi::c_int;

use aws_lc_sys::{
    EC_KEY_check_key, EVP_PKEY_derive, EVP_PKEY_derive_init, EVP_PKEY_derive_set_peer,
    EVP_PKEY_get0_EC_KEY,
};

use crate::private::check;
use crate::private::pair::{Pair, forget_errors};
use crate::vault::Guarded;

/// Of P-521, in bytes.
const COORDINATE_BYTES_MAX: usize = 66;

/// The coordinate with room behind it, and how long it is; None when `spki` is no public key of `curve`.
pub fn agree(pair: &Pair, curve: c_int, spki: &[u8]) -> Option<(Guarded, usize)> {
    let peer = Pair::read_public(spki).filter(|peer| is_valid(peer, curve))?;
    let (context, room) = (pair.context()?, Guarded::zeroed(COORDINATE_BYTES_MAX)?);
    let mut len = COORDINATE_BYTES_MAX;
    // SAFETY: a context of the pair's, which takes a hold of its own on the peer; the room has its length.
    let done = unsafe {
        EVP_PKEY_derive_init(context.raw()) == 1
            && EVP_PKEY_derive_set_peer(context.raw(), peer.raw()) == 1
            && EVP_PKEY_derive(context.raw(), room.bytes().start(), &mut len) == 1
    };
    forget_errors();
    done.then_some((room, len))
}

fn is_valid(peer: &Pair, curve: c_int) -> bool {
    // SAFETY: a pair of AWS-LC's, which is one on a curve where the first look says so.
    check::is_on_curve(peer, curve)
        && unsafe { EC_KEY_check_key(EVP_PKEY_get0_EC_KEY(peer.raw())) } == 1
}
