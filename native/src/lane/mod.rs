//! Calls that are answered without JavaScript, because it has answered one like them.
//!
//! ```text
//! door            JavaScript opens a lane on a front, admits uses, clears them
//! answer          a request, and the use that it repeats → record and answer, or nothing: then it is JavaScript's
//!   ├── table     what was admitted: signing key, key material, templates
//!   ├── ask       a request of the plainest form: Decrypt or GenerateDataKey
//!   ├── template  texts with holes; times, ids
//!   └── batch     on its way through the journal, with its answers behind it
//! ```
//!
//! Nothing is decided here. A use says: this access key (in this scope) may do this with this key, and so it was
//! recorded and answered. JavaScript admits it when its own call has gone well, and only when no policy looked at
//! anything but who, what and which key; it clears all before it commits any fact. The record of each call is made
//! from JavaScript's own, and is durable before the answer leaves. Every doubt, in form, signature, time, context or
//! ciphertext, leaves the request as it came to JavaScript, which has the last word and all refusals. The other side is
//! src/http/front/lane.ts.

pub mod answer;
mod ask;
pub mod batch;
pub mod door;
mod table;
mod template;
