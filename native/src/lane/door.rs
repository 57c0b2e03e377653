//! The lane's door from JavaScript. Names, order and sizes are those of src/engine/native/addon.ts.

use std::ffi::c_void;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::bell::at_end_of;
use crate::bytes::Bytes;
use crate::front::door as front;
use crate::lane::answer::Lane;
use crate::lane::table::{BLOB_HEADER_BYTES, HeldKey, Use};
use crate::lane::template::Template;
use crate::napi::Call;
use crate::refusal::{Outcome, Refusal, require};
use crate::scribe::door as scribe;

/// As in src/engine/engine.ts.
const DATA_KEY_BYTES_MAX: usize = 1024;

/// By number; 0 is none. One that has closed leaves its place empty.
static LANES: Mutex<Vec<Option<Arc<Lane>>>> = Mutex::new(Vec::new());

/// laneOpen(front, scribe, bodyBytesMax, keepAlive) → lane
pub fn open(call: &Call) -> Outcome<usize> {
    let (front, scribe) = (front::front(call)?, scribe::scribe_of(call, 1)?);
    let lane = Arc::new(Lane::new(scribe, call.count(2)? as usize, copied(call.bytes(3)?)));
    front.tell(|inbox| inbox.lane = Some(lane.clone()));
    let mut lanes = lanes();
    lanes.push(Some(lane));
    at_end_of(call, close_at_last, lanes.len());
    Ok(lanes.len())
}

/// laneAdmit(lane, name, signingKey, material, header, keyBytes, record, answer)
pub fn admit(call: &Call) -> Outcome<()> {
    let header = call.bytes(4)?;
    let key_bytes = call.count(5)? as usize;
    require(header.len() == BLOB_HEADER_BYTES, Refusal::Misused)?;
    require(key_bytes <= DATA_KEY_BYTES_MAX, Refusal::Misused)?;
    let admitted = Use {
        signing: HeldKey::of(call.key_id(2)?).ok_or(Refusal::Released)?,
        material: HeldKey::of(call.key_id(3)?).ok_or(Refusal::Released)?,
        header: header.array(0),
        key_bytes,
        record: Template::of(&copied(call.bytes(6)?)),
        answer: Template::of(&copied(call.bytes(7)?)),
    };
    lane(call)?.admit(copied(call.bytes(1)?), admitted);
    Ok(())
}

/// laneClear(lane)
pub fn clear(call: &Call) -> Outcome<()> {
    lane(call)?.clear();
    Ok(())
}

/// laneClose(lane)
pub fn close(call: &Call) -> Outcome<()> {
    require(close_number(call.count(0)? as usize), Refusal::Released)
}

extern "C" fn close_at_last(number: *mut c_void) {
    close_number(number as usize);
}

/// Its keys are let go; says whether it was there.
fn close_number(number: usize) -> bool {
    let lane = lanes().get_mut(number.wrapping_sub(1)).and_then(Option::take);
    lane.inspect(|lane| lane.clear()).is_some()
}

fn lane(call: &Call) -> Outcome<Arc<Lane>> {
    let index = (call.count(0)? as usize).wrapping_sub(1);
    lanes().get(index).cloned().flatten().ok_or(Refusal::Released)
}

fn lanes() -> MutexGuard<'static, Vec<Option<Arc<Lane>>>> {
    LANES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn copied(bytes: Bytes) -> Vec<u8> {
    let mut copy = Vec::new();
    bytes.append_to(&mut copy);
    copy
}
