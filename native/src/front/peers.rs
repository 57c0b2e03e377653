//! So many connections of one address and no more, so that one peer cannot have them all.
//!
//! Loopback has no such bound: whoever is behind a proxy on this machine comes from there. As src/http/peers.ts.

use std::collections::HashMap;
use std::net::IpAddr;

pub struct Peers {
    connections_max: usize,
    counts: HashMap<IpAddr, usize>,
    /// By connection; none for one that is not counted.
    counted: Vec<Option<IpAddr>>,
}

impl Peers {
    pub fn new(connections_max: usize) -> Self {
        Self { connections_max, counts: HashMap::new(), counted: Vec::new() }
    }

    /// False: the address has as many as it may. Who has come in leaves once.
    pub fn enter(&mut self, index: usize, address: IpAddr) -> bool {
        let address = address.to_canonical();
        if address.is_loopback() {
            return true;
        }
        let count = self.counts.entry(address).or_insert(0);
        if *count >= self.connections_max {
            return false;
        }
        *count += 1;
        if self.counted.len() <= index {
            self.counted.resize(index + 1, None);
        }
        self.counted[index] = Some(address);
        true
    }

    pub fn leave(&mut self, index: usize) {
        let Some(address) = self.counted.get_mut(index).and_then(Option::take) else { return };
        let Some(count) = self.counts.get_mut(&address) else { return };
        *count -= 1;
        if *count == 0 {
            self.counts.remove(&address);
        }
    }
}
