//! What all connections of a port share: its settings, its clock, what goes to JavaScript.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use crate::front::Settings;
use crate::front::exchange::{Exchange, Outbox};
use crate::front::socket::READ_BYTES;
use crate::lane::answer::{self as lane, Lane, Request};
use crate::lane::batch::Batch;
use crate::napi::scrub_stack;

pub struct Desk {
    pub settings: Settings,
    pub outbox: Outbox,
    /// [`READ_BYTES`] to read into; wiped after use.
    pub scratch: Vec<u8>,
    pub lines: Vec<u8>,
    pub now: Instant,
    pub serial: u32,
    pub is_stopping: bool,
    /// Connections that have more to do at once, after the others.
    pub busy: Vec<u32>,
    exchange: Arc<Exchange>,
    pub lane: Option<Arc<Lane>>,
    lane_desk: lane::Desk,
    lane_batch: Option<Box<Batch>>,
}

impl Desk {
    pub fn new(settings: Settings, exchange: Arc<Exchange>) -> Self {
        Desk {
            settings,
            outbox: Outbox::default(),
            scratch: vec![0; READ_BYTES],
            lines: Vec::new(),
            now: Instant::now(),
            serial: 0,
            is_stopping: false,
            busy: Vec::new(),
            exchange,
            lane: None,
            lane_desk: lane::Desk::default(),
            lane_batch: None,
        }
    }

    /// Whether the lane answers it; else nothing was done.
    pub fn answer(&mut self, request: &Request) -> bool {
        let Some(lane) = self.lane.as_ref().filter(|_| !self.is_stopping) else { return false };
        let batch =
            self.lane_batch.get_or_insert_with(|| Box::new(Batch::new(self.exchange.clone())));
        let desk = &mut self.lane_desk;
        let answer = || lane.answer(request, desk, batch).is_some();
        let outcome = catch_unwind(AssertUnwindSafe(answer));
        scrub_stack();
        outcome.unwrap_or_else(|_| {
            // What it was putting together is thrown away; the others of the batch are JavaScript's.
            self.lane_desk = lane::Desk::default();
            if let Some(batch) = self.lane_batch.take() {
                batch.done(false);
            }
            false
        })
    }

    /// What the lane has to answer goes through the journal.
    pub fn send_lane_batch(&mut self) {
        let (Some(lane), true) = (&self.lane, self.has_lane_batch()) else { return };
        let Some(batch) = self.lane_batch.take() else { return };
        if let Err(batch) = lane.scribe.append_lane(batch) {
            batch.done(false);
        }
    }

    fn has_lane_batch(&self) -> bool {
        self.lane_batch.as_ref().is_some_and(|batch| batch.sequences > 0)
    }

    pub fn next_serial(&mut self) -> u32 {
        self.serial = self.serial.wrapping_add(1);
        self.serial
    }
}
