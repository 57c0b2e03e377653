//! Where the body of a request ends: after so many bytes, or after its last chunk.
//!
//! ```text
//! 4;extension\r\n body \r\n 0\r\n trailer: dropped\r\n \r\n
//! ```
//!
//! Every line ends with both CR and LF. Source: RFC 9112 §6, §7.1.

use crate::front::Fault;
use crate::front::buffer::Buffer;

/// Size lines and trailers beyond this are refused.
const LINES_BYTES_MAX: usize = 4096;
const SIZE_DIGITS_MAX: usize = 8;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framing {
    /// So many bytes are still to come.
    Length(u64),
    Chunked {
        next: Next,
        line_bytes_left: usize,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    SizeLine,
    Data(u64),
    DataEnd,
    Trailer,
    Nothing,
}

/// A body of which there is more to come.
pub struct Body {
    pub framing: Framing,
    /// What has come and was not handed over.
    pub piece: Buffer,
    /// JavaScript has asked for a piece.
    pub is_wanted: bool,
    /// The client waits to be asked.
    pub expects: bool,
}

impl Body {
    /// Takes what `input` holds of it.
    pub fn read(&mut self, input: &mut Buffer) -> Result<(), Fault> {
        let used = self.framing.read(input.bytes(), &mut self.piece)?;
        input.consume(used);
        Ok(())
    }
}

impl Framing {
    pub fn chunked() -> Self {
        Framing::Chunked { next: Next::SizeLine, line_bytes_left: LINES_BYTES_MAX }
    }

    pub fn is_over(&self) -> bool {
        matches!(self, Framing::Length(0) | Framing::Chunked { next: Next::Nothing, .. })
    }

    /// Appends what `input` holds of the body to `body` and says how much of `input` was used.
    pub fn read(&mut self, input: &[u8], body: &mut Buffer) -> Result<usize, Fault> {
        match self {
            Framing::Length(left) => Ok(data(input, left, body)),
            Framing::Chunked { next, line_bytes_left } => {
                let mut used = 0;
                while let Some((bytes, after)) = chunk_step(*next, &input[used..], body)? {
                    if !matches!(next, Next::Data(_)) {
                        *line_bytes_left =
                            line_bytes_left.checked_sub(bytes).ok_or(Fault::NotHttp)?;
                    }
                    if after == Next::SizeLine {
                        *line_bytes_left = LINES_BYTES_MAX;
                    }
                    used += bytes;
                    *next = after;
                }
                let is_line_endless = input.len() - used > *line_bytes_left;
                if is_line_endless && *next != Next::Nothing {
                    return Err(Fault::NotHttp);
                }
                Ok(used)
            }
        }
    }
}

/// What was used, and what is next; None when more bytes are needed.
fn chunk_step(next: Next, input: &[u8], body: &mut Buffer) -> Result<Option<(usize, Next)>, Fault> {
    match next {
        Next::Nothing => Ok(None),
        Next::Data(mut left) => {
            let used = data(input, &mut left, body);
            let after = if left == 0 { Next::DataEnd } else { Next::Data(left) };
            Ok((used > 0).then_some((used, after)))
        }
        _ => {
            let Some((line, used)) = line(input)? else { return Ok(None) };
            let after = match next {
                Next::SizeLine => match chunk_size(line)? {
                    0 => Next::Trailer,
                    size => Next::Data(size),
                },
                Next::DataEnd if line.is_empty() => Next::SizeLine,
                Next::Trailer if line.is_empty() => Next::Nothing,
                Next::Trailer => Next::Trailer,
                _ => return Err(Fault::NotHttp),
            };
            Ok(Some((used, after)))
        }
    }
}

fn data(input: &[u8], left: &mut u64, body: &mut Buffer) -> usize {
    let used = input.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
    body.push(&input[..used]);
    *left -= used as u64;
    used
}

/// A line without its end, and its bytes with it.
fn line(input: &[u8]) -> Result<Option<(&[u8], usize)>, Fault> {
    // What cannot become a line is not waited for.
    let is_text = |&byte: &u8| byte == b'\t' || (byte >= b' ' && byte != 0x7f);
    let Some(end) = input.iter().position(|byte| !is_text(byte)) else { return Ok(None) };
    match input[end..] {
        [b'\r', b'\n', ..] => Ok(Some((&input[..end], end + 2))),
        [b'\r'] => Ok(None),
        _ => Err(Fault::NotHttp),
    }
}

fn chunk_size(line: &[u8]) -> Result<u64, Fault> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let is_number = (1..=SIZE_DIGITS_MAX).contains(&digits);
    let is_whole = matches!(line.get(digits), None | Some(b';' | b' ' | b'\t'));
    if !is_number || !is_whole {
        return Err(Fault::NotHttp);
    }
    let value = |byte: u8| u64::from((byte as char).to_digit(16).unwrap_or(0));
    Ok(line[..digits].iter().fold(0, |size, &byte| size * 16 + value(byte)))
}
