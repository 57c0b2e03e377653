//! RSA keys, made on threads of their own: one takes from a tenth of a second to some.
//!
//! A few threads make what all of the process ask for, in order, and end when there is no more to do. Whoever asked gets a
//! number at once, is rung when a key is there, and takes it: from then on his thread holds it. What he does not take is
//! wiped with his thread.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::bell::{Bell, at_end_of};
use crate::napi::Call;
use crate::private::holder::{self, Number};
use crate::private::key::PrivateKey;
use crate::private::spec::Spec;
use crate::refusal::{Outcome, Refusal};
use crate::vault;

/// Keys that are not begun.
const WAITING_MAX: usize = 4096;

static YARD: Mutex<Yard> = Mutex::new(Yard { waiting: VecDeque::new(), makers: 0 });

struct Yard {
    waiting: VecDeque<Order>,
    makers: usize,
}

struct Order {
    number: Number,
    spec: Spec,
    desk: Arc<Desk>,
}

/// Of one thread of JavaScript's.
struct Desk {
    bell: Mutex<Bell>,
    made: Mutex<HashMap<Number, Outcome<PrivateKey>>>,
}

#[derive(Default)]
struct Customer {
    desk: Option<Arc<Desk>>,
    /// Keys that were ordered and not taken.
    open: usize,
}

thread_local! {
    static CUSTOMER: RefCell<Customer> = RefCell::default();
}

/// The number of a key that is being made. `call` has a function as its argument `bell`, which is called as often as
/// something may be there; the first one counts.
pub fn order(call: &Call, spec: Spec, bell: usize) -> Outcome<Number> {
    CUSTOMER.with_borrow_mut(|customer| {
        let desk = customer.desk_of(call, bell)?;
        let number = Number::next();
        YARD.lock().unwrap_or_else(PoisonError::into_inner).add(Order { number, spec, desk })?;
        customer.open += 1;
        if customer.open == 1 {
            customer.hold_loop(call, true);
        }
        Ok(number)
    })
}

/// Whether it is there; this thread holds it from then on. Refused when it could not be made.
pub fn take(call: &Call, number: Number) -> Outcome<bool> {
    CUSTOMER.with_borrow_mut(|customer| {
        let desk = customer.desk.as_ref().ok_or(Refusal::Released)?;
        let Some(made) = lock(&desk.made).remove(&number) else { return Ok(false) };
        customer.open -= 1;
        if customer.open == 0 {
            customer.hold_loop(call, false);
        }
        holder::keep(number, made?);
        Ok(true)
    })
}

impl Customer {
    fn desk_of(&mut self, call: &Call, bell: usize) -> Outcome<Arc<Desk>> {
        if self.desk.is_none() {
            let bell = Bell::of(call, bell)?;
            bell.let_go(call);
            self.desk = Some(Arc::new(Desk { bell: Mutex::new(bell), made: Mutex::default() }));
            at_end_of(call, close, 0);
        }
        self.desk.clone().ok_or(Refusal::Misused)
    }

    /// An event loop stays while keys are made for it.
    fn hold_loop(&self, call: &Call, is_held: bool) {
        let Some(desk) = &self.desk else { return };
        let bell = lock(&desk.bell);
        if is_held { bell.hold(call) } else { bell.let_go(call) }
    }
}

extern "C" fn close(_: *mut c_void) {
    let desk = CUSTOMER.with_borrow_mut(|customer| std::mem::take(customer).desk);
    if let Some(desk) = desk {
        lock(&desk.bell).close();
    }
}

impl Yard {
    fn add(&mut self, order: Order) -> Outcome<()> {
        if self.waiting.len() >= WAITING_MAX {
            return Err(Refusal::ArenaFull);
        }
        self.waiting.push_back(order);
        let makers_max = thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2));
        if self.makers < makers_max {
            let begun = thread::Builder::new().name("sealtrail keys".into()).spawn(make_all);
            self.makers += usize::from(begun.is_ok());
        }
        if self.makers == 0 {
            self.waiting.pop_back();
            return Err(Refusal::ArenaFull);
        }
        Ok(())
    }

    /// None when a maker has no more to do, who ends then.
    fn next(&mut self) -> Option<Order> {
        let order = self.waiting.pop_front();
        self.makers -= usize::from(order.is_none());
        order
    }
}

fn make_all() {
    let next = || YARD.lock().unwrap_or_else(PoisonError::into_inner).next();
    while let Some(Order { number, spec, desk }) = next() {
        let made = catch_unwind(AssertUnwindSafe(|| make(spec)));
        lock(&desk.made).insert(number, made.unwrap_or(Err(Refusal::Panicked)));
        lock(&desk.bell).ring();
    }
}

/// AWS-LC finds primes, or there is no room to look for them.
fn make(spec: Spec) -> Outcome<PrivateKey> {
    vault::keep_within(spec.reach(), || PrivateKey::generate(spec))?.ok_or(Refusal::Panicked)
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
