//! unsafe: signatures, made and verified by AWS-LC.
//!
//! What RSA and ECDSA sign is a digest, given or made here; Ed25519 and ML-DSA take a message as a whole, Ed25519ph its
//! SHA-512, and ML-DSA μ in its place. Callers have seen to it that key, algorithm and form fit (`Spec::signs`). Source:
//! RFC 8017, FIPS 186-5, RFC 8032, FIPS 204.

use std::mem::MaybeUninit;
use std::ptr::{null, null_mut};

use aws_lc_sys::{
    ED25519ph_sign_digest, ED25519ph_verify_digest, EVP_Digest, EVP_DigestSign, EVP_DigestSignInit,
    EVP_DigestVerify, EVP_DigestVerifyInit, EVP_MD_CTX, EVP_MD_CTX_cleanup, EVP_MD_CTX_init,
    EVP_PKEY_CTX, EVP_PKEY_CTX_set_rsa_mgf1_md, EVP_PKEY_CTX_set_rsa_padding,
    EVP_PKEY_CTX_set_rsa_pss_saltlen, EVP_PKEY_CTX_set_signature_md, EVP_PKEY_get_raw_private_key,
    EVP_PKEY_get_raw_public_key, EVP_PKEY_sign, EVP_PKEY_sign_init, EVP_PKEY_verify,
    EVP_PKEY_verify_init, RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_DIGEST,
};

use crate::bytes::Secret;
use crate::private::pair::{Pair, forget_errors};
use crate::private::spec::{Form, Hash, Signing};

/// Of ML_DSA_87.
pub const SIGNATURE_BYTES_MAX: usize = 4627;
const DIGEST_BYTES_MAX: usize = 64;
pub const MU_BYTES: usize = 64;
const ED25519_HALF_BYTES: usize = 32;
const ED25519_SIGNATURE_BYTES: usize = 64;

pub type Signature = [u8; SIGNATURE_BYTES_MAX];

/// How long it is; None when there is no room.
pub fn sign(
    pair: &Pair,
    how: Signing,
    form: Form,
    message: &[u8],
    signature: &mut Signature,
) -> Option<usize> {
    match (how, form) {
        (Signing::Ed25519, _) | (Signing::MlDsa, Form::Raw) => sign_whole(pair, message, signature),
        (Signing::Ed25519ph, _) => sign_prehashed(pair, message, signature),
        _ => with_digest(how, form, message, |digest| sign_digest(pair, how, digest, signature)),
    }
}

/// None when there is no room.
pub fn verify(
    pair: &Pair,
    how: Signing,
    form: Form,
    message: &[u8],
    signature: &[u8],
) -> Option<bool> {
    let is_genuine = match (how, form) {
        (Signing::Ed25519, _) | (Signing::MlDsa, Form::Raw) => {
            verify_whole(pair, message, signature)
        }
        (Signing::Ed25519ph, _) => verify_prehashed(pair, message, signature),
        _ => with_digest(how, form, message, |digest| verify_digest(pair, how, digest, signature)),
    };
    forget_errors();
    is_genuine
}

/// The digest, or what else is signed in place of the message. None when there is no room, or `then` has none.
fn with_digest<T>(
    how: Signing,
    form: Form,
    message: &[u8],
    then: impl FnOnce(&[u8]) -> Option<T>,
) -> Option<T> {
    match (how.hash(), form) {
        (Some(hash), Form::Raw) => {
            let mut digest = [0; DIGEST_BYTES_MAX];
            hash_of(hash, message, &mut digest)?;
            then(&digest[..hash.bytes()])
        }
        _ => then(message),
    }
}

fn hash_of(hash: Hash, message: &[u8], digest: &mut [u8; DIGEST_BYTES_MAX]) -> Option<()> {
    let (source, target) = (message.as_ptr().cast(), digest.as_mut_ptr());
    // SAFETY: the message comes with its length, and no hash is longer than the target.
    let done =
        unsafe { EVP_Digest(source, message.len(), target, null_mut(), hash.md(), null_mut()) };
    (done == 1).then_some(())
}

fn sign_digest(
    pair: &Pair,
    how: Signing,
    digest: &[u8],
    signature: &mut Signature,
) -> Option<usize> {
    let context = pair.context()?;
    let mut len = signature.len();
    // SAFETY: a context of the pair's; digest and signature come with their lengths.
    let done = unsafe {
        EVP_PKEY_sign_init(context.raw()) == 1
            && set_up(context.raw(), how)
            && EVP_PKEY_sign(
                context.raw(),
                signature.as_mut_ptr(),
                &mut len,
                digest.as_ptr(),
                digest.len(),
            ) == 1
    };
    done.then_some(len)
}

fn verify_digest(pair: &Pair, how: Signing, digest: &[u8], signature: &[u8]) -> Option<bool> {
    let context = pair.context()?;
    // SAFETY: a context of the pair's; digest and signature come with their lengths.
    unsafe {
        let ready = EVP_PKEY_verify_init(context.raw()) == 1 && set_up(context.raw(), how);
        let (text, text_bytes) = (digest.as_ptr(), digest.len());
        ready.then(|| {
            EVP_PKEY_verify(context.raw(), signature.as_ptr(), signature.len(), text, text_bytes)
                == 1
        })
    }
}

/// # Safety
/// The context was begun for a signature.
unsafe fn set_up(context: *mut EVP_PKEY_CTX, how: Signing) -> bool {
    let Some(hash) = how.hash() else { return true };
    // SAFETY: a context that was begun, and a hash of AWS-LC's.
    unsafe {
        let padded = match how {
            Signing::Pss(_) => {
                EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING)
                    & EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST)
                    & EVP_PKEY_CTX_set_rsa_mgf1_md(context, hash.md())
            }
            Signing::Pkcs1(_) => EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING),
            _ => 1,
        };
        padded == 1 && EVP_PKEY_CTX_set_signature_md(context, hash.md()) == 1
    }
}

fn sign_whole(pair: &Pair, message: &[u8], signature: &mut Signature) -> Option<usize> {
    let mut len = signature.len();
    let digest = &mut Whole::new();
    // SAFETY: our own context; message and signature come with their lengths.
    let done = unsafe {
        EVP_DigestSignInit(digest.raw(), null_mut(), null(), null_mut(), pair.raw()) == 1
            && EVP_DigestSign(
                digest.raw(),
                signature.as_mut_ptr(),
                &mut len,
                message.as_ptr(),
                message.len(),
            ) == 1
    };
    done.then_some(len)
}

fn verify_whole(pair: &Pair, message: &[u8], signature: &[u8]) -> Option<bool> {
    let digest = &mut Whole::new();
    let (text, text_bytes) = (message.as_ptr(), message.len());
    // SAFETY: our own context; message and signature come with their lengths.
    unsafe {
        let ready =
            EVP_DigestVerifyInit(digest.raw(), null_mut(), null(), null_mut(), pair.raw()) == 1;
        ready.then(|| {
            EVP_DigestVerify(digest.raw(), signature.as_ptr(), signature.len(), text, text_bytes)
                == 1
        })
    }
}

/// `digest`: 64 bytes. AWS-LC takes the two halves of the pair side by side.
fn sign_prehashed(pair: &Pair, digest: &[u8], signature: &mut Signature) -> Option<usize> {
    let mut halves = Secret::<{ 2 * ED25519_HALF_BYTES }>::zeroed();
    let halves = halves.bytes();
    let (secret, public) = (halves.part(0, ED25519_HALF_BYTES), halves.from(ED25519_HALF_BYTES));
    let [mut secret_bytes, mut public_bytes] = [ED25519_HALF_BYTES; 2];
    // SAFETY: each half has its room; callers give a whole digest, and a signature has room in the target.
    let done = unsafe {
        EVP_PKEY_get_raw_private_key(pair.raw(), secret.start(), &mut secret_bytes)
            & EVP_PKEY_get_raw_public_key(pair.raw(), public.start(), &mut public_bytes)
            & ED25519ph_sign_digest(
                signature.as_mut_ptr(),
                digest.as_ptr(),
                secret.start(),
                null(),
                0,
            )
    };
    (done == 1).then_some(ED25519_SIGNATURE_BYTES)
}

fn verify_prehashed(pair: &Pair, digest: &[u8], signature: &[u8]) -> Option<bool> {
    let mut public = [0; ED25519_HALF_BYTES];
    let mut public_bytes = public.len();
    // SAFETY: the half has its room; digest and signature are as long as they are read.
    unsafe {
        let ready =
            EVP_PKEY_get_raw_public_key(pair.raw(), public.as_mut_ptr(), &mut public_bytes) == 1;
        let is_whole = signature.len() == ED25519_SIGNATURE_BYTES;
        let (text, signature, public) = (digest.as_ptr(), signature.as_ptr(), public.as_ptr());
        ready.then(|| is_whole && ED25519ph_verify_digest(text, signature, public, null(), 0) == 1)
    }
}

/// A context for messages that are signed as a whole.
struct Whole(MaybeUninit<EVP_MD_CTX>);

impl Whole {
    fn new() -> Whole {
        let mut whole = Whole(MaybeUninit::uninit());
        // SAFETY: room for one, which this fills.
        unsafe { EVP_MD_CTX_init(whole.0.as_mut_ptr()) };
        whole
    }

    fn raw(&mut self) -> *mut EVP_MD_CTX {
        self.0.as_mut_ptr()
    }
}

impl Drop for Whole {
    fn drop(&mut self) {
        // SAFETY: it was begun, and nobody uses it any longer.
        unsafe { EVP_MD_CTX_cleanup(self.raw()) };
    }
}
