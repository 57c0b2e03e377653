//! A request head: its bytes by httparse, and what of RFC 9112 that leaves to its callers.
//!
//! Refused here: an unknown method, a line feed alone (§2.2), a missing Host (§3.2), a Content-Length that is none or there twice (§6.3),
//! Transfer-Encoding beside it or other than `chunked` (§6.1). Several Hosts are told apart in src/http/front. What comes
//! out has one form, which src/sigv4/native-signatures.ts and sigv4.rs read too:
//!
//! ```text
//! POST\n/\nhost:kms.example\nx-amz-date:20260102T030405Z\n      each name once, lower-case; values joined by commas
//! ```

use httparse::{EMPTY_HEADER, Error, Header, Request, Status};

use crate::front::Fault;
use crate::front::body::Framing;

/// Another's request means nothing to us (RFC 9110 §9, RFC 5789).
const METHODS: [&str; 9] =
    ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"];
/// More are refused as too large a head.
const HEADERS_MAX: usize = 256;
/// A length of more digits is none that anybody sends.
const LENGTH_DIGITS_MAX: usize = 15;

pub struct Head {
    pub bytes: usize,
    pub framing: Framing,
    /// The client waits for a word before it sends the body.
    pub expects: bool,
    /// No other request follows on this connection.
    pub is_last: bool,
    pub has_many_hosts: bool,
}

/// The head at the beginning of `input`, its lines appended to `lines`; None when it is not whole yet.
pub fn read(input: &[u8], bytes_max: usize, lines: &mut Vec<u8>) -> Result<Option<Head>, Fault> {
    let mut room = [EMPTY_HEADER; HEADERS_MAX];
    let mut request = Request::new(&mut room);
    let bytes = match request.parse(input) {
        Ok(Status::Complete(bytes)) => bytes,
        Ok(Status::Partial) if input.len() > bytes_max => return Err(Fault::HeadTooLarge),
        Ok(Status::Partial) => return Ok(None),
        Err(Error::TooManyHeaders) => return Err(Fault::HeadTooLarge),
        Err(_) => return Err(Fault::NotHttp),
    };
    require(bytes <= bytes_max, Fault::HeadTooLarge)?;
    require(!has_bare_line_feed(&input[..bytes]), Fault::NotHttp)?;
    let (Some(method), Some(target)) = (request.method, request.path) else {
        return Err(Fault::NotHttp);
    };
    require(METHODS.contains(&method), Fault::NotHttp)?;
    let is_modern = request.version == Some(1);
    let headers = &*request.headers;
    let hosts = values(headers, "host").count();
    require(hosts > 0 || !is_modern, Fault::NotHttp)?;
    let framing = framing(headers, is_modern)?;
    write_lines(method, target, headers, lines);
    let has_token = |name, token| values(headers, name).any(|value| holds_token(value, token));
    Ok(Some(Head {
        bytes,
        expects: is_modern && has_token("expect", "100-continue"),
        framing,
        // What follows a CONNECT is no HTTP.
        is_last: !is_modern || method == "CONNECT" || has_token("connection", "close"),
        has_many_hosts: hosts > 1,
    }))
}

fn framing(headers: &[Header], is_modern: bool) -> Result<Framing, Fault> {
    let mut lengths = values(headers, "content-length");
    let mut encodings = values(headers, "transfer-encoding");
    let (length, encoding) = (lengths.next(), encodings.next());
    require(lengths.next().is_none() && encodings.next().is_none(), Fault::NotHttp)?;
    match (length, encoding) {
        (None, None) => Ok(Framing::Length(0)),
        (Some(length), None) => length_of(length).map(Framing::Length),
        (None, Some(encoding)) => {
            let is_chunked = encoding.eq_ignore_ascii_case(b"chunked");
            require(is_modern && is_chunked, Fault::NotHttp)?;
            Ok(Framing::chunked())
        }
        (Some(_), Some(_)) => Err(Fault::NotHttp),
    }
}

fn length_of(value: &[u8]) -> Result<u64, Fault> {
    let is_number = value.iter().all(u8::is_ascii_digit);
    let is_bounded = (1..=LENGTH_DIGITS_MAX).contains(&value.len());
    require(is_number && is_bounded, Fault::NotHttp)?;
    Ok(value.iter().fold(0, |length, digit| length * 10 + u64::from(digit - b'0')))
}

fn write_lines(method: &str, target: &str, headers: &[Header], lines: &mut Vec<u8>) {
    lines.extend_from_slice(method.as_bytes());
    lines.push(b'\n');
    lines.extend_from_slice(target.as_bytes());
    lines.push(b'\n');
    for (index, header) in headers.iter().enumerate() {
        let is_same = |other: &Header| other.name.eq_ignore_ascii_case(header.name);
        if headers[..index].iter().any(is_same) {
            continue;
        }
        lines.extend(header.name.bytes().map(|byte| byte.to_ascii_lowercase()));
        let mut separator = b':';
        for value in values(&headers[index..], header.name) {
            lines.push(separator);
            lines.extend_from_slice(value);
            separator = b',';
        }
        lines.push(b'\n');
    }
}

fn values<'head>(
    headers: &'head [Header<'head>],
    name: &'head str,
) -> impl Iterator<Item = &'head [u8]> {
    let is_named = move |header: &&Header| header.name.eq_ignore_ascii_case(name);
    headers.iter().filter(is_named).map(|header| header.value.trim_ascii())
}

fn holds_token(value: &[u8], token: &str) -> bool {
    let is_token = |part: &[u8]| part.trim_ascii().eq_ignore_ascii_case(token.as_bytes());
    value.split(|&byte| byte == b',').any(is_token)
}

fn has_bare_line_feed(head: &[u8]) -> bool {
    let mut before = 0;
    head.iter().any(|&byte| std::mem::replace(&mut before, byte) != b'\r' && byte == b'\n')
}

fn require(claim: bool, otherwise: Fault) -> Result<(), Fault> {
    if claim { Ok(()) } else { Err(otherwise) }
}
