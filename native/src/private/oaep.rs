//! unsafe: RSAES-OAEP by AWS-LC, with one hash for all of it and no label.
//!
//! What does not open gives one answer, in time that does not tell why. Source: RFC 8017 §7.1.

use aws_lc_sys::{
    EVP_PKEY_CTX_set_rsa_mgf1_md, EVP_PKEY_CTX_set_rsa_oaep_md, EVP_PKEY_CTX_set_rsa_padding,
    EVP_PKEY_decrypt, EVP_PKEY_decrypt_init, EVP_PKEY_encrypt, EVP_PKEY_encrypt_init,
    RSA_PKCS1_OAEP_PADDING,
};

use crate::bytes::Bytes;
use crate::private::pair::{Context, Pair, forget_errors};
use crate::private::spec::Hash;
use crate::vault::Guarded;

/// `target` is as long as the modulus. False when there is no room.
pub fn encrypt(pair: &Pair, hash: Hash, plain: &[u8], target: Bytes) -> bool {
    let Some(context) = pair.context() else { return false };
    let mut len = target.len();
    // SAFETY: a context of the pair's; plaintext and target come with their lengths.
    unsafe {
        EVP_PKEY_encrypt_init(context.raw()) == 1
            && set_up(&context, hash)
            && EVP_PKEY_encrypt(
                context.raw(),
                target.start(),
                &mut len,
                plain.as_ptr(),
                plain.len(),
            ) == 1
    }
}

/// The plaintext in `room`, which is as long as the modulus, and how long it is; None when it does not open.
pub fn decrypt(pair: &Pair, hash: Hash, ciphertext: &[u8], room: &Guarded) -> Option<usize> {
    let context = pair.context()?;
    let mut len = room.bytes().len();
    // SAFETY: a context of the pair's; ciphertext and room come with their lengths.
    let done = unsafe {
        EVP_PKEY_decrypt_init(context.raw()) == 1
            && set_up(&context, hash)
            && EVP_PKEY_decrypt(
                context.raw(),
                room.bytes().start(),
                &mut len,
                ciphertext.as_ptr(),
                ciphertext.len(),
            ) == 1
    };
    forget_errors();
    done.then_some(len)
}

/// # Safety
/// The context was begun to encrypt or to decrypt.
unsafe fn set_up(context: &Context, hash: Hash) -> bool {
    // SAFETY: a context that was begun, and a hash of AWS-LC's.
    unsafe {
        EVP_PKEY_CTX_set_rsa_padding(context.raw(), RSA_PKCS1_OAEP_PADDING) == 1
            && EVP_PKEY_CTX_set_rsa_oaep_md(context.raw(), hash.md()) == 1
            && EVP_PKEY_CTX_set_rsa_mgf1_md(context.raw(), hash.md()) == 1
    }
}
