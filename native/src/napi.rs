//! unsafe: N-API: what a call brings from JavaScript, and what it takes back.
//!
//! Plain N-API instead of a binding generator: a wrap takes a quarter of a microsecond, and generated
//! glue costs 85 ns for each buffer it hands over (native/README.md). Every function answers with a
//! number (or a string): zero or more, or a `Refusal`. Nothing is thrown and nothing unwinds into V8.

use std::ffi::CStr;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;

use napi_sys::{
    PropertyAttributes, Status, TypedarrayType, ValueType, napi_callback, napi_callback_info,
    napi_create_double, napi_create_int32, napi_create_string_utf8, napi_define_properties,
    napi_env, napi_get_cb_info, napi_get_typedarray_info, napi_get_value_double,
    napi_is_arraybuffer, napi_property_descriptor, napi_typeof, napi_value,
};

use crate::arena::KeyId;
use crate::bytes::{Bytes, Steady};
use crate::refusal::{Outcome, Refusal};

const ARGUMENTS_MAX: usize = 8;
/// Deeper than any door that touches a key goes (5.9 KiB for a message by painting the stack, x86-64).
const SCRUBBED_BYTES: usize = 6656;

/// One call from JavaScript; what it lends is good as long as this lives.
pub struct Call<'call> {
    env: napi_env,
    arguments: [napi_value; ARGUMENTS_MAX],
    lent: PhantomData<&'call ()>,
}

impl Call<'_> {
    /// A Uint8Array (a Buffer is one).
    pub fn bytes(&self, argument: usize) -> Outcome<Bytes<'_>> {
        self.typed_array(argument, TypedarrayType::uint8_array, 1)
    }

    /// A Uint8Array, or undefined.
    pub fn optional_bytes(&self, argument: usize) -> Outcome<Option<Bytes<'_>>> {
        let mut kind = ValueType::napi_undefined;
        // SAFETY: a value of this call, and a place for the answer.
        unsafe { napi_typeof(self.env, self.arguments[argument], &mut kind) };
        if kind == ValueType::napi_undefined {
            return Ok(None);
        }
        self.bytes(argument).map(Some)
    }

    /// A Uint8Array that nobody else writes to during the call: a copy when its memory is shared.
    pub fn steady_bytes(&self, argument: usize) -> Outcome<Steady<'_>> {
        let bytes = self.bytes(argument)?;
        let (mut buffer, mut is_own) = (null_mut(), false);
        // SAFETY: `bytes` showed that this is a typed array; a shared buffer is no ArrayBuffer to N-API.
        unsafe {
            let value = self.arguments[argument];
            let (kind, length, data, offset) = (null_mut(), null_mut(), null_mut(), null_mut());
            napi_get_typedarray_info(self.env, value, kind, length, data, &mut buffer, offset);
            napi_is_arraybuffer(self.env, buffer, &mut is_own);
        }
        Ok(Steady::of(bytes, !is_own))
    }

    /// A Uint8Array that JavaScript promises nobody writes to during the call, though its memory may be shared.
    pub fn still_bytes(&self, argument: usize) -> Outcome<Steady<'_>> {
        self.bytes(argument).map(Steady::Lent)
    }

    /// The bytes of a Uint32Array.
    pub fn words(&self, argument: usize) -> Outcome<Bytes<'_>> {
        self.typed_array(argument, TypedarrayType::uint32_array, size_of::<u32>())
    }

    pub fn number(&self, argument: usize) -> Outcome<f64> {
        let mut number = 0.0;
        // SAFETY: a value of this call, and a place for the answer.
        let status =
            unsafe { napi_get_value_double(self.env, self.arguments[argument], &mut number) };
        if status == Status::napi_ok { Ok(number) } else { Err(Refusal::Misused) }
    }

    /// A whole number from 0 to 2^32 - 1.
    pub fn count(&self, argument: usize) -> Outcome<u32> {
        let number = self.number(argument)?;
        let count = number as u32;
        if f64::from(count) == number { Ok(count) } else { Err(Refusal::Misused) }
    }

    pub fn key_id(&self, argument: usize) -> Outcome<KeyId> {
        self.number(argument).map(KeyId::from_number)
    }

    /// For what N-API itself is asked about an argument.
    pub fn raw(&self, argument: usize) -> (napi_env, napi_value) {
        (self.env, self.arguments[argument])
    }

    fn typed_array(
        &self,
        argument: usize,
        wanted: i32,
        element_bytes: usize,
    ) -> Outcome<Bytes<'_>> {
        let (mut kind, mut length, mut data) = (0, 0, null_mut());
        // SAFETY: a value of this call, and places for the answers. V8 keeps the backing store where it
        // is while the array is reachable, which an argument is until the call returns.
        unsafe {
            let status = napi_get_typedarray_info(
                self.env,
                self.arguments[argument],
                &mut kind,
                &mut length,
                &mut data,
                null_mut(),
                null_mut(),
            );
            if status != Status::napi_ok || kind != wanted {
                return Err(Refusal::Misused);
            }
            Ok(Bytes::lent(data.cast(), length * element_bytes))
        }
    }
}

/// What a door may answer with.
pub trait Answer {
    fn give(self, env: napi_env) -> napi_value;
}

impl Answer for () {
    fn give(self, env: napi_env) -> napi_value {
        int32(env, 0)
    }
}

impl Answer for bool {
    fn give(self, env: napi_env) -> napi_value {
        int32(env, i32::from(self))
    }
}

impl Answer for usize {
    fn give(self, env: napi_env) -> napi_value {
        double(env, self as f64)
    }
}

impl Answer for f64 {
    fn give(self, env: napi_env) -> napi_value {
        double(env, self)
    }
}

impl Answer for KeyId {
    fn give(self, env: napi_env) -> napi_value {
        double(env, self.to_number())
    }
}

/// No key is 0.
impl Answer for Option<KeyId> {
    fn give(self, env: napi_env) -> napi_value {
        double(env, self.map_or(0.0, KeyId::to_number))
    }
}

impl Answer for String {
    fn give(self, env: napi_env) -> napi_value {
        let mut value = null_mut();
        // SAFETY: the string comes with its length, and is copied.
        unsafe {
            napi_create_string_utf8(env, self.as_ptr().cast(), self.len() as isize, &mut value)
        };
        value
    }
}

fn int32(env: napi_env, number: i32) -> napi_value {
    let mut value = null_mut();
    // SAFETY: a live environment, and a place for the answer.
    unsafe { napi_create_int32(env, number, &mut value) };
    value
}

fn double(env: napi_env, number: f64) -> napi_value {
    let mut value = null_mut();
    // SAFETY: a live environment, and a place for the answer.
    unsafe { napi_create_double(env, number, &mut value) };
    value
}

/// # Safety
/// `env` and `info` are those of a call that N-API is making.
pub unsafe fn answer<A: Answer>(
    env: napi_env,
    info: napi_callback_info,
    door: impl FnOnce(&Call) -> Outcome<A>,
) -> napi_value {
    let mut call = Call { env, arguments: [null_mut(); ARGUMENTS_MAX], lent: PhantomData };
    let mut count = ARGUMENTS_MAX;
    // SAFETY: room for `count` arguments; missing ones become undefined.
    unsafe {
        let arguments = call.arguments.as_mut_ptr();
        napi_get_cb_info(env, info, &mut count, arguments, null_mut(), null_mut());
    }
    let outcome = catch_unwind(AssertUnwindSafe(|| enter(&call, door)));
    scrub_stack();
    match outcome {
        Ok(Ok(answer)) => answer.give(env),
        Ok(Err(refusal)) => int32(env, refusal as i32),
        Err(_) => int32(env, Refusal::Panicked as i32),
    }
}

/// A frame of its own, so that all that a door leaves behind lies where `scrub_stack` cleans.
#[inline(never)]
fn enter<A>(call: &Call, door: impl FnOnce(&Call) -> Outcome<A>) -> Outcome<A> {
    door(call)
}

/// AWS-LC leaves the GHASH key in its stack frames, and the compiler may spill any secret.
#[inline(always)]
pub fn scrub_stack() {
    sweep_stack::<SCRUBBED_BYTES>();
}

/// Wipes what the last calls of the caller left below it.
#[inline(never)]
pub fn sweep_stack<const BYTES: usize>() {
    let mut below = MaybeUninit::<[u8; BYTES]>::uninit();
    // SAFETY: our own frame, which any bytes may fill.
    unsafe { Bytes::lent(below.as_mut_ptr().cast(), BYTES) }.wipe();
}

/// # Safety
/// `env` and `exports` are those that N-API gave to the module's registration.
pub unsafe fn define(
    env: napi_env,
    exports: napi_value,
    functions: &[(&'static CStr, napi_callback)],
) {
    let properties: Vec<_> = functions
        .iter()
        .map(|&(name, method)| napi_property_descriptor {
            utf8name: name.as_ptr(),
            name: null_mut(),
            method,
            getter: None,
            setter: None,
            value: null_mut(),
            attributes: PropertyAttributes::enumerable,
            data: null_mut(),
        })
        .collect();
    // SAFETY: the descriptors live through the call, and their names for ever.
    unsafe { napi_define_properties(env, exports, properties.len(), properties.as_ptr()) };
}

/// Exports functions of door.rs under their JavaScript names.
macro_rules! exports {
    ($($name:literal => $door:path,)*) => {
        /// # Safety
        /// Called by N-API, once for each thread that loads the addon.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn napi_register_module_v1(
            env: napi_sys::napi_env,
            exports: napi_sys::napi_value,
        ) -> napi_sys::napi_value {
            #[cfg(windows)]
            // SAFETY: before any other call into N-API.
            std::mem::forget(unsafe { napi_sys::setup() });
            $crate::vault::install();
            let functions = [$({
                unsafe extern "C" fn call(
                    env: napi_sys::napi_env,
                    info: napi_sys::napi_callback_info,
                ) -> napi_sys::napi_value {
                    // SAFETY: N-API is making this call.
                    unsafe { $crate::napi::answer(env, info, $door) }
                }
                let name = const {
                    match std::ffi::CStr::from_bytes_with_nul(concat!($name, "\0").as_bytes()) {
                        Ok(name) => name,
                        Err(_) => panic!("a name without NUL"),
                    }
                };
                (name, Some(call as unsafe extern "C" fn(_, _) -> _))
            },)*];
            // SAFETY: N-API is registering this module.
            unsafe { $crate::napi::define(env, exports, &functions) };
            exports
        }
    };
}
pub(crate) use exports;
