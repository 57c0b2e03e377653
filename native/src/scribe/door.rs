//! The scribe's door from JavaScript. Names, order and sizes are those of src/engine/native/addon.ts.

use std::ffi::c_void;
use std::fs::File;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::bell::{Batch, Bell, at_end_of};
use crate::napi::{Answer, Call};
use crate::refusal::{Outcome, Refusal, require};
use crate::scribe::loan::Loan;
use crate::scribe::place::file_of;
use crate::scribe::writer::Scribe;

const MARK_KEY_BYTES: usize = 32;

/// By number; 0 is none. One that has ended leaves its place empty.
static SCRIBES: Mutex<Vec<Option<Arc<Scribe>>>> = Mutex::new(Vec::new());

/// scribeOpen(bell) → scribe. It ends with its JavaScript thread at the latest.
pub fn open(call: &Call) -> Outcome<usize> {
    let bell = Bell::of(call, 0)?;
    bell.let_go(call);
    let scribe = Scribe::open(bell).map_err(|_| Refusal::ArenaFull)?;
    let mut scribes = scribes();
    scribes.push(Some(scribe));
    let number = scribes.len();
    at_end_of(call, end_at_last, number);
    Ok(number)
}

extern "C" fn end_at_last(number: *mut c_void) {
    end_number(number as usize);
}

/// scribeLend(scribe, journal, mark, end, key?): two file descriptors, which stay the caller's. What was lent goes back
/// with the caller's JavaScript thread at the latest, before that lets go of the data directory.
pub fn lend(call: &Call) -> Outcome<()> {
    let (scribe, journal, mark) = (scribe(call)?, file(call, 1)?, file(call, 2)?);
    let key = call.optional_bytes(4)?;
    require(key.is_none_or(|key| key.len() == MARK_KEY_BYTES), Refusal::Misused)?;
    if scribe.lend(Loan::of(call.bytes(3)?, journal, mark, key).ok_or(Refusal::Misused)?) {
        at_end_of(call, give_back_at_last, call.count(0)? as usize);
    }
    Ok(())
}

extern "C" fn give_back_at_last(number: *mut c_void) {
    let scribe = scribes().get((number as usize).wrapping_sub(1)).cloned().flatten();
    if let Some(scribe) = scribe {
        scribe.give_back();
    }
}

/// scribeGiveBack(scribe) → ArrayBuffer, empty when nothing was lent
pub fn give_back(call: &Call) -> Outcome<Told> {
    let loan = scribe(call)?.give_back();
    Ok(Told(loan.map_or(Vec::new(), |loan| loan.told())))
}

/// scribeAppend(scribe, body, sequences, timeMs) → 1, or 0 when the batch is not for it
pub fn append(call: &Call) -> Outcome<bool> {
    let time_ms = call.number(3)? as u64;
    Ok(scribe(call)?.append(call, call.bytes(1)?, call.count(2)?, time_ms))
}

/// scribeIsDurable(scribe) → 1 or 0
pub fn is_durable(call: &Call) -> Outcome<bool> {
    Ok(scribe(call)?.is_durable(call))
}

/// scribeEnd(scribe)
pub fn end(call: &Call) -> Outcome<()> {
    require(end_number(call.count(0)? as usize), Refusal::Released)
}

pub struct Told(Vec<u8>);

impl Answer for Told {
    fn give(self, env: napi_sys::napi_env) -> napi_sys::napi_value {
        Batch([&self.0, &[], &[]]).give(env)
    }
}

/// Whether it was there.
fn end_number(number: usize) -> bool {
    let scribe = scribes().get_mut(number.wrapping_sub(1)).and_then(Option::take);
    scribe.inspect(|scribe| scribe.end()).is_some()
}

fn scribe(call: &Call) -> Outcome<Arc<Scribe>> {
    scribe_of(call, 0)
}

pub fn scribe_of(call: &Call, argument: usize) -> Outcome<Arc<Scribe>> {
    let index = (call.count(argument)? as usize).wrapping_sub(1);
    scribes().get(index).cloned().flatten().ok_or(Refusal::Released)
}

fn scribes() -> MutexGuard<'static, Vec<Option<Arc<Scribe>>>> {
    SCRIBES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn file(call: &Call, argument: usize) -> Outcome<File> {
    file_of(call.count(argument)?).ok_or(Refusal::Misused)
}
