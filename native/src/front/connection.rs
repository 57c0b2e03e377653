//! One client: its bytes in, its requests one after the other, its answers out.
//!
//! ```text
//! Idle ─ first byte → Head ─ whole → Serving ─ answered, body read off → Idle
//!                       └─ fault ──────┴─ the last → Lingering: what still comes is thrown away, for a moment
//! ```
//!
//! A body that came with its head is handed over with it. Another is read when JavaScript asks, a piece at a time, so
//! that who sends much waits for us. Each call says whether the connection is to live on; who waited for an answer of a
//! dead one is told by port.rs.

use std::time::{Duration, Instant};

use mio::net::TcpStream;

use crate::front::body::{Body, Framing};
use crate::front::buffer::Buffer;
use crate::front::desk::Desk;
use crate::front::exchange::{BREAK, EXPECTS, HAS_MANY_HOSTS, IS_LAST, Kind, LAST, MORE, Turn};
use crate::front::head::{self, Head};
use crate::front::socket::{READ_BYTES, Received, Socket};
use crate::front::{Fault, Settings};
use crate::lane::answer::Request;

/// So that one client that always has more to send does not keep the others waiting.
const READS_MAX: usize = 4;
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
/// For a client to read its last answer before the connection is gone.
const LINGER: Duration = Duration::from_secs(2);

pub struct Connection {
    socket: Socket,
    remote: String,
    turn: Turn,
    phase: Phase,
    /// When the phase, or the request that it is about, began.
    since: Instant,
    /// The connection ends after the answer.
    is_last: bool,
}

enum Phase {
    Idle,
    Head,
    /// With what is still to come of the body.
    Serving {
        body: Option<Body>,
        is_answered: bool,
        flow: Flow,
    },
    Lingering,
}

/// Of an answer that comes in pieces.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    /// None has come.
    Nothing,
    /// JavaScript is to hear when what there is has left.
    Owed,
    /// It has heard.
    Told,
}

/// What looking at the input came to.
enum Step {
    Done,
    /// More bytes are needed, or an answer.
    Waiting,
    Dead,
}

impl Connection {
    pub fn new(stream: TcpStream, remote: String, index: u32, now: Instant) -> Self {
        Connection {
            socket: Socket::new(stream, now),
            remote,
            turn: Turn { connection: index, serial: 0 },
            phase: Phase::Head,
            since: now,
            is_last: false,
        }
    }

    pub fn stream(&mut self) -> &mut TcpStream {
        self.socket.stream()
    }

    /// The request that waits for its answer.
    pub fn waiting(&self) -> Option<Turn> {
        matches!(self.phase, Phase::Serving { is_answered: false, .. }).then_some(self.turn)
    }

    /// `is_ended`: the client sends no more than what is there.
    pub fn ready(&mut self, is_ended: bool, desk: &mut Desk) -> bool {
        self.socket.told(is_ended);
        self.advance(desk)
    }

    /// `bytes`: the answer, or some of it.
    pub fn answer(&mut self, serial: u32, flags: u32, bytes: &[u8], desk: &mut Desk) -> bool {
        let Phase::Serving { body, is_answered, flow } = &mut self.phase else { return true };
        if *is_answered || self.turn.serial != serial {
            return true;
        }
        *is_answered = flags & MORE == 0;
        if flags & MORE != 0 {
            *flow = Flow::Owed;
        }
        // Who was never asked for its body may send it or not: where the next request begins is unknown.
        let is_uninvited = body.as_ref().is_some_and(|body| body.expects);
        self.is_last |= flags & LAST != 0 || is_uninvited;
        // What is left of the body has its time from now on.
        self.since = desk.now;
        flags & BREAK == 0 && self.socket.send(bytes, desk.now).is_ok() && self.advance(desk)
    }

    /// JavaScript asks for more of the body.
    pub fn ask(&mut self, serial: u32, desk: &mut Desk) -> bool {
        let Phase::Serving { body: Some(body), .. } = &mut self.phase else { return true };
        if self.turn.serial != serial {
            return true;
        }
        body.is_wanted = true;
        self.since = desk.now;
        let is_invited = std::mem::take(&mut body.expects);
        let is_sent = !is_invited || self.socket.send(CONTINUE, desk.now).is_ok();
        is_sent && self.advance(desk)
    }

    /// Looks at the clock.
    pub fn check(&mut self, desk: &mut Desk) -> bool {
        let Settings { headers_timeout, request_timeout, keep_alive, .. } = desk.settings;
        let waited = desk.now - self.since;
        if self.socket.has_output() {
            return desk.now - self.socket.moved <= keep_alive + request_timeout;
        }
        match &self.phase {
            Phase::Idle => waited <= keep_alive && self.advance(desk),
            Phase::Lingering => waited <= LINGER,
            Phase::Head if waited > headers_timeout.min(request_timeout) => {
                self.refuse(Fault::TooLate, desk) && self.advance(desk)
            }
            // How long all of it may take is JavaScript's to say.
            Phase::Serving { body: Some(body), is_answered, .. }
                if (body.is_wanted || *is_answered) && waited > request_timeout =>
            {
                self.refuse(Fault::TooLate, desk) && self.advance(desk)
            }
            _ => self.advance(desk),
        }
    }

    /// As far as it goes, or as long as is fair.
    pub fn advance(&mut self, desk: &mut Desk) -> bool {
        let mut reads = 0;
        loop {
            if self.socket.flush(desk.now).is_err() {
                return false;
            }
            self.tell_sent(desk);
            match self.step(desk) {
                Step::Done => continue,
                Step::Dead => return false,
                Step::Waiting => {}
            }
            let room = self.room(desk);
            if !self.socket.is_readable() || room == 0 {
                return true;
            }
            if reads == READS_MAX {
                desk.busy.push(self.turn.connection);
                return true;
            }
            reads += 1;
            match self.socket.receive(&mut desk.scratch[..room]) {
                Ok(Received::Some) => {}
                Ok(Received::NothingYet) => return true,
                Ok(Received::End) => return self.ended(),
                Err(_) => return false,
            }
        }
    }

    /// JavaScript hears that an answer may go on.
    fn tell_sent(&mut self, desk: &mut Desk) {
        let has_output = self.socket.has_output();
        let Phase::Serving { is_answered: false, flow, .. } = &mut self.phase else { return };
        if *flow == Flow::Owed && !has_output {
            *flow = Flow::Told;
            desk.outbox.note(Kind::Sent, self.turn);
        }
    }

    /// How much may be read: without being asked, a client has memory for a head and a small body.
    fn room(&self, desk: &Desk) -> usize {
        let is_asked = match &self.phase {
            Phase::Serving { body: Some(body), is_answered, .. } => body.is_wanted || *is_answered,
            phase => matches!(phase, Phase::Lingering),
        };
        let most = if is_asked { READ_BYTES } else { desk.settings.header_bytes_max + 1 };
        most.saturating_sub(self.socket.input.len()).min(READ_BYTES)
    }

    /// The client sends no more: what has been answered still goes out.
    fn ended(&mut self) -> bool {
        self.is_last = true;
        matches!(self.phase, Phase::Serving { is_answered: true, .. }) && self.socket.has_output()
    }

    fn step(&mut self, desk: &mut Desk) -> Step {
        match &mut self.phase {
            Phase::Lingering => {
                self.socket.input.clear();
                Step::Waiting
            }
            Phase::Idle | Phase::Head if self.socket.input.is_empty() => {
                if desk.is_stopping {
                    Step::Dead
                } else {
                    Step::Waiting
                }
            }
            Phase::Idle => self.enter(Phase::Head, desk),
            Phase::Head => {
                desk.lines.clear();
                let max = desk.settings.header_bytes_max;
                let begun = match head::read(self.socket.input.bytes(), max, &mut desk.lines) {
                    Ok(None) => return Step::Waiting,
                    Ok(Some(head)) => self.begin(head, desk),
                    Err(fault) => Err(fault),
                };
                self.done_or_refused(begun, desk)
            }
            Phase::Serving { is_answered: true, body, .. } => {
                if self.socket.has_output() {
                    return Step::Waiting;
                }
                if self.is_last {
                    self.socket.end();
                    return self.enter(Phase::Lingering, desk);
                }
                match body {
                    None => self.enter(Phase::Idle, desk),
                    Some(_) => self.read_body(desk),
                }
            }
            Phase::Serving { body: Some(body), .. } if body.is_wanted => self.read_body(desk),
            Phase::Serving { .. } => Step::Waiting,
        }
    }

    fn enter(&mut self, phase: Phase, desk: &Desk) -> Step {
        self.phase = phase;
        self.since = desk.now;
        Step::Done
    }

    /// A request whose head is whole: it is handed over.
    fn begin(&mut self, head: Head, desk: &mut Desk) -> Result<(), Fault> {
        let Head { bytes, framing, expects, is_last, has_many_hosts } = head;
        self.socket.input.consume(bytes);
        self.is_last |= is_last;
        let is_empty = framing == Framing::Length(0);
        if expects && is_empty {
            // A client that waits for it, and reads an answer instead, may misread its next one. What fails here
            // fails at the next flush.
            let _ = self.socket.send(CONTINUE, desk.now);
        }
        let expects = expects && !is_empty;
        let mut body = Body { framing, piece: Buffer::default(), is_wanted: false, expects };
        if !expects {
            body.read(&mut self.socket.input)?;
        }
        self.turn.serial = desk.next_serial();
        let is_whole = body.framing.is_over();
        let mut kind = if is_whole { Kind::Whole } else { Kind::Begun } as u32;
        for (flag, is_set) in
            [(IS_LAST, is_last), (HAS_MANY_HOSTS, has_many_hosts), (EXPECTS, expects)]
        {
            kind |= if is_set { flag } else { 0 };
        }
        let sent: &[u8] = if is_whole { body.piece.bytes() } else { &[] };
        let lines = std::mem::take(&mut desk.lines);
        let (turn, remote, is_last) = (self.turn, self.remote.as_bytes(), self.is_last);
        let request = Request { turn, kind, is_last, remote, lines: &lines, body: sent };
        let is_answered = is_whole && !has_many_hosts && desk.answer(&request);
        if !is_answered {
            desk.outbox.put(kind, turn, remote, &lines, sent);
        }
        desk.lines = lines;
        let body = (!is_whole).then_some(body);
        self.phase = Phase::Serving { body, is_answered: false, flow: Flow::Nothing };
        Ok(())
    }

    /// What has come of the body goes to JavaScript, or nowhere when that has answered already.
    fn read_body(&mut self, desk: &mut Desk) -> Step {
        let Phase::Serving { body: place, is_answered, .. } = &mut self.phase else {
            return Step::Waiting;
        };
        let Some(body) = place else { return Step::Waiting };
        if let Err(fault) = body.read(&mut self.socket.input) {
            return self.done_or_refused(Err(fault), desk);
        }
        let is_over = body.framing.is_over();
        if body.piece.is_empty() && !is_over {
            return Step::Waiting;
        }
        if !*is_answered {
            let kind = if is_over { Kind::LastPiece } else { Kind::Piece };
            desk.outbox.put(kind as u32, self.turn, &[], &[], body.piece.bytes());
        }
        body.piece.clear();
        body.is_wanted = false;
        if is_over {
            *place = None;
        }
        Step::Done
    }

    fn done_or_refused(&mut self, outcome: Result<(), Fault>, desk: &mut Desk) -> Step {
        match outcome {
            Ok(()) => Step::Done,
            Err(fault) if self.refuse(fault, desk) => Step::Done,
            Err(_) => Step::Dead,
        }
    }

    /// The fault's answer takes the place of the request's own, and is the last; false when that one has left.
    fn refuse(&mut self, fault: Fault, desk: &mut Desk) -> bool {
        match self.phase {
            Phase::Serving { is_answered: true, .. } => return false,
            Phase::Serving { flow, .. } if flow != Flow::Nothing => return false,
            _ => {}
        }
        if let Some(turn) = self.waiting() {
            desk.outbox.note(Kind::Gone, turn);
        }
        self.phase = Phase::Serving { body: None, is_answered: true, flow: Flow::Nothing };
        self.is_last = true;
        self.socket.send(desk.settings.faults.answer(fault), desk.now).is_ok()
    }
}
