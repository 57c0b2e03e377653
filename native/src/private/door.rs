//! The door from JavaScript to private keys. Names, order and sizes are those of src/engine/native/addon.ts.
//!
//! Messages, signatures, ciphertexts and keys are read twice by what is behind, Ed25519 for one: where their memory is
//! shared, a copy is read. What goes out is put together here and then copied, but for what is no secret before it leaves.

use crate::napi::{Answer, Call};
use crate::private::holder::{self, Number};
use crate::private::key::PrivateKey;
use crate::private::pair::forget_errors;
use crate::private::signing::{self, MU_BYTES, SIGNATURE_BYTES_MAX};
use crate::private::spec::{Form, Hash, Signing, Spec};
use crate::private::{agreement, maker, oaep};
use crate::refusal::{Outcome, Refusal, require};
use crate::vault::{self, Guarded, Reach, keep_within, use_within};
use crate::xaes::BLOB_OVERHEAD_BYTES;

// As in src/engine/native/private-keys.ts and src/engine/engine.ts.
const PRIVATE_KEY_BYTES_MAX: usize = 2560;
const CONTEXT_BYTES_MAX: usize = 0xffff;

/// privateBlocksInUse(): blocks in the vault, of all threads.
pub fn blocks_in_use(_call: &Call) -> Outcome<usize> {
    Ok(vault::blocks_in_use())
}

/// privateGenerate(spec) → key; not of RSA.
pub fn generate(call: &Call) -> Outcome<Number> {
    let spec = Spec::of(call.count(0)?)?;
    require(!matches!(spec, Spec::Rsa(_)), Refusal::Misused)?;
    let key = keep_within(spec.reach(), || PrivateKey::generate(spec))?;
    Ok(keep(key.expect("AWS-LC makes keys")))
}

/// privateOrder(spec, bell) → the key's number to come; of RSA.
pub fn order(call: &Call) -> Outcome<Number> {
    let spec = Spec::of(call.count(0)?)?;
    require(matches!(spec, Spec::Rsa(_)), Refusal::Misused)?;
    maker::order(call, spec, 1)
}

/// privateTake(key) → 1 when it is there from now on, or 0
pub fn take(call: &Call) -> Outcome<bool> {
    maker::take(call, number(call, 0)?)
}

/// privateImport(spec, bytes) → key, or 0
pub fn import(call: &Call) -> Outcome<Option<Number>> {
    let spec = Spec::of(call.count(0)?)?;
    let mut bytes = call.steady_bytes(1)?;
    let bytes = bytes.slice();
    let key = keep_within(spec.reach(), || PrivateKey::read(spec, bytes))?;
    Ok(key.map(keep))
}

/// privateExport(key, target) → bytes written
pub fn export(call: &Call) -> Outcome<usize> {
    let target = call.bytes(1)?;
    with_key(call, 0, |key| {
        use_within(key.spec.reach(), || {
            key.show(|bytes| {
                require(bytes.len() <= target.len(), Refusal::TargetFull)?;
                bytes.copy_to(target);
                Ok(bytes.len())
            })
        })?
        .expect("a key has its bytes")
    })
}

/// privateWrap(wrappingKey, key, target, context) → bytes written. `target` has its header.
pub fn wrap(call: &Call) -> Outcome<usize> {
    let (target, context) = (call.bytes(2)?, call.bytes(3)?);
    require(context.len() <= CONTEXT_BYTES_MAX && !context.overlaps(target), Refusal::Misused)?;
    let wrapping_key = crate::holder::key(call, call.key_id(0)?)?;
    with_key(call, 1, |key| {
        use_within(key.spec.reach(), || {
            key.show(|bytes| {
                let blob_bytes = BLOB_OVERHEAD_BYTES + bytes.len();
                require(blob_bytes <= target.len(), Refusal::TargetFull)?;
                wrapping_key.mac.wrap(bytes, target.part(0, blob_bytes), context);
                Ok(blob_bytes)
            })
        })?
        .expect("a key has its bytes")
    })
}

/// privateUnwrap(wrappingKey, spec, blob, context) → key, or 0
pub fn unwrap(call: &Call) -> Outcome<Option<Number>> {
    let (spec, blob, context) = (Spec::of(call.count(1)?)?, call.bytes(2)?, call.bytes(3)?);
    let key_bytes = blob.len().checked_sub(BLOB_OVERHEAD_BYTES).ok_or(Refusal::Misused)?;
    require(key_bytes <= PRIVATE_KEY_BYTES_MAX, Refusal::Misused)?;
    require(context.len() <= CONTEXT_BYTES_MAX && !context.overlaps(blob), Refusal::Misused)?;
    let wrapping_key = crate::holder::key(call, call.key_id(0)?)?;
    let key = keep_within(spec.reach(), || {
        let opened = Guarded::zeroed(key_bytes)?;
        let is_open = wrapping_key.mac.unwrap(blob, context, opened.bytes());
        if is_open { PrivateKey::read(spec, opened.slice()) } else { None }
    })?;
    Ok(key.map(keep))
}

/// privateRelease(key)
pub fn release(call: &Call) -> Outcome<()> {
    holder::release(number(call, 0)?)
}

/// privatePublic(key, target) → bytes written
pub fn public(call: &Call) -> Outcome<usize> {
    let target = call.bytes(1)?;
    with_key(call, 0, |key| key.pair()?.write_public(target).ok_or(Refusal::TargetFull))
}

/// privateSign(key, algorithm, form, message, target) → bytes written
pub fn sign(call: &Call) -> Outcome<usize> {
    let (how, form) = (Signing::of(call.count(1)?)?, Form::of(call.count(2)?)?);
    let (mut message, target) = (call.steady_bytes(3)?, call.bytes(4)?);
    let message = message.slice();
    with_key(call, 0, |key| {
        require_fit(key, how, form, message)?;
        let (pair, mut signature) = (key.pair()?, [0; SIGNATURE_BYTES_MAX]);
        let len = use_within(key.spec.reach(), || {
            signing::sign(pair, how, form, message, &mut signature)
        })?;
        forget_errors();
        let signature = &signature[..len.ok_or(Refusal::KeyUnfit)?];
        require(signature.len() <= target.len(), Refusal::TargetFull)?;
        target.copy_from(0, signature);
        Ok(signature.len())
    })
}

/// privateVerify(key, algorithm, form, message, signature) → 1 or 0
pub fn verify(call: &Call) -> Outcome<bool> {
    let (how, form) = (Signing::of(call.count(1)?)?, Form::of(call.count(2)?)?);
    let (mut message, mut signature) = (call.steady_bytes(3)?, call.steady_bytes(4)?);
    let (message, signature) = (message.slice(), signature.slice());
    with_key(call, 0, |key| {
        require_fit(key, how, form, message)?;
        let pair = key.pair()?;
        let is_genuine =
            use_within(key.spec.reach(), || signing::verify(pair, how, form, message, signature))?;
        Ok(is_genuine.expect("a key verifies"))
    })
}

/// privateEncrypt(key, algorithm, plain, target): `target` is as long as the modulus.
pub fn encrypt(call: &Call) -> Outcome<()> {
    let (hash, target) = (Hash::of_oaep(call.count(1)?)?, call.bytes(3)?);
    let mut plain = call.steady_bytes(2)?;
    let plain = plain.slice();
    with_key(call, 0, |key| {
        let modulus_bytes = modulus_bytes(key)?;
        require(target.len() == modulus_bytes, Refusal::Misused)?;
        // Two hashes and two bytes are the padding's.
        require(plain.len() + 2 * hash.bytes() + 2 <= modulus_bytes, Refusal::Misused)?;
        let pair = key.pair()?;
        let done = use_within(Reach::Pair, || oaep::encrypt(pair, hash, plain, target))?;
        assert!(done, "what fits is encrypted");
        Ok(())
    })
}

/// privateDecrypt(key, algorithm, ciphertext, target) → 0, or 1 and the bytes written. `target` is as long as the modulus.
pub fn decrypt(call: &Call) -> Outcome<usize> {
    let (hash, target) = (Hash::of_oaep(call.count(1)?)?, call.bytes(3)?);
    let mut ciphertext = call.steady_bytes(2)?;
    let ciphertext = ciphertext.slice();
    with_key(call, 0, |key| {
        require(target.len() == modulus_bytes(key)?, Refusal::Misused)?;
        let pair = key.pair()?;
        let opened = use_within(Reach::Pair, || {
            let room = Guarded::zeroed(target.len())?;
            let len = oaep::decrypt(pair, hash, ciphertext, &room)?;
            room.bytes().part(0, len).copy_to(target);
            Some(len)
        })?;
        Ok(opened.map_or(0, |len| 1 + len))
    })
}

/// privateAgree(key, publicKey, target) → bytes written, or 0
pub fn agree(call: &Call) -> Outcome<usize> {
    let (mut peer, target) = (call.steady_bytes(1)?, call.bytes(2)?);
    let peer = peer.slice();
    with_key(call, 0, |key| {
        let Spec::Curve(curve, _) = key.spec else { return Err(Refusal::Misused) };
        let pair = key.pair()?;
        use_within(Reach::Pair, || {
            let Some((room, len)) = agreement::agree(pair, curve, peer) else { return Ok(0) };
            require(len <= target.len(), Refusal::TargetFull)?;
            room.bytes().part(0, len).copy_to(target);
            Ok(len)
        })?
    })
}

/// privateMac(key, algorithm, message, target): `target` is as long as the MAC.
pub fn mac(call: &Call) -> Outcome<()> {
    let (hash, target) = (Hash::of_mac(call.count(1)?)?, call.bytes(3)?);
    let mut message = call.steady_bytes(2)?;
    let message = message.slice();
    require(target.len() == hash.bytes(), Refusal::Misused)?;
    with_key(call, 0, |key| {
        let keyed = key.keyed(hash)?;
        use_within(Reach::Mac, || keyed.of(&[message], target))
    })
}

impl Answer for Number {
    fn give(self, env: napi_sys::napi_env) -> napi_sys::napi_value {
        self.as_f64().give(env)
    }
}

/// No key is 0.
impl Answer for Option<Number> {
    fn give(self, env: napi_sys::napi_env) -> napi_sys::napi_value {
        self.map_or(0.0, Number::as_f64).give(env)
    }
}

fn keep(key: PrivateKey) -> Number {
    let number = Number::next();
    holder::keep(number, key);
    number
}

fn number(call: &Call, argument: usize) -> Outcome<Number> {
    call.number(argument).map(Number::of)
}

fn with_key<T>(
    call: &Call,
    argument: usize,
    use_it: impl FnOnce(&mut PrivateKey) -> Outcome<T>,
) -> Outcome<T> {
    holder::with(number(call, argument)?, use_it)
}

fn require_fit(key: &PrivateKey, how: Signing, form: Form, message: &[u8]) -> Outcome<()> {
    require(key.spec.signs(how, form), Refusal::Misused)?;
    let is_whole = match form {
        Form::Raw => true,
        Form::Digest => how.hash().is_some_and(|hash| hash.bytes() == message.len()),
        Form::Mu => message.len() == MU_BYTES,
    };
    require(is_whole, Refusal::Misused)
}

fn modulus_bytes(key: &PrivateKey) -> Outcome<usize> {
    match key.spec {
        Spec::Rsa(bits) => Ok(bits / 8),
        _ => Err(Refusal::Misused),
    }
}
