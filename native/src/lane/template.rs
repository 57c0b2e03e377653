//! Texts with holes, and what goes into them.

use crate::bytes::Bytes;
use crate::random;

/// A byte below this is a hole; texts of ours hold none. What fills each is as in src/http/front/lane.ts.
const HOLES: u8 = 9;

pub type Fills<'fill> = [&'fill [u8]; HOLES as usize];

/// Pieces of text, each but the last followed by a hole.
pub struct Template(Vec<(Vec<u8>, u8)>);

impl Template {
    pub fn of(text: &[u8]) -> Template {
        let pieces = text.split_inclusive(|&byte| byte < HOLES);
        Template(
            pieces
                .map(|piece| match piece.split_last() {
                    Some((&hole, before)) if hole < HOLES => (before.to_vec(), hole),
                    _ => (piece.to_vec(), 0),
                })
                .collect(),
        )
    }

    pub fn len(&self, fills: &Fills) -> usize {
        self.0.iter().map(|(text, hole)| text.len() + fills[*hole as usize].len()).sum()
    }

    /// Hole 0 is none, and is filled with nothing.
    pub fn fill(&self, fills: &Fills, mut put: impl FnMut(&[u8])) {
        for (text, hole) in &self.0 {
            put(text);
            put(fills[*hole as usize]);
        }
    }
}

/// A version 4 UUID; with a time in milliseconds, one of version 7.
pub fn uuid(time_ms: Option<u64>) -> [u8; 36] {
    let mut bytes = [0; 16];
    random::fill(Bytes::of(&mut bytes));
    let version = match time_ms {
        None => 0x40,
        Some(time_ms) => {
            bytes[..6].copy_from_slice(&time_ms.to_be_bytes()[2..]);
            0x70
        }
    };
    bytes[6] = bytes[6] & 0x0f | version;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = [b'-'; 36];
    let mut at = 0;
    for (index, byte) in bytes.iter().enumerate() {
        at += usize::from(matches!(index, 4 | 6 | 8 | 10));
        text[at..at + 2].copy_from_slice(&[hex(byte >> 4), hex(byte & 15)]);
        at += 2;
    }
    text
}

fn hex(digit: u8) -> u8 {
    b"0123456789abcdef"[digit as usize]
}

/// A moment, in the texts that a call needs; worked out once a second.
#[derive(Default)]
pub struct Second {
    seconds: u64,
    /// Such as `2026-11-30T05:55:41Z`.
    pub event_time: Vec<u8>,
    /// Such as `Mon, 30 Nov 2026 05:55:41 GMT`.
    pub date: Vec<u8>,
}

impl Second {
    pub fn turn_to(&mut self, seconds: u64) {
        if self.seconds == seconds && !self.date.is_empty() {
            return;
        }
        const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let (days, rest) = (seconds / 86_400, seconds % 86_400);
        let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
        let (year, month, day) = civil(days);
        let (weekday, name) = (DAYS[(days % 7) as usize], MONTHS[month as usize - 1]);
        let time = format!("{hour:02}:{minute:02}:{second:02}");
        self.seconds = seconds;
        self.event_time = format!("{year:04}-{month:02}-{day:02}T{time}Z").into_bytes();
        self.date = format!("{weekday}, {day:02} {name} {year:04} {time} GMT").into_bytes();
    }
}

/// Year, month and day of a day since 1970-01-01. Source: H. Hinnant, "chrono-compatible low-level date algorithms".
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

/// Seconds since the epoch of `20261130T055541Z`; None for anything else, and for what is no moment.
pub fn seconds_of(text: &[u8]) -> Option<u64> {
    if text.len() != 16 || text[8] != b'T' || text[15] != b'Z' {
        return None;
    }
    let number = |from: usize, to: usize| {
        text[from..to].iter().try_fold(0u64, |value, byte| {
            byte.is_ascii_digit().then(|| value * 10 + u64::from(byte - b'0'))
        })
    };
    let (year, month, day) = (number(0, 4)?, number(4, 6)?, number(6, 8)?);
    let (hour, minute, second) = (number(9, 11)?, number(11, 13)?, number(13, 15)?);
    let is_moment = year >= 1970 && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !is_moment || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let days = days_of(year, month, day);
    // A day that the month does not have is another day.
    (civil(days) == (year, month, day)).then(|| days * 86_400 + hour * 3600 + minute * 60 + second)
}

fn days_of(year: u64, month: u64, day: u64) -> u64 {
    let year = year - u64::from(month <= 2);
    let (era, year_of_era) = (year / 400, year % 400);
    let march_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * march_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}
