//! The thread, and what it shares with the threads that call it.
//!
//! ```text
//! jobs    what waits to be appended: a batch of JavaScript's, and batches of lanes; locked for a moment only
//! loan    the journal's end; locked while the thread appends, so that who takes it back waits for what is under way
//! ```
//!
//! All that waits goes into one block, behind one sync. What did not become durable goes back to JavaScript, each
//! batch on its own way.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use crate::bell::Bell;
use crate::bytes::Bytes;
use crate::lane::batch::Batch as LaneBatch;
use crate::napi::Call;
use crate::scribe::block::HEADER_BYTES;
use crate::scribe::loan::{Failure, Loan};

/// Memory for a block that is kept for the next one.
const KEPT_BYTES: usize = 1024 * 1024;
/// Lanes wait so long for an end that was taken back: a commit of facts takes less.
const LOAN_WAIT: Duration = Duration::from_millis(50);
/// Batches of lanes that wait, in bytes; what is more is JavaScript's, which bounds all.
const LANE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// When the first of them has waited longer, on a disk that stalls, those that come are JavaScript's, too.
const LANE_WAIT_MAX: Duration = Duration::from_millis(200);

struct Batch {
    body: Vec<u8>,
    sequences: u32,
    time_ms: u64,
}

struct Jobs {
    batch: Option<Batch>,
    /// Memory of the last batch, for the next one.
    spare: Vec<u8>,
    /// Whether the last batch is durable.
    is_durable: bool,
    lanes: Vec<Box<LaneBatch>>,
    lane_bytes: usize,
    /// Since when the first of them waits.
    lanes_since: Instant,
    bell: Bell,
    is_ended: bool,
}

pub struct Scribe {
    jobs: Mutex<Jobs>,
    /// In a box, so that the keyed state of the mark's seal is nowhere else.
    loan: Mutex<Option<Box<Loan>>>,
    is_lent: AtomicBool,
    was_lent: AtomicBool,
    thread: OnceLock<Thread>,
}

impl Scribe {
    /// With a thread of its own, which rings the bell behind each batch of JavaScript's.
    pub fn open(bell: Bell) -> io::Result<Arc<Scribe>> {
        let (batch, spare, lanes) = (None, Vec::new(), Vec::new());
        let (is_durable, lane_bytes, is_ended) = (false, 0, false);
        let lanes_since = Instant::now();
        let jobs =
            Jobs { batch, spare, is_durable, lanes, lane_bytes, lanes_since, bell, is_ended };
        let scribe = Arc::new(Scribe {
            jobs: Mutex::new(jobs),
            loan: Mutex::new(None),
            is_lent: AtomicBool::new(false),
            was_lent: AtomicBool::new(false),
            thread: OnceLock::new(),
        });
        let own = scribe.clone();
        let named = thread::Builder::new().name("sealtrail-scribe".into());
        let handle = named.spawn(move || own.run())?;
        let _ = scribe.thread.set(handle.thread().clone());
        Ok(scribe)
    }

    /// Whether it is the first time.
    pub fn lend(&self, loan: Box<Loan>) -> bool {
        *lock(&self.loan) = Some(loan);
        self.is_lent.store(true, Ordering::Release);
        self.wake();
        !self.was_lent.swap(true, Ordering::Relaxed)
    }

    /// The end of the journal, when it was lent.
    pub fn give_back(&self) -> Option<Box<Loan>> {
        self.is_lent.store(false, Ordering::Release);
        lock(&self.loan).take()
    }

    /// False when no end is lent. Else the bell is rung when it is known what became of the batch, and keeps the event
    /// loop of `call` alive until then.
    pub fn append(&self, call: &Call, body: Bytes, sequences: u32, time_ms: u64) -> bool {
        let mut jobs = lock(&self.jobs);
        if jobs.is_ended || jobs.batch.is_some() || !self.is_lent.load(Ordering::Acquire) {
            return false;
        }
        let mut own = std::mem::take(&mut jobs.spare);
        own.clear();
        body.append_to(&mut own);
        jobs.batch = Some(Batch { body: own, sequences, time_ms });
        jobs.is_durable = false;
        jobs.bell.hold(call);
        drop(jobs);
        self.wake();
        true
    }

    /// Whether the batch for which the bell rang is durable; the event loop may end again.
    pub fn is_durable(&self, call: &Call) -> bool {
        let jobs = lock(&self.jobs);
        jobs.bell.let_go(call);
        jobs.is_durable
    }

    /// What is not taken is JavaScript's.
    pub fn append_lane(&self, batch: Box<LaneBatch>) -> Result<(), Box<LaneBatch>> {
        let mut jobs = lock(&self.jobs);
        let bytes = batch.entries.len();
        let is_late = !jobs.lanes.is_empty() && jobs.lanes_since.elapsed() > LANE_WAIT_MAX;
        let is_room = jobs.lane_bytes + bytes <= LANE_BYTES_MAX && !is_late;
        if jobs.is_ended || !is_room || !self.was_lent.load(Ordering::Relaxed) {
            return Err(batch);
        }
        if jobs.lanes.is_empty() {
            jobs.lanes_since = Instant::now();
        }
        jobs.lane_bytes += bytes;
        jobs.lanes.push(batch);
        drop(jobs);
        self.wake();
        Ok(())
    }

    /// The bell is heard no more.
    pub fn end(&self) {
        let mut jobs = lock(&self.jobs);
        jobs.is_ended = true;
        jobs.bell.close();
        drop(jobs);
        self.wake();
    }

    fn wake(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }

    /// A defect ends it: nothing is taken any more, and who took the end back finds none.
    fn run(&self) {
        if catch_unwind(AssertUnwindSafe(|| self.serve())).is_err() {
            let mut jobs = lock(&self.jobs);
            jobs.is_ended = true;
            jobs.bell.ring();
        }
        self.is_lent.store(false, Ordering::Release);
        *lock(&self.loan) = None;
        for lane in std::mem::take(&mut lock(&self.jobs).lanes) {
            lane.done(false);
        }
    }

    fn serve(&self) {
        let mut block = Vec::new();
        loop {
            let mut jobs = lock(&self.jobs);
            let (batch, lanes) = (jobs.batch.take(), std::mem::take(&mut jobs.lanes));
            jobs.lane_bytes = 0;
            let is_ended = jobs.is_ended;
            drop(jobs);
            if batch.is_none() && lanes.is_empty() {
                if is_ended {
                    break;
                }
                thread::park();
                continue;
            }
            let (is_batch_durable, are_lanes_durable) =
                self.write(&mut block, batch.as_ref(), &lanes);
            for lane in lanes {
                lane.done(are_lanes_durable);
            }
            if let Some(batch) = batch {
                let mut jobs = lock(&self.jobs);
                jobs.spare = batch.body;
                jobs.spare.shrink_to(KEPT_BYTES);
                jobs.is_durable = is_batch_durable;
                jobs.bell.ring();
            }
            block.clear();
            block.shrink_to(KEPT_BYTES);
        }
    }

    /// All in one block, or else the batch alone; says of each whether it is durable.
    fn write(
        &self,
        block: &mut Vec<u8>,
        batch: Option<&Batch>,
        lanes: &[Box<LaneBatch>],
    ) -> (bool, bool) {
        // A batch does not wait: who took the end back says what becomes of it.
        let wait = if batch.is_some() { Duration::ZERO } else { LOAN_WAIT };
        let mut place = self.loan_within(wait);
        let Some(loan) = place.as_mut() else { return (false, false) };
        let is_all = append(loan, block, batch, lanes);
        if is_all || batch.is_none() || lanes.is_empty() || loan.failure.is_some() {
            return (is_all, is_all);
        }
        (append(loan, block, batch, &[]), false)
    }

    /// Locked; empty when nothing was lent in time.
    fn loan_within(&self, wait: Duration) -> MutexGuard<'_, Option<Box<Loan>>> {
        let deadline = Instant::now() + wait;
        loop {
            let place = lock(&self.loan);
            let left = deadline.saturating_duration_since(Instant::now());
            if place.is_some() || left.is_zero() {
                return place;
            }
            drop(place);
            thread::park_timeout(left);
        }
    }
}

/// False when the end does not take it, or it failed.
fn append(
    loan: &mut Loan,
    block: &mut Vec<u8>,
    batch: Option<&Batch>,
    lanes: &[Box<LaneBatch>],
) -> bool {
    block.clear();
    block.resize(HEADER_BYTES, 0);
    let (mut sequences, mut time_ms) = (0, 0);
    if let Some(batch) = batch {
        block.extend_from_slice(&batch.body);
        (sequences, time_ms) = (batch.sequences, batch.time_ms);
    }
    for lane in lanes {
        block.extend_from_slice(&lane.entries);
        sequences += lane.sequences;
        time_ms = time_ms.max(lane.time_ms);
    }
    if !loan.takes(block.len()) {
        return false;
    }
    let write = || loan.append(block, sequences, time_ms);
    if catch_unwind(AssertUnwindSafe(write)).is_err() {
        loan.failure = Some(Failure::Sync(0));
    }
    loan.failure.is_none()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
