//! The thread, and what it shares with the threads that call it.
//!
//! All is behind one lock, which the thread holds while it appends: who takes the end back waits for the batch that is
//! under way.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::bell::Bell;
use crate::bytes::Bytes;
use crate::napi::Call;
use crate::scribe::block::HEADER_BYTES;
use crate::scribe::loan::{Failure, Loan};

/// Memory for a batch that is kept for the next one.
const KEPT_BYTES: usize = 1024 * 1024;

struct Batch {
    sequences: u32,
    time_ms: u64,
}

struct State {
    loan: Option<Loan>,
    batch: Option<Batch>,
    /// The batch's, behind room for a header.
    block: Vec<u8>,
    /// Whether the last batch is durable.
    is_durable: bool,
    bell: Bell,
    was_lent: bool,
    is_ended: bool,
}

pub struct Scribe {
    state: Mutex<State>,
    work: Condvar,
}

impl Scribe {
    /// With a thread of its own, which rings the bell behind each batch.
    pub fn open(bell: Bell) -> io::Result<Arc<Scribe>> {
        let (loan, batch, block) = (None, None, Vec::new());
        let (is_durable, was_lent, is_ended) = (false, false, false);
        let state = State { loan, batch, block, is_durable, bell, was_lent, is_ended };
        let scribe = Arc::new(Scribe { state: Mutex::new(state), work: Condvar::new() });
        let own = scribe.clone();
        std::thread::Builder::new().name("sealtrail-scribe".into()).spawn(move || own.run())?;
        Ok(scribe)
    }

    /// Whether it is the first time.
    pub fn lend(&self, loan: Loan) -> bool {
        let mut state = self.lock();
        state.loan = Some(loan);
        !std::mem::replace(&mut state.was_lent, true)
    }

    /// The end of the journal, when it was lent.
    pub fn give_back(&self) -> Option<Loan> {
        self.lock().loan.take()
    }

    /// False when the batch is not for here: no end was lent, or it does not fit. The bell keeps the event loop of
    /// `call` alive from now on.
    pub fn append(&self, call: &Call, body: Bytes, sequences: u32, time_ms: u64) -> bool {
        let mut state = self.lock();
        let takes = |loan: &Loan| loan.takes(HEADER_BYTES + body.len());
        if state.batch.is_some() || !state.loan.as_ref().is_some_and(takes) {
            return false;
        }
        state.block.clear();
        state.block.resize(HEADER_BYTES, 0);
        body.append_to(&mut state.block);
        state.batch = Some(Batch { sequences, time_ms });
        state.is_durable = false;
        state.bell.hold(call);
        drop(state);
        self.work.notify_one();
        true
    }

    /// Whether the batch for which the bell rang is durable; the event loop may end again.
    pub fn is_durable(&self, call: &Call) -> bool {
        let state = self.lock();
        state.bell.let_go(call);
        state.is_durable
    }

    pub fn end(&self) {
        self.lock().is_ended = true;
        self.work.notify_one();
    }

    fn run(&self) {
        let mut state = self.lock();
        while !state.is_ended {
            if state.batch.is_none() {
                state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let State { loan, batch, block, is_durable, bell, .. } = &mut *state;
            // An end that was taken back meanwhile, and perhaps lent again, is looked at anew.
            let loan = loan.as_mut().filter(|loan| loan.takes(block.len()));
            if let (Some(loan), Some(batch)) = (loan, batch.take()) {
                let append = || loan.append(block, batch.sequences, batch.time_ms);
                if catch_unwind(AssertUnwindSafe(append)).is_err() {
                    loan.failure = Some(Failure::Sync(0));
                }
                *is_durable = loan.failure.is_none();
            }
            *batch = None;
            block.clear();
            block.shrink_to(KEPT_BYTES);
            bell.ring();
        }
        state.loan = None;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
