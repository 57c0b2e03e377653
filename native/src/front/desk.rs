//! What all connections of a port share: its settings, its clock, what goes to JavaScript.

use std::time::Instant;

use crate::front::Settings;
use crate::front::exchange::Outbox;
use crate::front::socket::READ_BYTES;

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
}

impl Desk {
    pub fn new(settings: Settings) -> Self {
        Desk {
            settings,
            outbox: Outbox::default(),
            scratch: vec![0; READ_BYTES],
            lines: Vec::new(),
            now: Instant::now(),
            serial: 0,
            is_stopping: false,
            busy: Vec::new(),
        }
    }

    pub fn next_serial(&mut self) -> u32 {
        self.serial = self.serial.wrapping_add(1);
        self.serial
    }
}
