//! The front's thread: it accepts connections, hears of what they and JavaScript have to say, keeps time, and stops.
//!
//! Each turn of the loop ends with one batch to JavaScript. A panic ends the connection that it came from, and nothing
//! else.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token, Waker};

use crate::bell::Bell;
use crate::front::Settings;
use crate::front::connection::Connection;
use crate::front::desk::Desk;
use crate::front::exchange::{Exchange, Inbox, Kind, Turn};
use crate::front::peers::Peers;
use crate::front::trim::trim;

const LISTENER: Token = Token(usize::MAX);
const WAKER: Token = Token(usize::MAX - 1);
const EVENTS_MAX: usize = 1024;
/// How often the clock is looked at, at least.
const CHECK: Duration = Duration::from_secs(1);
const CHECK_WHEN_STOPPING: Duration = Duration::from_millis(50);
/// Fewer connections leave too little to give back.
const TRIM_AFTER: usize = 256;
/// connection, serial, flags, bytes
const ANSWER_HEAD_BYTES: usize = 16;

struct Port {
    poll: Poll,
    listener: Option<TcpListener>,
    connections: Vec<Option<Connection>>,
    free: Vec<usize>,
    peers: Peers,
    desk: Desk,
    exchange: Arc<Exchange>,
    inbox: Inbox,
    /// When what is then still in flight is broken off.
    stop_at: Option<Instant>,
    /// Connections cannot be taken, such as for want of file descriptors; `check` tries again.
    is_troubled: bool,
    /// Connections that have ended since memory was given back.
    ended: usize,
}

/// Listens when it returns, on a thread of its own.
pub fn open(address: SocketAddr, settings: Settings, bell: Bell) -> io::Result<Arc<Exchange>> {
    let poll = Poll::new()?;
    let mut listener = TcpListener::bind(address)?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let waker = Waker::new(poll.registry(), WAKER)?;
    let exchange = Arc::new(Exchange::new(waker, listener.local_addr()?.port(), bell));
    let mut port = Port {
        poll,
        listener: Some(listener),
        connections: Vec::new(),
        free: Vec::new(),
        peers: Peers::new(settings.connections_per_peer_max),
        desk: Desk::new(settings, exchange.clone()),
        exchange: exchange.clone(),
        inbox: Inbox::default(),
        stop_at: None,
        is_troubled: false,
        ended: 0,
    };
    std::thread::Builder::new().name("sealtrail-front".into()).spawn(move || {
        // Whatever ended the loop: JavaScript hears that it has.
        let _ = catch_unwind(AssertUnwindSafe(|| port.run()));
        port.close();
    })?;
    Ok(exchange)
}

impl Port {
    fn run(&mut self) {
        let mut events = Events::with_capacity(EVENTS_MAX);
        let mut check_at = Instant::now();
        loop {
            let is_busy = !self.desk.busy.is_empty();
            let until_check = check_at.saturating_duration_since(Instant::now());
            let wait = if is_busy { Duration::ZERO } else { until_check };
            match self.poll.poll(&mut events, Some(wait)) {
                Err(error) if error.kind() != ErrorKind::Interrupted => return,
                _ => self.desk.now = Instant::now(),
            }
            self.desk.outbox.now_ms = self.exchange.now_ms();
            for index in std::mem::take(&mut self.desk.busy) {
                self.with(index as usize, Connection::advance);
            }
            for event in &events {
                match event.token() {
                    LISTENER => self.accept(),
                    WAKER => self.hear(),
                    Token(index) => {
                        let is_ended = event.is_read_closed();
                        self.with(index, |client, desk| client.ready(is_ended, desk));
                    }
                }
            }
            if self.desk.now >= check_at {
                check_at = self.desk.now + self.check();
            }
            self.desk.send_lane_batch();
            let is_heard = self.exchange.deliver(&mut self.desk.outbox);
            if !is_heard || (self.desk.is_stopping && self.open() == 0) {
                return;
            }
        }
    }

    fn close(&mut self) {
        for index in 0..self.connections.len() {
            self.end(index);
        }
        self.desk.outbox.note(Kind::Closed, Turn { connection: 0, serial: 0 });
        self.exchange.deliver(&mut self.desk.outbox);
    }

    fn open(&self) -> usize {
        self.connections.len() - self.free.len()
    }

    fn accept(&mut self) {
        while let (Some(listener), false) = (&self.listener, self.is_troubled) {
            match listener.accept() {
                Ok((stream, address)) => {
                    // One too many is closed, as is one that cannot be watched.
                    if self.open() < self.desk.settings.connections_max {
                        let _ = self.admit(stream, address);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    self.is_troubled = true;
                    let code = error.raw_os_error().unwrap_or(0) as u32;
                    let turn = Turn { connection: code, serial: 0 };
                    return self.desk.outbox.note(Kind::Trouble, turn);
                }
            }
        }
    }

    fn admit(&mut self, mut stream: TcpStream, address: SocketAddr) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let index = self.free.last().copied().unwrap_or(self.connections.len());
        if !self.peers.enter(index, address.ip()) {
            return Ok(());
        }
        let interest = Interest::READABLE | Interest::WRITABLE;
        if let Err(error) = self.poll.registry().register(&mut stream, Token(index), interest) {
            self.peers.leave(index);
            return Err(error);
        }
        let remote = address.ip().to_canonical().to_string();
        let connection = Connection::new(stream, remote, index as u32, self.desk.now);
        if self.free.pop().is_some() {
            self.connections[index] = Some(connection);
        } else {
            self.connections.push(Some(connection));
        }
        Ok(())
    }

    /// What JavaScript has said since it was heard last.
    fn hear(&mut self) {
        let mut inbox = std::mem::take(&mut self.inbox);
        self.exchange.hear(&mut inbox);
        if inbox.is_stopping && !self.desk.is_stopping {
            self.desk.is_stopping = true;
            self.listener = None;
            self.stop_at = Some(self.desk.now + self.desk.settings.stop_timeout);
            self.check();
        }
        for Turn { connection, serial } in inbox.asked.drain(..) {
            self.with(connection as usize, |client, desk| client.ask(serial, desk));
        }
        let mut rest = inbox.answers.bytes();
        while let Some((head, after)) = rest.split_at_checked(ANSWER_HEAD_BYTES) {
            let word = |index: usize| {
                let bytes = head[index * 4..][..4].try_into().expect("four bytes");
                u32::from_ne_bytes(bytes)
            };
            let Some((answer, others)) = after.split_at_checked(word(3) as usize) else { break };
            let (serial, flags) = (word(1), word(2));
            self.with(word(0) as usize, |client, desk| client.answer(serial, flags, answer, desk));
            rest = others;
        }
        inbox.answers.clear();
        // The client of one may have gone, and another have come in its place.
        let connections = &self.connections;
        self.desk.outbox.append(&mut inbox.bounced, |turn| {
            let connection = connections.get(turn.connection as usize).and_then(Option::as_ref);
            connection.is_some_and(|connection| connection.waiting() == Some(turn))
        });
        if let Some(lane) = inbox.lane.take() {
            self.desk.lane = Some(lane);
        }
        self.inbox = inbox;
    }

    /// All connections look at the clock; says when they should do so again.
    fn check(&mut self) -> Duration {
        for index in 0..self.connections.len() {
            match self.stop_at {
                Some(stop_at) if self.desk.now >= stop_at => self.end(index),
                _ => self.with(index, Connection::check),
            }
        }
        self.is_troubled = false;
        self.accept();
        if self.ended >= TRIM_AFTER {
            self.ended = 0;
            trim();
        }
        let often = if self.desk.is_stopping { CHECK_WHEN_STOPPING } else { CHECK };
        often.min(self.desk.settings.headers_timeout)
    }

    /// `act` says whether the connection lives on.
    fn with(&mut self, index: usize, act: impl FnOnce(&mut Connection, &mut Desk) -> bool) {
        let Some(Some(connection)) = self.connections.get_mut(index) else { return };
        let desk = &mut self.desk;
        let is_alive = catch_unwind(AssertUnwindSafe(|| act(connection, desk))).unwrap_or(false);
        if !is_alive {
            self.end(index);
        }
    }

    fn end(&mut self, index: usize) {
        let Some(mut connection) = self.connections[index].take() else { return };
        if let Some(turn) = connection.waiting() {
            self.desk.outbox.note(Kind::Gone, turn);
        }
        // A socket that is closed is watched no longer, whatever this says.
        let _ = self.poll.registry().deregister(connection.stream());
        self.peers.leave(index);
        self.free.push(index);
        self.ended += 1;
    }
}
