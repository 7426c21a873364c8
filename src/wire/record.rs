//! The reply to `RECORD`: a part of what the caller has recorded of this library's inputs, for a replay elsewhere.

use core::fmt;

use serde::{Serialize, Serializer};

use super::reply::line;
use super::request::Request;
use crate::error::Result;
use crate::refusal::Refusal;

/// Bytes of a record in one reply at most, a multiple of three.
const MOST: usize = 24_576;

/// Bytes of the reply around them at most.
const AROUND: usize = 128;

/// Bytes, as text (RFC 4648 §4).
struct Base64<'d>(&'d [u8]);

const DIGITS: [u8; 64] = *b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

impl fmt::Display for Base64<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for group in self.0.chunks(3) {
            let byte = |at: usize| group.get(at).copied().map_or(0, u32::from);
            let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
            let digit = |at: usize, shift: u32| {
                let digit = usize::try_from(bits >> shift & 63).ok().and_then(|value| DIGITS.get(value));
                if at > group.len() { '=' } else { digit.copied().map_or('=', char::from) }
            };
            let text = [digit(0, 18), digit(1, 12), digit(2, 6), digit(3, 0)];
            text.iter().try_for_each(|digit| fmt::Write::write_char(f, *digit))?;
        }
        Ok(())
    }
}

impl Serialize for Base64<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A part of a record.
#[derive(Serialize)]
struct Part<'a> {
    reply: &'a str,
    ok: bool,
    serial: u32,
    size: u64,
    offset: u64,
    data: Base64<'a>,
}

/// From which byte on a client wants the record of that serial.
fn wanted(request: &Request, serial: u32, len: usize) -> core::result::Result<usize, Refusal> {
    if request.argument.is_empty() {
        return Ok(0);
    }
    let usage = || Refusal::new(&["expected RECORD, or RECORD SERIAL OFFSET"]);
    let mut words = request.words().split_ascii_whitespace();
    let (Some(of), Some(offset), None) = (words.next(), words.next(), words.next()) else { return Err(usage()) };
    let of: u32 = of.parse().map_err(|_| usage())?;
    let offset: usize = offset.parse().map_err(|_| usage())?;
    if of != serial {
        return Err(Refusal::new(&["the beginning of that record is no longer there: ask for all of it anew"]));
    }
    if offset > len {
        return Err(Refusal::new(&["the record is not that long"]));
    }
    Ok(offset)
}

/// Writes the reply, with as much of the record as fits; its length.
///
/// # Errors
/// `Short`: not even an empty part fits into `out`.
pub(crate) fn record(
    request: &Request,
    data: &[u8],
    serial: u32,
    out: &mut [u8],
) -> core::result::Result<Result<usize>, Refusal> {
    let offset = wanted(request, serial, data.len())?;
    let room = out.len().saturating_sub(AROUND).div_euclid(4).saturating_mul(3).min(MOST);
    let rest = data.get(offset..).unwrap_or_default();
    let part = rest.get(..room).unwrap_or(rest);
    let long = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let (size, offset) = (long(data.len()), long(offset));
    Ok(line(&Part { reply: request.word, ok: true, serial, size, offset, data: Base64(part) }, out))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests")]

    use std::string::{String, ToString as _};
    use std::{format, vec};

    use super::{Base64, MOST, record};
    use crate::wire::request::Request;

    #[test]
    fn bytes_as_text() {
        // RFC 4648 §10.
        let rows: [(&[u8], &str); 9] = [
            (b"", ""),
            (b"f", "Zg=="),
            (b"fo", "Zm8="),
            (b"foo", "Zm9v"),
            (b"foob", "Zm9vYg=="),
            (b"fooba", "Zm9vYmE="),
            (b"foobar", "Zm9vYmFy"),
            (&[0xff, 0xef, 0xfe], "/+/+"),
            (&[0, 0, 0], "AAAA"),
        ];
        for (bytes, text) in rows {
            assert_eq!(Base64(bytes).to_string(), text);
        }
    }

    fn told(request: &str, data: &[u8], cap: usize) -> String {
        let request = Request::split(request.as_bytes()).unwrap();
        let mut out = vec![0; cap];
        match record(&request, data, 7, &mut out) {
            Ok(Ok(len)) => String::from_utf8(out[..len].to_vec()).unwrap(),
            Ok(Err(error)) => format!("{error:?}"),
            Err(refusal) => refusal.message.to_string(),
        }
    }

    #[test]
    fn a_part_of_it_is_told() {
        let usage = "expected RECORD, or RECORD SERIAL OFFSET";
        let rows = [
            (
                "RECORD\n",
                "{\"reply\":\"RECORD\",\"ok\":true,\"serial\":7,\"size\":6,\"offset\":0,\"data\":\"Zm9vYmFy\"}\n",
            ),
            (
                "RECORD 7 4\n",
                "{\"reply\":\"RECORD\",\"ok\":true,\"serial\":7,\"size\":6,\"offset\":4,\"data\":\"YXI=\"}\n",
            ),
            ("RECORD 7 6\n", "{\"reply\":\"RECORD\",\"ok\":true,\"serial\":7,\"size\":6,\"offset\":6,\"data\":\"\"}\n"),
            ("RECORD 7 7\n", "the record is not that long"),
            ("RECORD 6 0\n", "the beginning of that record is no longer there: ask for all of it anew"),
            ("RECORD 7\n", usage),
            ("RECORD 7 0 0\n", usage),
            ("RECORD 7 -1\n", usage),
            ("RECORD 4294967296 0\n", usage),
            ("RECORD all\n", usage),
        ];
        for (request, expected) in rows {
            assert_eq!(told(request, b"foobar", 256), expected, "{request:?}");
        }
        assert_eq!(told("RECORD\n", b"", 256).matches("\"data\":\"\"").count(), 1);
        assert_eq!(told("RECORD\n", b"foobar", 8), "Short");
    }

    /// As much as fits and no more than is good, in whole groups, so that parts can be joined; the rest is asked for.
    #[test]
    fn what_does_not_fit_is_asked_for() {
        let data = vec![b'x'; 3 * MOST];
        for cap in [132, 200, 1024, 65536] {
            let reply = told("RECORD\n", &data, cap);
            assert!(reply.len() <= cap);
            let text = reply.split("\"data\":\"").nth(1).unwrap().trim_end_matches("\"}\n");
            assert!(!text.contains('='), "{cap}");
            assert_eq!(text.len(), (cap - 128).div_euclid(4).min(MOST / 3) * 4, "{cap}");
        }
        let widest = told("RECORD 7 73728\n", &data, 132);
        assert!(widest.starts_with("{\"reply\":\"RECORD\",\"ok\":true"), "{widest}");
    }
}
