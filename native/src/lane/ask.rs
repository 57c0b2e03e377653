//! A request of the plainest form: what AWS's clients send for Decrypt and GenerateDataKey, most of the time.
//!
//! A body is one object of plain strings (printable ASCII, nothing escaped), and an encryption context of such. Whatever
//! is more, less or twice is JavaScript's: it says what is wrong, and in which words.

/// A longer context is JavaScript's to refuse.
const CONTEXT_BYTES_MAX: usize = 4096;
const AGENT_BYTES_MAX: usize = 1000;
/// No client sends more pairs often.
const PAIRS_MAX: usize = 32;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Decrypt,
    GenerateDataKey,
}

/// What of a head is needed; the signature is looked at in sigv4.rs.
pub struct Head<'request> {
    pub operation: Operation,
    /// key id/date/region/service/terminator
    pub credential: &'request [u8],
    pub date: &'request [u8],
    pub agent: &'request [u8],
}

impl<'request> Head<'request> {
    /// `lines` as front/head.rs writes them.
    pub fn of(lines: &'request [u8]) -> Option<Self> {
        let mut lines = lines.strip_prefix(b"POST\n/\n")?.split(|&byte| byte == b'\n');
        let (mut operation, mut credential, mut date, mut agent) = (None, None, None, &b""[..]);
        while let Some(line) = lines.next().filter(|line| !line.is_empty()) {
            let colon = line.iter().position(|&byte| byte == b':')?;
            let value = &line[colon + 1..];
            match &line[..colon] {
                b"x-amz-target" => operation = Some(operation_of(value)?),
                b"x-amz-date" => date = Some(value),
                b"authorization" => {
                    let rest = value.strip_prefix(b"AWS4-HMAC-SHA256 Credential=")?;
                    credential = rest.split(|&byte| byte == b',').next();
                }
                b"user-agent" => agent = value,
                b"x-amz-security-token" => return None,
                _ => {}
            }
        }
        let is_plain = agent.len() <= AGENT_BYTES_MAX && agent.iter().copied().all(is_plain);
        let (operation, credential, date) = (operation?, credential?, date?);
        is_plain.then_some(Head { operation, credential, date, agent })
    }
}

fn operation_of(target: &[u8]) -> Option<Operation> {
    match target {
        b"TrentService.Decrypt" => Some(Operation::Decrypt),
        b"TrentService.GenerateDataKey" => Some(Operation::GenerateDataKey),
        _ => None,
    }
}

#[derive(Default)]
pub struct Body<'request> {
    /// Base64.
    pub blob: Option<&'request [u8]>,
    pub key_id: Option<&'request [u8]>,
    pub key_spec: Option<&'request [u8]>,
    pub context: Option<Context<'request>>,
}

/// In the order in which it was given.
pub struct Context<'request>(Vec<(&'request [u8], &'request [u8])>);

impl<'request> Body<'request> {
    pub fn of(bytes: &'request [u8]) -> Option<Self> {
        let mut text = Text(bytes);
        let mut body = Body::default();
        text.members(|name, text| {
            let place = match name {
                b"CiphertextBlob" => &mut body.blob,
                b"KeyId" => &mut body.key_id,
                b"KeySpec" => &mut body.key_spec,
                b"EncryptionContext" => {
                    let is_first = body.context.is_none();
                    body.context = Some(Context::of(text)?);
                    return is_first.then_some(());
                }
                _ => return None,
            };
            place.replace(text.string()?).is_none().then_some(())
        })?;
        text.is_over().then_some(body)
    }
}

impl<'request> Context<'request> {
    fn of(text: &mut Text<'request>) -> Option<Self> {
        let mut pairs: Vec<(&[u8], &[u8])> = Vec::new();
        let mut bytes = 0;
        text.members(|name, text| {
            let value = text.string()?;
            bytes += name.len() + value.len();
            // JavaScript puts names that are numbers first, and has its own mind about __proto__.
            let is_odd = name.iter().all(u8::is_ascii_digit) || name.starts_with(b"__");
            let is_new = pairs.iter().all(|(other, _)| *other != name);
            pairs.push((name, value));
            let is_bounded = bytes <= CONTEXT_BYTES_MAX && pairs.len() <= PAIRS_MAX;
            (is_new && !is_odd && is_bounded).then_some(())
        })?;
        Some(Context(pairs))
    }

    /// As src/audit/json.ts has it.
    pub fn write_json(&self, target: &mut Vec<u8>) {
        let mut separator = b'{';
        for (name, value) in &self.0 {
            target.push(separator);
            for (text, end) in [(name, &b"\":"[..]), (value, b"\"")] {
                target.push(b'"');
                target.extend_from_slice(text);
                target.extend_from_slice(end);
            }
            separator = b',';
        }
        if self.0.is_empty() {
            target.push(b'{');
        }
        target.push(b'}');
    }

    /// As src/message/encryption-context.ts has it.
    pub fn write_bytes(&mut self, target: &mut Vec<u8>) {
        if self.0.is_empty() {
            return;
        }
        self.0.sort_unstable();
        target.extend_from_slice(&(self.0.len() as u16).to_be_bytes());
        for text in self.0.iter().flat_map(|(name, value)| [name, value]) {
            target.extend_from_slice(&(text.len() as u16).to_be_bytes());
            target.extend_from_slice(text);
        }
    }
}

/// JSON text that is still to be read.
struct Text<'request>(&'request [u8]);

impl<'request> Text<'request> {
    /// Of an object: `member` reads the value.
    fn members(
        &mut self,
        mut member: impl FnMut(&'request [u8], &mut Self) -> Option<()>,
    ) -> Option<()> {
        self.mark(b'{')?;
        if self.mark(b'}').is_some() {
            return Some(());
        }
        loop {
            let name = self.string()?;
            self.mark(b':')?;
            member(name, self)?;
            if self.mark(b',').is_none() {
                return self.mark(b'}');
            }
        }
    }

    fn string(&mut self) -> Option<&'request [u8]> {
        self.mark(b'"')?;
        let end = self.0.iter().position(|&byte| !is_plain(byte))?;
        let (string, rest) = self.0.split_at(end);
        self.0 = rest.strip_prefix(b"\"")?;
        Some(string)
    }

    fn mark(&mut self, mark: u8) -> Option<()> {
        self.skip_blanks();
        let (&first, rest) = self.0.split_first()?;
        (first == mark).then(|| self.0 = rest)
    }

    fn is_over(&mut self) -> bool {
        self.skip_blanks();
        self.0.is_empty()
    }

    /// JSON's own: a form feed is none.
    fn skip_blanks(&mut self) {
        while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = self.0 {
            self.0 = rest;
        }
    }
}

/// Printable ASCII that JSON does not escape.
fn is_plain(byte: u8) -> bool {
    (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\'
}
