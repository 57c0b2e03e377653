//! unsafe: whether a pair that was read is what its spec says.
//!
//! AWS-LC itself has seen to it that the parts of an RSA key belong together, that a point is on its curve and is that of
//! its scalar, and that nothing stands inside the structure that does not belong there. Source: RFC 8017 §3, RFC 9881 §6.

use std::ptr::{null, null_mut};

use aws_lc_sys::{
    BIGNUM, BN_ULONG, BN_is_word, EC_GROUP_get_curve_name, EC_KEY_get0_group, EC_KEY_set_conv_form,
    EC_KEY_set_enc_flags, EVP_PKEY_ED25519, EVP_PKEY_PQDSA, EVP_PKEY_RSA, EVP_PKEY_get0_EC_KEY,
    EVP_PKEY_get0_RSA, EVP_PKEY_id, NID_MLDSA44, RSA, RSA_bits, RSA_get0_crt_params,
    RSA_get0_factors, RSA_get0_key, point_conversion_form_t,
};

use crate::private::pair::{Pair, forget_errors};
use crate::private::signing::{self, SIGNATURE_BYTES_MAX};
use crate::private::spec::{Form, Hash, Signing, Spec};

const EXPONENT: BN_ULONG = 65_537;
const TRIAL: &[u8] = b"sealtrail";
/// The form of RFC 9881 with the seed alone, up to the seed; the OID's last byte is 0.
const ML_DSA_START: [u8; 22] = [
    0x30, 0x34, 0x02, 0x01, 0x00, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
    0x03, 0x00, 0x04, 0x22, 0x80, 0x20,
];
const ML_DSA_OID_END: usize = 17;
const ML_DSA_BYTES: usize = ML_DSA_START.len() + 32;

/// Whether it is worth reading. AWS-LC reads more forms of an ML-DSA key than it writes, and does not look behind the seed.
pub fn may_be(spec: Spec, pkcs8: &[u8]) -> bool {
    let Spec::MlDsa(parameters) = spec else { return true };
    let mut start = ML_DSA_START;
    start[ML_DSA_OID_END] = 17 + (parameters - NID_MLDSA44) as u8;
    pkcs8.len() == ML_DSA_BYTES && pkcs8.starts_with(&start)
}

/// Of one that may be, and was read. A curve's pair is written in one form from then on.
pub fn is_of(spec: Spec, pair: &Pair) -> bool {
    // SAFETY: a pair of AWS-LC's.
    let kind = unsafe { EVP_PKEY_id(pair.raw()) };
    match spec {
        Spec::Rsa(bits) => kind == EVP_PKEY_RSA && is_rsa(pair, bits),
        Spec::Curve(curve, _) => is_on_curve(pair, curve),
        Spec::Ed25519 => kind == EVP_PKEY_ED25519,
        Spec::MlDsa(_) => kind == EVP_PKEY_PQDSA,
        Spec::Mac(_) => false,
    }
}

/// Whether a pair does what it is for, once, beyond what reading shows; AWS-LC has all that it keeps of it then. That p and
/// q are primes is not looked at, which would take a hundred times as long: where they are not, AWS-LC finds its own
/// signature wrong, now or later, and gives none.
pub fn is_sound(spec: Spec, pair: &Pair) -> bool {
    let Spec::Rsa(_) = spec else { return true };
    let (how, mut signature) = (Signing::Pkcs1(Hash::Sha256), [0; SIGNATURE_BYTES_MAX]);
    let is_signed = signing::sign(pair, how, Form::Raw, TRIAL, &mut signature).is_some();
    forget_errors();
    is_signed
}

fn is_rsa(pair: &Pair, bits: usize) -> bool {
    let Some(rsa) = rsa(pair) else { return false };
    let (mut e, [mut dp, mut dq, mut qi]) = (null(), [null::<BIGNUM>(); 3]);
    // SAFETY: a key of the pair's own, and places for what it shows.
    unsafe {
        RSA_get0_key(rsa, null_mut(), &mut e, null_mut());
        RSA_get0_crt_params(rsa, &mut dp, &mut dq, &mut qi);
        let [p, q] = factors(rsa);
        let is_whole = ![e, p, q, dp, dq, qi].contains(&null());
        is_whole && RSA_bits(rsa) as usize == bits && BN_is_word(e, EXPONENT) == 1
    }
}

pub fn is_on_curve(pair: &Pair, curve: i32) -> bool {
    // SAFETY: a pair of AWS-LC's; what it shows stays there as long as the pair, which nobody else uses meanwhile.
    unsafe {
        let key = EVP_PKEY_get0_EC_KEY(pair.raw());
        if key.is_null() || EC_GROUP_get_curve_name(EC_KEY_get0_group(key)) != curve {
            return false;
        }
        EC_KEY_set_conv_form(key, point_conversion_form_t::POINT_CONVERSION_UNCOMPRESSED);
        EC_KEY_set_enc_flags(key, 0);
    }
    true
}

fn rsa(pair: &Pair) -> Option<*const RSA> {
    // SAFETY: a pair of AWS-LC's, which keeps what it shows.
    let rsa = unsafe { EVP_PKEY_get0_RSA(pair.raw()) };
    (!rsa.is_null()).then_some(rsa.cast_const())
}

fn factors(rsa: *const RSA) -> [*const BIGNUM; 2] {
    let (mut p, mut q) = (null(), null());
    // SAFETY: a key that is there, and places for what it shows.
    unsafe { RSA_get0_factors(rsa, &mut p, &mut q) };
    [p, q]
}
