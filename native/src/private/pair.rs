//! unsafe: a key pair of AWS-LC's: made, read from PKCS #8 and written to it, its public half.
//!
//! All of it is called within calls that take memory from the vault; None is no room, or no such key. Written are the
//! forms that src/engine/private-keys.ts names, whatever form was read. Source: RFC 5958, RFC 5480, RFC 5915, RFC 8410,
//! RFC 9881.

use std::ffi::c_int;
use std::mem::zeroed;
use std::ptr::{NonNull, null_mut};

use aws_lc_sys::{
    CBB, CBB_cleanup, CBB_finish, CBB_init, CBB_init_fixed, CBS, CBS_init, CBS_len,
    ERR_clear_error, EVP_PKEY, EVP_PKEY_CTX, EVP_PKEY_CTX_free, EVP_PKEY_CTX_new,
    EVP_PKEY_CTX_new_id, EVP_PKEY_CTX_pqdsa_set_params, EVP_PKEY_CTX_set_ec_paramgen_curve_nid,
    EVP_PKEY_CTX_set_rsa_keygen_bits, EVP_PKEY_EC, EVP_PKEY_ED25519, EVP_PKEY_PQDSA, EVP_PKEY_RSA,
    EVP_PKEY_free, EVP_PKEY_keygen, EVP_PKEY_keygen_init, EVP_marshal_private_key,
    EVP_marshal_public_key, EVP_parse_private_key, EVP_parse_public_key,
};

use crate::bytes::Bytes;
use crate::private::check;
use crate::private::spec::Spec;
use crate::vault::Guarded;

/// Room for an RSA key of 2048 bits at first; a longer one makes it grow.
const WRITTEN_BYTES: usize = 1280;

/// Freed, and so wiped, when it is dropped.
pub struct Pair(NonNull<EVP_PKEY>);

// SAFETY: memory of its own, which knows of no thread; AWS-LC keeps locks where it shares some of it.
unsafe impl Send for Pair {}

/// A use of a pair, with its settings.
pub struct Context(NonNull<EVP_PKEY_CTX>);

impl Pair {
    /// It takes long where it is an RSA key.
    pub fn generate(spec: Spec) -> Option<Pair> {
        let (context, ready) = match spec {
            // SAFETY: the context is there and begun when it is set up; there are `bits` such keys.
            Spec::Rsa(bits) => generator(EVP_PKEY_RSA, |context| unsafe {
                EVP_PKEY_CTX_set_rsa_keygen_bits(context, bits as c_int)
            })?,
            // SAFETY: as above, and a curve of AWS-LC's.
            Spec::Curve(curve, _) => generator(EVP_PKEY_EC, |context| unsafe {
                EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, curve)
            })?,
            Spec::Ed25519 => generator(EVP_PKEY_ED25519, |_| 1)?,
            // SAFETY: as above, and parameters of AWS-LC's.
            Spec::MlDsa(parameters) => generator(EVP_PKEY_PQDSA, |context| unsafe {
                EVP_PKEY_CTX_pqdsa_set_params(context, parameters)
            })?,
            Spec::Mac(_) => return None,
        };
        let mut pair = null_mut();
        // SAFETY: a context that was set up, and a place for the pair.
        let done = ready && unsafe { EVP_PKEY_keygen(context.raw(), &mut pair) } == 1;
        done.then(|| NonNull::new(pair).map(Pair)).flatten()
    }

    /// `pkcs8`: one structure, and nothing behind it.
    pub fn read(spec: Spec, pkcs8: &[u8]) -> Option<Pair> {
        if !check::may_be(spec, pkcs8) {
            return None;
        }
        // SAFETY: it reads within `pkcs8`, and gives a pair of its own.
        let pair = read_whole(pkcs8, |source| unsafe { EVP_parse_private_key(source) })?;
        check::is_of(spec, &pair).then_some(pair)
    }

    /// `spki`: a SubjectPublicKeyInfo, and nothing behind it.
    pub fn read_public(spki: &[u8]) -> Option<Pair> {
        // SAFETY: it reads within `spki`, and gives a pair of its own.
        read_whole(spki, |source| unsafe { EVP_parse_public_key(source) })
    }

    /// PKCS #8.
    pub fn write(&self) -> Option<Guarded> {
        let (mut start, mut len) = (null_mut(), 0);
        // SAFETY: our own builder, all zero first; what it gives is a block that is nobody else's.
        unsafe {
            let mut builder: CBB = zeroed();
            let done = CBB_init(&mut builder, WRITTEN_BYTES) == 1
                && EVP_marshal_private_key(&mut builder, self.raw()) == 1
                && CBB_finish(&mut builder, &mut start, &mut len) == 1;
            if !done {
                CBB_cleanup(&mut builder);
                return None;
            }
            Some(Guarded::owning(start, len))
        }
    }

    /// The SubjectPublicKeyInfo goes to `target`; how long it is, or None when there is too little room.
    pub fn write_public(&self, target: Bytes) -> Option<usize> {
        let mut len = 0;
        // SAFETY: our own builder, all zero first, over a target that has its length.
        unsafe {
            let mut builder: CBB = zeroed();
            let done = CBB_init_fixed(&mut builder, target.start(), target.len()) == 1
                && EVP_marshal_public_key(&mut builder, self.raw()) == 1
                && CBB_finish(&mut builder, null_mut(), &mut len) == 1;
            if !done {
                CBB_cleanup(&mut builder);
                return None;
            }
        }
        Some(len)
    }

    pub fn raw(&self) -> *mut EVP_PKEY {
        self.0.as_ptr()
    }

    pub fn context(&self) -> Option<Context> {
        // SAFETY: a pair of AWS-LC's, on which the context takes a hold of its own.
        NonNull::new(unsafe { EVP_PKEY_CTX_new(self.raw(), null_mut()) }).map(Context)
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        // SAFETY: ours, once.
        unsafe { EVP_PKEY_free(self.raw()) };
    }
}

impl Context {
    pub fn raw(&self) -> *mut EVP_PKEY_CTX {
        self.0.as_ptr()
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: ours, once.
        unsafe { EVP_PKEY_CTX_free(self.raw()) };
    }
}

/// Says what went wrong to nobody: there is one answer.
pub fn forget_errors() {
    // SAFETY: no preconditions.
    unsafe { ERR_clear_error() };
}

fn generator(
    kind: c_int,
    set_up: impl FnOnce(*mut EVP_PKEY_CTX) -> c_int,
) -> Option<(Context, bool)> {
    // SAFETY: a kind of AWS-LC's.
    let context = Context(NonNull::new(unsafe { EVP_PKEY_CTX_new_id(kind, null_mut()) })?);
    // SAFETY: the context is there.
    let begun = unsafe { EVP_PKEY_keygen_init(context.raw()) } == 1;
    let ready = begun && set_up(context.raw()) == 1;
    Some((context, ready))
}

fn read_whole(source: &[u8], read: impl FnOnce(*mut CBS) -> *mut EVP_PKEY) -> Option<Pair> {
    // SAFETY: our own reader, made before it is used, over a source that has its length.
    let (pair, left) = unsafe {
        let mut reader: CBS = zeroed();
        CBS_init(&mut reader, source.as_ptr(), source.len());
        (read(&mut reader), CBS_len(&reader))
    };
    let pair = NonNull::new(pair).map(Pair);
    forget_errors();
    pair.filter(|_| left == 0)
}
