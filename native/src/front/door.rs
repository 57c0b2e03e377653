//! The front's door from JavaScript. Names, order and sizes are those of src/engine/native/addon.ts.

use std::ffi::c_void;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::bell::{Batch, Bell, at_end_of};
use crate::bytes::Bytes;
use crate::front::exchange::{Exchange, Turn};
use crate::front::{Faults, Settings, port};
use crate::napi::{Answer, Call};
use crate::refusal::{Outcome, Refusal, require};

/// A system's error number is told as so much less.
const SYSTEM_ERROR: f64 = -1000.0;
const SETTINGS: usize = 8;

/// By number; 0 is none. A front that has closed leaves its place empty.
static FRONTS: Mutex<Vec<Option<Arc<Exchange>>>> = Mutex::new(Vec::new());

/// frontOpen(address, settings, faults, bell) → front, or -1000 less the system's error number
pub fn open(call: &Call) -> Outcome<f64> {
    let address = text(call.bytes(0)?);
    let address: IpAddr = address.parse().map_err(|_| Refusal::Misused)?;
    let settings = call.words(1)?;
    require(settings.len() == SETTINGS * size_of::<u32>(), Refusal::Misused)?;
    let port = u16::try_from(settings.word(0)).map_err(|_| Refusal::Misused)?;
    let time = |index| Duration::from_millis(settings.word(index).into());
    let settings = Settings {
        header_bytes_max: settings.word(1) as usize,
        headers_timeout: time(2),
        request_timeout: time(3),
        keep_alive: time(4),
        connections_max: settings.word(5) as usize,
        stop_timeout: time(6),
        connections_per_peer_max: settings.word(7) as usize,
        faults: faults(call.bytes(2)?)?,
    };
    match port::open(SocketAddr::new(address, port), settings, Bell::of(call, 3)?) {
        Ok(exchange) => {
            let mut fronts = fronts();
            fronts.push(Some(exchange));
            at_end_of(call, end_at_last, fronts.len());
            Ok(fronts.len() as f64)
        }
        Err(error) => Ok(SYSTEM_ERROR - f64::from(error.raw_os_error().unwrap_or(0))),
    }
}

extern "C" fn end_at_last(number: *mut c_void) {
    let index = (number as usize).wrapping_sub(1);
    if let Some(front) = fronts().get_mut(index).and_then(Option::take) {
        front.close_bell();
        front.tell(|inbox| inbox.is_stopping = true);
    }
}

/// frontPort(front) → port
pub fn port(call: &Call) -> Outcome<usize> {
    Ok(usize::from(front(call)?.port))
}

/// frontTake(front) → ArrayBuffer
pub fn take(call: &Call) -> Outcome<Taken> {
    Ok(Taken(front(call)?))
}

/// frontAnswer(front, answers, bytes)
pub fn answer(call: &Call) -> Outcome<()> {
    let (front, answers, bytes) = (front(call)?, call.bytes(1)?, call.count(2)? as usize);
    require(bytes <= answers.len(), Refusal::Misused)?;
    let answers = answers.part(0, bytes);
    front.tell(|inbox| inbox.answers.push_lent(answers));
    answers.wipe();
    Ok(())
}

/// frontAsk(front, connection, serial)
pub fn ask(call: &Call) -> Outcome<()> {
    let turn = Turn { connection: call.count(1)?, serial: call.count(2)? };
    front(call)?.tell(|inbox| inbox.asked.push(turn));
    Ok(())
}

/// frontStop(front)
pub fn stop(call: &Call) -> Outcome<()> {
    front(call)?.tell(|inbox| inbox.is_stopping = true);
    Ok(())
}

/// frontDrop(front): one that has closed.
pub fn drop(call: &Call) -> Outcome<()> {
    let index = (call.count(0)? as usize).wrapping_sub(1);
    let mut fronts = fronts();
    if let Some(front) = fronts.get_mut(index).ok_or(Refusal::Released)?.take() {
        front.close_bell();
    }
    Ok(())
}

/// What waits in the outbox, as JavaScript gets it.
pub struct Taken(Arc<Exchange>);

impl Answer for Taken {
    fn give(self, env: napi_sys::napi_env) -> napi_sys::napi_value {
        self.0.take(|outbox| {
            let head = [outbox.count, self.0.now_ms()].map(u32::to_ne_bytes);
            Batch([head.as_flattened(), &outbox.rows, outbox.bytes.bytes()]).give(env)
        })
    }
}

pub fn front(call: &Call) -> Outcome<Arc<Exchange>> {
    let index = (call.count(0)? as usize).wrapping_sub(1);
    fronts().get(index).cloned().flatten().ok_or(Refusal::Released)
}

fn fronts() -> MutexGuard<'static, Vec<Option<Arc<Exchange>>>> {
    FRONTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Three answers with a NUL after each.
fn faults(bytes: Bytes) -> Outcome<Faults> {
    let all = copied(bytes);
    let mut each = all.split(|&byte| byte == 0).map(<[u8]>::to_vec);
    let mut next = || each.next().filter(|answer| !answer.is_empty()).ok_or(Refusal::Misused);
    Ok(Faults { not_http: next()?, head_too_large: next()?, too_late: next()? })
}

fn text(bytes: Bytes) -> String {
    String::from_utf8_lossy(&copied(bytes)).into_owned()
}

fn copied(bytes: Bytes) -> Vec<u8> {
    let mut copy = Vec::new();
    bytes.append_to(&mut copy);
    copy
}
