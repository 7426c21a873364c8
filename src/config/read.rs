//! Reads a configuration along the table of keys. At each value the walk knows where in the text it stands, because an error
//! must name the place.

pub mod cursor;
pub mod escape;
mod value;

use heapless::Vec;

use self::cursor::Cursor;
use self::escape::Characters;
use self::value::What;
use crate::addr::{self, AddrList};
use crate::config::model::{Config, Text, TextList};
use crate::config::rules;
use crate::config::schema::{Draft, Rule, Slot};
use crate::connection::is_plain;
use crate::limits::{LIST_CAP, NAME_CAP};
use crate::policy::Policy;
use crate::refusal::{Refusal, Step, number};

/// The key of a list of connections.
const BATCH: &str = "connections";

/// Reads connection `wanted` out of a configuration, which is one connection or `{"connections":[…]}`, into `config`
/// and `policy`. All of the text is checked whichever connection is wanted.
///
/// `base` is the offset of the text in the request. The number of connections.
///
/// # Errors
/// The first fault of the text; `config` holds nothing of use then.
pub fn read(
    text: &[u8],
    base: usize,
    wanted: usize,
    config: &mut Config,
    policy: &mut Policy,
) -> Result<usize, Refusal> {
    if let Err(at) = cursor::check(text) {
        let parts = ["this is not JSON: unexpected ", if at < text.len() { "character" } else { "end" }];
        return Err(Refusal::at(&[], base.saturating_add(at), &parts));
    }
    // Everything once, then again up to the wanted one: what comes later must not overwrite it.
    let count = Walk::new(text, usize::MAX, config, policy).run(base)?;
    if wanted >= count {
        return Err(Refusal::new(&["there is no connection number ", &number(wanted)]));
    }
    if count > 1 {
        Walk::new(text, wanted, config, policy).run(base)?;
    }
    Ok(count)
}

/// Whether a configuration is a list of connections, so that paths into it start with `connections[i]`.
#[must_use]
pub fn is_batch(text: &[u8]) -> bool {
    Cursor::new(text, 0).locate(&[Step::Key(BATCH)]) != Cursor::new(text, 0).locate(&[])
}

/// The refusal of something in connection `index` of a configuration, at a path below that connection.
#[must_use]
pub fn refuse(text: &[u8], base: usize, index: usize, path: &str, message: &str) -> Refusal {
    let mut steps: Vec<Step, 12> = Vec::new();
    if is_batch(text) {
        let _ = steps.push(Step::Key(BATCH));
        let _ = steps.push(Step::Item(index));
    }
    let mut rest = Some(path);
    while let Some(path) = rest {
        let (part, more) = addr::cut(path, b'.');
        rest = more;
        let (key, mut items) = addr::cut(part, b'[');
        if !part.is_empty() {
            let _ = steps.push(Step::Key(key));
        }
        while let Some(text) = items {
            let (index, more) = addr::cut(text, b'[');
            if let Ok(index) = addr::cut(index, b']').0.parse::<u32>() {
                let _ = steps.push(Step::Item(usize::try_from(index).unwrap_or(usize::MAX)));
            }
            items = more;
        }
    }
    let at = Cursor::new(text, 0).locate(&steps);
    Refusal::at(&steps, base.saturating_add(at), &[message])
}

/// The walk ends; its `refusal` says why.
struct Refused;

/// A walk over a configuration: where it stands, and what it found.
struct Walk<'w, 'de> {
    text: &'de [u8],
    /// Connections after this one are passed over.
    last: usize,
    draft: Draft<'w>,
    path: Vec<Step<'de>, 8>,
    refusal: Option<Refusal>,
    addrs: AddrList,
    count: usize,
}

impl<'w, 'de> Walk<'w, 'de> {
    fn new(text: &'de [u8], last: usize, config: &'w mut Config, policy: &'w mut Policy) -> Self {
        let draft = Draft { config, policy, child: 0 };
        Self { text, last, draft, path: Vec::new(), refusal: None, addrs: AddrList::new(), count: 0 }
    }

    fn run(mut self, base: usize) -> Result<usize, Refusal> {
        let start = Cursor::new(self.text, 0).locate(&[]);
        let what = if is_batch(self.text) { What::Batch } else { What::Connection };
        match (self.value(what, start), self.refusal) {
            (Ok(()), None) => Ok(self.count),
            (_, Some(mut refusal)) => {
                refusal.offset = refusal.offset.map(|at| at.saturating_add(base));
                Err(refusal)
            }
            (Err(Refused), None) => {
                Err(Refusal::at(&self.path, base.saturating_add(start), &["this value cannot be read"]))
            }
        }
    }

    /// Notes why the walk ends; the first reason stays.
    fn refuse(&mut self, at: usize, parts: &[&str]) -> Refused {
        if self.refusal.is_none() {
            self.refusal = Some(Refusal::at(&self.path, at, parts));
        }
        Refused
    }

    #[inline(never)]
    fn enter(&mut self, step: Step<'de>) {
        // The table of keys is less deep than the path's capacity.
        let _ = self.path.push(step);
    }

    fn leave(&mut self) {
        self.path.pop();
    }

    /// Copies a string as it stands between its quotes into the configuration.
    fn store(&mut self, at: usize, raw: &str, rule: Rule) -> Result<Text, Refused> {
        let config = &mut *self.draft.config;
        let start = usize::try_from(config.text_len).unwrap_or(usize::MAX);
        let mut room = config.text.get_mut(start..).unwrap_or_default().iter_mut();
        let mut len = 0usize;
        let mut fault = None;
        let mut utf8 = [0u8; 4];
        for character in Characters::of(raw) {
            let Some((character, _)) = character else {
                fault = Some("this escape sequence is no character");
                break;
            };
            let part = character.encode_utf8(&mut utf8);
            for byte in part.bytes() {
                match room.next() {
                    _ if (byte < 0x20 && !(rule == Rule::Pem && matches!(byte, b'\n' | b'\r'))) || byte == 0x7f => {
                        fault = Some("control characters are not allowed")
                    }
                    None => fault = Some("too much text; the strings of one connection may take 8192 bytes"),
                    Some(cell) => {
                        *cell = byte;
                        len = len.saturating_add(1);
                    }
                }
            }
        }
        let Some(end) = room.next() else {
            return Err(self.refuse(at, &["too much text; the strings of one connection may take 8192 bytes"]));
        };
        if let Some(fault) = fault {
            return Err(self.refuse(at, &[fault]));
        }
        if len == 0 {
            return Err(self.refuse(at, &["empty; leave the key out for its default"]));
        }
        *end = 0;
        let text = Text { offset: u16::try_from(start).unwrap_or(0), len: u16::try_from(len).unwrap_or(0) };
        let used = start.saturating_add(len).saturating_add(1);
        config.text_len = u32::try_from(used).unwrap_or(u32::MAX);
        Ok(text)
    }

    /// Stores a string and checks what it must be besides.
    fn accept(&mut self, at: usize, raw: &str, rule: Rule) -> Result<Text, Refused> {
        if rule == Rule::Segw {
            if let Err(refusal) = addr::push(&mut self.addrs, raw) {
                return Err(self.refuse(at, &["\"", raw, "\": ", refusal.reason()]));
            }
        }
        let text = self.store(at, raw, rule)?;
        if rule == Rule::Name {
            if usize::from(text.len) >= NAME_CAP {
                return Err(self.refuse(at, &["too long; a name has at most 63 characters"]));
            }
            if !is_plain(self.draft.config.text(text)) {
                let parts =
                    ["a name has printable ASCII characters only, no blanks, quotes, braces, commas, backslashes"];
                return Err(self.refuse(at, &parts));
            }
        }
        Ok(text)
    }

    /// Puts one more item into a list.
    fn append(&mut self, at: usize, raw: &str, rule: Rule, slot: Slot<TextList>) -> Result<(), Refused> {
        let text = self.accept(at, raw, rule)?;
        let list = slot(&mut self.draft);
        let cell = list.and_then(|list| {
            let index = usize::try_from(list.len).unwrap_or(LIST_CAP);
            list.len = list.len.saturating_add(1);
            list.items.get_mut(index)
        });
        match cell {
            Some(cell) => {
                *cell = text;
                Ok(())
            }
            None => Err(self.refuse(at, &["too many items; a list has at most 8"])),
        }
    }

    /// What no single key tells: names used twice, limits below what they limit, proofs without what proves.
    fn finish(&mut self) -> Result<(), Refused> {
        self.draft.config.complete();
        if self.draft.config.version == 1 && self.draft.policy.liveness_interval_ms > 0 {
            // Charon asks an IKEv1 SEGW at once, as a liveness check does, only without a delay of its own.
            self.draft.config.dpd_delay_s = 0;
        }
        if let Some(key) = self.draft.policy.inverted() {
            return Err(self.refuse_below(&["failover", key], &["this limit is lower than what it limits"]));
        }
        if let Some((path, reason)) = rules::fault(self.draft.config) {
            return Err(self.refuse_below(path, &[reason]));
        }
        let config = &*self.draft.config;
        if let Some((index, key, reason)) = rules::fault_of_child(config) {
            self.enter(Step::Key("children"));
            self.enter(Step::Item(index));
            return Err(self.refuse_below(&[key], &[reason]));
        }
        Ok(())
    }

    /// Refuses the value at a path below where the walk stands.
    fn refuse_below(&mut self, path: &[&'static str], parts: &[&str]) -> Refused {
        for key in path {
            self.enter(Step::Key(key));
        }
        let place = Cursor::new(self.text, 0).locate(&self.path);
        self.refuse(place, parts)
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::config::model::Config;
    use crate::policy::Policy;
    use crate::refusal::Refusal;
    use std::format;
    use std::string::{String, ToString};
    use std::vec::Vec;

    const GOOD: &str = r#"{"name":"vpn","ike_cfg":{"remote_addrs":"10.0.0.1, 10.0.0.2"},
        "local_auth":{"auth":"psk","secret":"x"},"remote_auth":{"auth":"psk"},"children":[{"name":"net"}]}"#;

    fn parse(text: &str) -> Result<(Config, Policy, usize), Refusal> {
        let (mut config, mut policy) = (Config::new(), Policy::DEFAULT);
        let count = read(text.as_bytes(), 100, 0, &mut config, &mut policy)?;
        Ok((config, policy, count))
    }

    #[test]
    fn the_least_configuration_has_the_defaults() {
        let (config, policy, count) = parse(GOOD).unwrap();
        assert_eq!(count, 1);
        assert_eq!(policy, Policy::DEFAULT);
        assert_eq!(config.text(config.name), "vpn");
        assert_eq!(config.texts(&config.remote_addrs).collect::<Vec<_>>(), ["10.0.0.1", "10.0.0.2"]);
        assert_eq!((config.version, config.mobike, config.dpd_delay_s), (2, 1, 30));
        assert_eq!((config.rekey_time_s, config.over_time_s, config.jitter_time_s), (14_400, 1_440, 1_440));
        let child = config.children().next().unwrap();
        assert_eq!((child.mode, child.start_action, child.rekey_time_s, child.life_time_s), (1, 0, 3_600, 3_960));
    }

    #[test]
    fn a_string_with_commas_and_a_list_mean_the_same() {
        let list = GOOD.replace(r#""10.0.0.1, 10.0.0.2""#, r#"["10.0.0.1","10.0.0.2"]"#);
        assert_eq!(parse(GOOD).unwrap().0, parse(&list).unwrap().0);
    }

    #[test]
    fn escapes_are_resolved_and_every_string_ends_with_a_nul() {
        let text = GOOD.replace(r#""secret":"x""#, r#""secret":"a\"\\\u00e9\/b","id":"caf\u00e9""#);
        let (config, ..) = parse(&text).unwrap();
        assert_eq!(config.text(config.local_auth.secret), "a\"\\é/b");
        assert_eq!(config.text(config.local_auth.ids.items[0]), "café");
        let end = usize::from(config.local_auth.ids.items[0].offset) + usize::from(config.local_auth.ids.items[0].len);
        assert_eq!(config.text[end], 0);
    }

    #[test]
    fn of_a_batch_the_wanted_one_is_kept() {
        let text = format!("{{\"connections\":[{GOOD},{}]}}", GOOD.replace("vpn", "b").replace(".2", ".3"));
        let (mut config, mut policy) = (Config::new(), Policy::DEFAULT);
        for (wanted, name) in [(0, "vpn"), (1, "b")] {
            assert_eq!(read(text.as_bytes(), 0, wanted, &mut config, &mut policy).unwrap(), 2);
            assert_eq!(config.text(config.name), name);
        }
        assert!(read(text.as_bytes(), 0, 2, &mut config, &mut policy).is_err());
    }

    #[test]
    fn what_is_no_json_is_refused_where_it_breaks() {
        let broken = GOOD.replace("\"vpn\",", "\"vpn\"");
        let refusal = parse(&broken).map(|_| ()).unwrap_err();
        assert!(refusal.message.contains("not JSON"), "{}", refusal.message);
        assert!(broken[refusal.offset.unwrap() - 100..].starts_with("\"ike_cfg\""));
        for text in ["", "{", "[]", "7", "null", "{} {}", "{\"connections\":{}}", "{\"connections\":[]}"] {
            assert!(parse(text).is_err(), "{text}");
        }
        let beside = format!("{{\"connections\":[{GOOD}],\"x\":1}}");
        assert!(parse(&beside).map(|_| ()).unwrap_err().message.contains("beside"));
    }

    #[test]
    fn charon_can_refuse_by_path() {
        let refusal = super::refuse(GOOD.as_bytes(), 100, 0, "children[0].name", "no");
        assert_eq!((refusal.path.as_str(), refusal.message.as_str()), ("children[0].name", "no"));
        assert!(GOOD[refusal.offset.unwrap() - 100..].starts_with("\"net\""));
        let batch = format!("{{\"connections\":[{GOOD},{GOOD}]}}");
        let refusal = super::refuse(batch.as_bytes(), 0, 1, "ike_cfg.remote_addrs[1]", "no");
        assert_eq!(refusal.path.as_str(), "connections[1].ike_cfg.remote_addrs[1]");
        assert!(batch[refusal.offset.unwrap()..].starts_with("\"10.0.0.1, 10.0.0.2\""));
    }

    #[test]
    fn a_secret_is_never_in_a_refusal() {
        let secret = "correct horse";
        for text in [
            GOOD.replace("\"x\"", &format!("\"{secret}\\ud800\"")),
            GOOD.replace("\"secret\":\"x\"", &format!("\"secret\":[\"{secret}\"]")),
            GOOD.replace("\"psk\",\"secret\":\"x\"", &format!("\"{secret}\",\"secret\":\"x\"")),
            GOOD.replace("\"x\"", &format!("\"{}\"", secret.repeat(800))),
        ] {
            let refusal = parse(&text).map(|_| ()).unwrap_err();
            let said: String = refusal.message.to_string() + refusal.path.as_str();
            assert!(!said.contains("correct"), "{said}");
        }
    }
}
