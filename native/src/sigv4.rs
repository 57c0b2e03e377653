//! unsafe: AWS Signature Version 4 in its common form: is this request signed by that key?
//!
//! ```text
//! head   POST\n/\nhost:kms.example\nx-amz-date:20260102T030405Z\nauthorization:AWS4-HMAC-SHA256 Credential=…\n
//! ```
//!
//! The common form: an Authorization header as AWS's clients write it, the path `/` without a query, plain header
//! values, a body in one piece. "No" means only that nothing was shown: src/sigv4/verify-signature.ts then looks itself
//! and says why. So every doubt is a no, and a yes must be one there too. Time, scope and caller are its business.
//! Source: IAM user guide, "Create a signed AWS API request"; src/sigv4/canonical-request.ts.

use std::ptr::null_mut;

use aws_lc_sys::{EVP_sha256, HMAC, SHA256};

use crate::bytes::{Bytes, Secret};
use crate::gcm::KEY_BYTES;
use crate::refusal::{Outcome, Refusal, require};

const DIGEST_BYTES: usize = 32;
const HEX_BYTES: usize = 2 * DIGEST_BYTES;
const AUTHORIZATION: &[u8] = b"AWS4-HMAC-SHA256 Credential=";
/// As many headers as are looked at; who sends more is looked at in JavaScript.
const HEADERS_MAX: usize = 64;
/// key id, date, region, service, terminator
const SCOPE_PARTS: usize = 5;

/// Writes the signing key of `credential` (key id/date/region/service/aws4_request) to `target`.
pub fn derive(secret: Bytes, credential: &[u8], target: Bytes) -> Outcome<()> {
    let parts: Vec<_> = credential.split(|&byte| byte == b'/').collect();
    require(parts.len() == SCOPE_PARTS && target.len() == KEY_BYTES, Refusal::Misused)?;
    let mut first = Vec::with_capacity(4 + secret.len());
    first.extend_from_slice(b"AWS4");
    secret.append_to(&mut first);
    let mut key = Secret::<DIGEST_BYTES>::zeroed();
    hmac(Bytes::of(&mut first), parts[1], key.bytes());
    Bytes::of(&mut first).wipe();
    for part in &parts[2..] {
        let mut next = Secret::<DIGEST_BYTES>::zeroed();
        hmac(key.bytes(), part, next.bytes());
        next.copy_to(key.bytes());
    }
    key.copy_to(target);
    Ok(())
}

/// Whether `head` and `body` carry the signature of `key`.
pub fn is_signed(key: Bytes, head: &[u8], body: Bytes) -> bool {
    signature_shown(key, head, body).is_some()
}

fn signature_shown(key: Bytes, head: &[u8], body: Bytes) -> Option<()> {
    let mut lines = head.strip_suffix(b"\n")?.split(|&byte| byte == b'\n');
    let method = lines.next()?;
    if lines.next()? != b"/" {
        return None;
    }
    let headers = Headers::of(lines)?;
    let claim = Claim::of(headers.get(b"authorization")?)?;
    let date = headers.get(b"x-amz-date")?;
    let payload = hex(&sha256(body));
    if headers.get(b"x-amz-content-sha256").is_some_and(|declared| declared != payload) {
        return None;
    }

    let mut canonical = Vec::with_capacity(head.len() + HEX_BYTES);
    canonical.extend_from_slice(method);
    canonical.extend_from_slice(b"\n/\n\n");
    for name in claim.signed_headers() {
        canonical.extend_from_slice(name);
        canonical.push(b':');
        canonical.extend_from_slice(plain(headers.get(name)?)?);
        canonical.push(b'\n');
    }
    headers.all_signed(&claim)?;
    canonical.push(b'\n');
    canonical.extend_from_slice(claim.signed_headers);
    canonical.push(b'\n');
    canonical.extend_from_slice(&payload);

    let mut text = Vec::with_capacity(160);
    text.extend_from_slice(b"AWS4-HMAC-SHA256\n");
    text.extend_from_slice(date);
    text.push(b'\n');
    text.extend_from_slice(claim.scope);
    text.push(b'\n');
    text.extend_from_slice(&hex(&sha256(Bytes::reading(&canonical))));
    let mut expected = [0; DIGEST_BYTES];
    hmac(key, &text, Bytes::of(&mut expected));
    Bytes::reading(claim.signature).equals_secret(&hex(&expected)).then_some(())
}

struct Headers<'head> {
    all: [(&'head [u8], &'head [u8]); HEADERS_MAX],
    count: usize,
}

impl<'head> Headers<'head> {
    /// Lines of a lower-case name, a colon and a value.
    fn of(lines: impl Iterator<Item = &'head [u8]>) -> Option<Self> {
        let mut headers = Headers { all: [(&[], &[]); HEADERS_MAX], count: 0 };
        for line in lines {
            let colon = line.iter().position(|&byte| byte == b':')?;
            *headers.all.get_mut(headers.count)? = (&line[..colon], &line[colon + 1..]);
            headers.count += 1;
        }
        Some(headers)
    }

    fn get(&self, name: &[u8]) -> Option<&'head [u8]> {
        self.all[..self.count].iter().find(|(known, _)| *known == name).map(|&(_, value)| value)
    }

    /// The host is signed, and so are all `x-amz-*`; whose a session token is, is asked in JavaScript.
    fn all_signed(&self, claim: &Claim) -> Option<()> {
        let is_signed = |name: &[u8]| claim.signed_headers().any(|signed| signed == name);
        let must_be = |name: &[u8]| name.starts_with(b"x-amz-");
        let names = self.all[..self.count].iter().map(|&(name, _)| name);
        let are_signed = names.clone().filter(|name| must_be(name)).all(is_signed);
        (are_signed && is_signed(b"host")).then_some(())
    }
}

struct Claim<'head> {
    /// date/region/service/terminator
    scope: &'head [u8],
    /// Lower-case names with semicolons between them.
    signed_headers: &'head [u8],
    signature: &'head [u8],
}

impl<'head> Claim<'head> {
    /// Three parts in their usual order, each followed by a comma and perhaps a blank.
    fn of(authorization: &'head [u8]) -> Option<Self> {
        let (credential, rest) = until_comma(authorization.strip_prefix(AUTHORIZATION)?)?;
        let (signed_headers, rest) = until_comma(rest.strip_prefix(b"SignedHeaders=")?)?;
        let signature = rest.strip_prefix(b"Signature=")?;
        let slash = credential.iter().position(|&byte| byte == b'/')?;
        let is_lower = signed_headers.iter().all(|&b| b.is_ascii() && !b.is_ascii_uppercase());
        let is_whole = is_lower && signature.len() == HEX_BYTES;
        is_whole.then_some(Claim { scope: &credential[slash + 1..], signed_headers, signature })
    }

    fn signed_headers(&self) -> impl Iterator<Item = &'head [u8]> {
        self.signed_headers.split(|&byte| byte == b';')
    }
}

fn until_comma(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let comma = text.iter().position(|&byte| byte == b',')?;
    let (part, rest) = (&text[..comma], &text[comma + 1..]);
    (!part.contains(&b' ')).then_some((part, rest.strip_prefix(b" ").unwrap_or(rest)))
}

/// The value, if it is its own canonical form: no white space but single blanks inside.
fn plain(value: &[u8]) -> Option<&[u8]> {
    let is_blank = |byte: u8| matches!(byte, b' ' | b'\t' | b'\r');
    let mut was_blank = true;
    for &byte in value {
        let is_blank = is_blank(byte);
        if is_blank && (was_blank || byte != b' ') {
            return None;
        }
        was_blank = is_blank;
    }
    (value.is_empty() || !was_blank).then_some(value)
}

fn sha256(bytes: Bytes) -> [u8; DIGEST_BYTES] {
    let mut digest = [0; DIGEST_BYTES];
    // SAFETY: the source comes with its length, and a digest has 32 bytes.
    unsafe { SHA256(bytes.start(), bytes.len(), digest.as_mut_ptr()) };
    digest
}

/// `target`: 32 bytes.
fn hmac(key: Bytes, text: &[u8], target: Bytes) {
    assert!(target.len() == DIGEST_BYTES);
    // SAFETY: key and text come with their lengths, and the target has the 32 bytes of a digest.
    let done = unsafe {
        let (key_start, target) = (key.start().cast(), target.start());
        HMAC(EVP_sha256(), key_start, key.len(), text.as_ptr(), text.len(), target, null_mut())
    };
    assert!(!done.is_null(), "HMAC takes every key and text");
}

fn hex(digest: &[u8; DIGEST_BYTES]) -> [u8; HEX_BYTES] {
    let mut text = [0; HEX_BYTES];
    for (pair, byte) in text.chunks_exact_mut(2).zip(digest) {
        pair[0] = digit(byte >> 4);
        pair[1] = digit(byte & 15);
    }
    text
}

/// Without a table: the expected signature is a secret until it is compared.
fn digit(value: u8) -> u8 {
    value + b'0' + (b'a' - b'0' - 10) * u8::from(value > 9)
}
