//! unsafe: which private keys there are and what they do, by the numbers that JavaScript gives them.
//!
//! The numbers are places in lists: specs in src/engine/private-keys.ts, algorithms in src/engine/native/private-keys.ts.
//! What does not fit together is refused here. Source: AWS KMS developer guide, "Key spec reference".

use std::ffi::c_int;
use std::ops::RangeInclusive;

use aws_lc_sys::{
    EVP_MD, EVP_sha1, EVP_sha224, EVP_sha256, EVP_sha384, EVP_sha512, NID_MLDSA44, NID_MLDSA65,
    NID_MLDSA87, NID_X9_62_prime256v1, NID_secp256k1, NID_secp384r1, NID_secp521r1,
};

use crate::refusal::{Outcome, Refusal};
use crate::vault::Reach;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Spec {
    /// Bits of the modulus.
    Rsa(usize),
    /// AWS-LC's number of the curve, and the hash of its signatures.
    Curve(c_int, Hash),
    Ed25519,
    Mac(Hash),
    /// AWS-LC's number of the parameters.
    MlDsa(c_int),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    Pss(Hash),
    Pkcs1(Hash),
    Ecdsa(Hash),
    Ed25519,
    Ed25519ph,
    MlDsa,
}

/// What of a message is given.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Raw,
    Digest,
    Mu,
}

const SPECS: [Spec; 15] = [
    Spec::Rsa(2048),
    Spec::Rsa(3072),
    Spec::Rsa(4096),
    Spec::Curve(NID_X9_62_prime256v1, Hash::Sha256),
    Spec::Curve(NID_secp384r1, Hash::Sha384),
    Spec::Curve(NID_secp521r1, Hash::Sha512),
    Spec::Curve(NID_secp256k1, Hash::Sha256),
    Spec::Ed25519,
    Spec::Mac(Hash::Sha224),
    Spec::Mac(Hash::Sha256),
    Spec::Mac(Hash::Sha384),
    Spec::Mac(Hash::Sha512),
    Spec::MlDsa(NID_MLDSA44),
    Spec::MlDsa(NID_MLDSA65),
    Spec::MlDsa(NID_MLDSA87),
];
const SIGNING: [Signing; 12] = [
    Signing::Pss(Hash::Sha256),
    Signing::Pss(Hash::Sha384),
    Signing::Pss(Hash::Sha512),
    Signing::Pkcs1(Hash::Sha256),
    Signing::Pkcs1(Hash::Sha384),
    Signing::Pkcs1(Hash::Sha512),
    Signing::Ecdsa(Hash::Sha256),
    Signing::Ecdsa(Hash::Sha384),
    Signing::Ecdsa(Hash::Sha512),
    Signing::Ed25519,
    Signing::Ed25519ph,
    Signing::MlDsa,
];
const FORMS: [Form; 3] = [Form::Raw, Form::Digest, Form::Mu];
const OAEP: [Hash; 2] = [Hash::Sha1, Hash::Sha256];
const MACS: [Hash; 4] = [Hash::Sha224, Hash::Sha256, Hash::Sha384, Hash::Sha512];

impl Spec {
    pub fn of(number: u32) -> Outcome<Spec> {
        nth(&SPECS, number)
    }

    pub fn reach(self) -> Reach {
        match self {
            Spec::Mac(_) => Reach::Mac,
            Spec::MlDsa(_) => Reach::MlDsa,
            Spec::Rsa(_) | Spec::Curve(..) | Spec::Ed25519 => Reach::Pair,
        }
    }

    pub fn signs(self, how: Signing, form: Form) -> bool {
        let fits = match how {
            Signing::Pss(_) | Signing::Pkcs1(_) => matches!(self, Spec::Rsa(_)),
            Signing::Ecdsa(hash) => matches!(self, Spec::Curve(_, own) if own == hash),
            Signing::Ed25519 | Signing::Ed25519ph => self == Spec::Ed25519,
            Signing::MlDsa => matches!(self, Spec::MlDsa(_)),
        };
        fits && match how {
            Signing::Pss(_) | Signing::Pkcs1(_) | Signing::Ecdsa(_) => form != Form::Mu,
            Signing::Ed25519 => form == Form::Raw,
            Signing::Ed25519ph => form == Form::Digest,
            Signing::MlDsa => form != Form::Digest,
        }
    }
}

impl Signing {
    pub fn of(number: u32) -> Outcome<Signing> {
        nth(&SIGNING, number)
    }

    pub fn hash(self) -> Option<Hash> {
        match self {
            Signing::Pss(hash) | Signing::Pkcs1(hash) | Signing::Ecdsa(hash) => Some(hash),
            Signing::Ed25519ph => Some(Hash::Sha512),
            Signing::Ed25519 | Signing::MlDsa => None,
        }
    }
}

impl Form {
    pub fn of(number: u32) -> Outcome<Form> {
        nth(&FORMS, number)
    }
}

const MAC_KEY_BYTES_MAX: usize = 128;

impl Hash {
    pub fn of_oaep(number: u32) -> Outcome<Hash> {
        nth(&OAEP, number)
    }

    pub fn of_mac(number: u32) -> Outcome<Hash> {
        nth(&MACS, number)
    }

    pub fn bytes(self) -> usize {
        match self {
            Hash::Sha1 => 20,
            Hash::Sha224 => 28,
            Hash::Sha256 => 32,
            Hash::Sha384 => 48,
            Hash::Sha512 => 64,
        }
    }

    /// How long a MAC's key may be: as its output, to 1,024 bits. Source: AWS KMS API, ImportKeyMaterial.
    pub fn mac_key_bytes(self) -> RangeInclusive<usize> {
        self.bytes()..=MAC_KEY_BYTES_MAX
    }

    pub fn md(self) -> *const EVP_MD {
        // SAFETY: no preconditions.
        unsafe {
            match self {
                Hash::Sha1 => EVP_sha1(),
                Hash::Sha224 => EVP_sha224(),
                Hash::Sha256 => EVP_sha256(),
                Hash::Sha384 => EVP_sha384(),
                Hash::Sha512 => EVP_sha512(),
            }
        }
    }
}

fn nth<T: Copy>(list: &[T], number: u32) -> Outcome<T> {
    list.get(number as usize).copied().ok_or(Refusal::Misused)
}
