//! unsafe: N-API across threads: a bell that another thread rings to have JavaScript call a function, and a batch for it.
//!
//! Whoever has a bell closes it before the function's environment is gone (`at_end_of`); nothing is released behind that.
//! The function is called on its own thread, without arguments. While the bell is there, its event loop does not end,
//! unless it was let go.

use std::ffi::c_void;
use std::ptr::null_mut;

use napi_sys::{
    Status, ThreadsafeFunctionCallMode, ThreadsafeFunctionReleaseMode, napi_add_env_cleanup_hook,
    napi_call_threadsafe_function, napi_create_arraybuffer, napi_create_string_utf8,
    napi_create_threadsafe_function, napi_env, napi_ref_threadsafe_function,
    napi_release_threadsafe_function, napi_threadsafe_function, napi_unref_threadsafe_function,
    napi_value,
};

use crate::bytes::Bytes;
use crate::napi::{Answer, Call};
use crate::refusal::{Outcome, Refusal};

pub struct Bell {
    function: napi_threadsafe_function,
    is_closed: bool,
}

// SAFETY: N-API makes threadsafe functions for use on any thread; ours is used by one, and released once.
unsafe impl Send for Bell {}

impl Bell {
    /// Rings for the function that is an argument of `call`.
    pub fn of(call: &Call, argument: usize) -> Outcome<Bell> {
        let (env, function) = call.raw(argument);
        let (mut name, mut bell) = (null_mut(), null_mut());
        const NAME: &[u8] = b"sealtrail";
        // SAFETY: a live environment and a value of this call; N-API itself refuses what is no function.
        let status = unsafe {
            napi_create_string_utf8(env, NAME.as_ptr().cast(), NAME.len() as isize, &mut name);
            let (resource, data) = (null_mut(), null_mut());
            napi_create_threadsafe_function(
                env, function, resource, name, 0, 1, data, None, data, None, &mut bell,
            )
        };
        let is_there = status == Status::napi_ok && !bell.is_null();
        if is_there { Ok(Bell { function: bell, is_closed: false }) } else { Err(Refusal::Misused) }
    }

    /// False when there is nobody left to hear it.
    pub fn ring(&mut self) -> bool {
        // SAFETY: the function is ours until N-API says that it is closing, after which it is not touched.
        self.is_closed = self.is_closed
            || unsafe {
                let mode = ThreadsafeFunctionCallMode::nonblocking;
                napi_call_threadsafe_function(self.function, null_mut(), mode) != Status::napi_ok
            };
        !self.is_closed
    }

    /// The event loop of `call`, which is the function's own, does not end.
    pub fn hold(&self, call: &Call) {
        let (env, _) = call.raw(0);
        if !self.is_closed {
            // SAFETY: not closed, and on the function's own thread.
            unsafe { napi_ref_threadsafe_function(env, self.function) };
        }
    }

    /// The event loop of `call`, which is the function's own, may end.
    pub fn let_go(&self, call: &Call) {
        let (env, _) = call.raw(0);
        if !self.is_closed {
            // SAFETY: not closed, and on the function's own thread.
            unsafe { napi_unref_threadsafe_function(env, self.function) };
        }
    }
}

impl Bell {
    /// Rings no more. At the latest in a cleanup hook of the function's own environment, which then deletes it.
    pub fn close(&mut self) {
        if std::mem::replace(&mut self.is_closed, true) {
            return;
        }
        // SAFETY: not closed, so it is still ours to release, once.
        unsafe {
            let mode = ThreadsafeFunctionReleaseMode::release;
            napi_release_threadsafe_function(self.function, mode);
        }
    }
}

/// Calls `hook` with `number` when the environment of `call` ends: hooks of an environment run last in, first out. Once
/// for each pair.
pub fn at_end_of(call: &Call, hook: extern "C" fn(*mut c_void), number: usize) {
    let (env, _) = call.raw(0);
    // SAFETY: a live environment; the hook takes the number for what it is.
    unsafe { napi_add_env_cleanup_hook(env, Some(hook), number as *mut c_void) };
}

/// Pieces that lie side by side in an ArrayBuffer of JavaScript's.
pub struct Batch<'pieces>(pub [&'pieces [u8]; 3]);

impl Answer for Batch<'_> {
    fn give(self, env: napi_env) -> napi_value {
        let (mut data, mut value) = (null_mut(), null_mut());
        let len = self.0.iter().map(|piece| piece.len()).sum();
        // SAFETY: a live environment, and places for the answers; the memory has `len` bytes when there is any.
        unsafe {
            if napi_create_arraybuffer(env, len, &mut data, &mut value) != Status::napi_ok {
                return null_mut();
            }
            let target = Bytes::lent(data.cast(), len);
            let mut at = 0;
            for piece in self.0 {
                target.copy_from(at, piece);
                at += piece.len();
            }
        }
        value
    }
}
