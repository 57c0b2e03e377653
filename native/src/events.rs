//! Whether lines of text are one JSON object each, and where in them the members lie that say which log file they are for.
//!
//! The same walk as src/trail/ingest/scan.ts, which decides what a line must be; this one only is faster. It looks at memory of
//! the caller's that nobody writes to meanwhile, or at a copy. Source: RFC 8259.

use crate::bytes::Bytes;

/// eventTime, awsRegion, eventID, recipientAccountId: the order of MEMBERS in scan.ts.
const NAMES: [&[u8]; MEMBERS] = [b"eventTime", b"awsRegion", b"eventID", b"recipientAccountId"];
const MEMBERS: usize = 4;
/// Of each line: where it ends, and from and to of each member; 0 and 0 where it is not there.
const WORDS_PER_LINE: usize = 1 + 2 * MEMBERS;

const DEPTH_MAX: usize = 64;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// Fills `words` with the lines of `text` from `start` on, as many as they have room for, up to the first that is not one
/// object, or may not be: about that one the other walk is asked. Gives how many lines there are.
pub fn scan(text: &[u8], start: usize, words: Bytes) -> usize {
    let mut from = start;
    for line in 0..words.len() / 4 / WORDS_PER_LINE {
        let members = find(&text[from..], b'\n').and_then(|length| {
            Scanner { text: &text[from..from + length], at: 0, has_escape: false }
                .object()
                .map(|members| (length, members))
        });
        let Some((length, members)) = members else { return line };
        let first = line * WORDS_PER_LINE;
        words.set_word(first, (from + length) as u32);
        for (i, member) in members.iter().enumerate() {
            let (begin, end) = member.map_or((0, 0), |(begin, end)| (from + begin, from + end));
            words.set_word(first + 1 + 2 * i, begin as u32);
            words.set_word(first + 2 + 2 * i, end as u32);
        }
        from += length + 1;
    }
    words.len() / 4 / WORDS_PER_LINE
}

type Member = Option<(usize, usize)>;

struct Scanner<'text> {
    text: &'text [u8],
    at: usize,
    has_escape: bool,
}

impl Scanner<'_> {
    /// The members of the object that is all of the text, white space around it; nothing when it is none.
    fn object(mut self) -> Option<[Member; MEMBERS]> {
        let mut members = [None; MEMBERS];
        let mut ends = [0u8; DEPTH_MAX + 1];
        let mut depth = 0;
        let mut member = None;
        self.space();
        if self.byte() != b'{' {
            return None;
        }
        loop {
            // A value begins here.
            let byte = self.byte();
            let mut is_item = false;
            if byte == b'{' || byte == b'[' {
                if member.is_some() || depth == DEPTH_MAX {
                    return None;
                }
                depth += 1;
                ends[depth] = byte + 2;
                self.at += 1;
                self.space();
                is_item = self.byte() != ends[depth];
            } else if byte == b'"' {
                let begin = self.at + 1;
                self.string()?;
                if let Some(index) = member.take() {
                    if self.has_escape {
                        return None;
                    }
                    members[index] = Some((begin, self.at - 1));
                }
                self.space();
            } else {
                if member.is_some() {
                    return None;
                }
                if byte <= b'9' {
                    self.number()?
                } else {
                    self.literal()?
                }
                self.space();
            }
            if !is_item {
                // It ends here, and perhaps what it stands in.
                while depth > 0 && self.byte() == ends[depth] {
                    depth -= 1;
                    self.at += 1;
                    self.space();
                }
                if depth == 0 {
                    return (self.at == self.text.len()).then_some(members);
                }
                if self.byte() != b',' {
                    return None;
                }
                self.at += 1;
                self.space();
            }
            if ends[depth] == b'}' {
                if self.byte() != b'"' {
                    return None;
                }
                let begin = self.at + 1;
                self.string()?;
                if depth == 1 {
                    // What is doubtful is the other walk's.
                    if self.has_escape {
                        return None;
                    }
                    let name = &self.text[begin..self.at - 1];
                    member = NAMES.iter().position(|known| *known == name);
                    if member.is_some_and(|index| members[index].is_some()) {
                        return None;
                    }
                }
                self.space();
                if self.byte() != b':' {
                    return None;
                }
                self.at += 1;
                self.space();
            }
        }
    }

    /// 0 behind the end, which stands for nothing.
    fn byte(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(0)
    }

    fn space(&mut self) {
        while matches!(self.byte(), b' ' | b'\t' | b'\r' | b'\n') {
            self.at += 1;
        }
    }

    /// Behind the closing quote.
    fn string(&mut self) -> Option<()> {
        self.has_escape = false;
        self.at += 1;
        loop {
            self.at += plain_length(&self.text[self.at..]);
            match self.byte() {
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                b'\\' => {
                    self.has_escape = true;
                    self.escape()?;
                }
                _ => return None,
            }
        }
    }

    fn escape(&mut self) -> Option<()> {
        match self.text.get(self.at + 1)? {
            b'u' => {
                let digits = self.text.get(self.at + 2..self.at + 6)?;
                self.at += 6;
                digits.iter().all(u8::is_ascii_hexdigit).then_some(())
            }
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {
                self.at += 2;
                Some(())
            }
            _ => None,
        }
    }

    fn number(&mut self) -> Option<()> {
        if self.byte() == b'-' {
            self.at += 1;
        }
        let first = self.byte();
        let begin = self.at;
        self.digits()?;
        if first == b'0' && self.at > begin + 1 {
            return None;
        }
        if self.byte() == b'.' {
            self.at += 1;
            self.digits()?;
        }
        if self.byte() | 0x20 == b'e' {
            self.at += 1;
            if matches!(self.byte(), b'+' | b'-') {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let begin = self.at;
        while self.byte().is_ascii_digit() {
            self.at += 1;
        }
        (self.at > begin).then_some(())
    }

    fn literal(&mut self) -> Option<()> {
        let rest = &self.text[self.at..];
        let word =
            [&b"true"[..], b"false", b"null"].into_iter().find(|word| rest.starts_with(word))?;
        self.at += word.len();
        Some(())
    }
}

/// How many bytes come before the first quote, backslash or control character: eight at a time.
fn plain_length(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(eight) = text.get(at..at + 8) {
        let word = u64::from_le_bytes(eight.try_into().expect("eight bytes"));
        let stops = zeros(word ^ (ONES * 0x22))
            | zeros(word ^ (ONES * 0x5c))
            | (word.wrapping_sub(ONES * 0x20) & !word & HIGHS);
        if stops != 0 {
            return at + stops.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let is_stop = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    at + text[at..].iter().position(is_stop).unwrap_or(text.len() - at)
}

/// The high bit of each byte that is zero; above the lowest of them, perhaps of others.
fn zeros(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGHS
}

fn find(text: &[u8], wanted: u8) -> Option<usize> {
    let mut at = 0;
    while let Some(eight) = text.get(at..at + 8) {
        let word = u64::from_le_bytes(eight.try_into().expect("eight bytes"));
        let found = zeros(word ^ (ONES * u64::from(wanted)));
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    text[at..].iter().position(|byte| *byte == wanted).map(|index| at + index)
}
