//! Reads a configuration: serde-json-core does the JSON, the table of keys says what each value is. The walk knows where in
//! the text it stands, because an error must say where.

mod value;

use heapless::Vec;
use serde::de::DeserializeSeed;
use serde_json_core::de::Deserializer;

use self::value::{Value, What};
use crate::addr::{self, AddrList};
use crate::config::model::{Config, Text, TextList};
use crate::config::rules;
use crate::config::schema::{Draft, Field, Rule};
use crate::connection::is_plain;
use crate::json::{self, Cursor, Piece, Pieces};
use crate::limits::{LIST_CAP, NAME_CAP};
use crate::policy::{Order, Policy, StandbyMode};
use crate::refusal::{Refusal, Step, number};

/// The key of a list of connections.
const BATCH: &str = "connections";

/// The connections of a configuration that was checked, one after another.
#[derive(Clone, Copy, Debug)]
pub struct Connections<'t> {
    text: &'t [u8],
    at: usize,
}

impl<'t> Connections<'t> {
    /// Checks all of a configuration, which is one connection or `{"connections":[…]}`, and tells the name of each
    /// connection as it is written. The connections, and how many there are; the last of them is in `config` and `policy`.
    ///
    /// `base` is the offset of the text in the request.
    ///
    /// # Errors
    /// The first fault of the text; `config` holds nothing of use then.
    pub fn check(
        text: &'t [u8],
        base: usize,
        config: &mut Config,
        policy: &mut Policy,
        named: &mut dyn FnMut(&'t str),
    ) -> Result<(Self, usize), Refusal> {
        let mut walk = Walk::new(text, 0, config, policy, named);
        let mut reader = Deserializer::new(text, None);
        let done = Value { walk: &mut walk, what: What::Configuration }.deserialize(&mut reader).is_ok();
        if done && walk.cursor.ahead().is_none() {
            return Ok((Self { text, at: walk.begin }, walk.count));
        }
        let Walk { refusal, key, path, .. } = walk;
        let mut start = Cursor::new(text, 0);
        start.ahead();
        // What is no JSON is nothing else either.
        let mut refusal = match (json::check(text, &[Step::Key(BATCH)]), refusal, key) {
            (Err(at), ..) => Refusal::at(&[], at, &["this is not JSON: ", json::expected(text, at)]),
            (Ok(list), _, Some((key, at))) if list != start.at() && key != BATCH => {
                Refusal::at(&[Step::Key(key)], at, &["nothing may stand beside \"connections\""])
            }
            (Ok(_), Some(refusal), _) => refusal,
            (Ok(at), None, _) => Refusal::at(&path, at, &["this value cannot be read"]),
        };
        refusal.offset = refusal.offset.map(|at| at.saturating_add(base));
        Err(refusal)
    }

    /// Those from the one that stands at this offset on.
    #[must_use]
    pub const fn from(text: &'t [u8], at: usize) -> Self {
        Self { text, at }
    }

    /// The offset of the next one; that of the text's end if there is none.
    #[must_use]
    pub const fn at(&self) -> usize {
        self.at
    }

    /// Reads the next one; whether there is one.
    pub fn read(&mut self, config: &mut Config, policy: &mut Policy) -> bool {
        let Some(rest) = self.text.get(self.at..).filter(|rest| rest.starts_with(b"{")) else { return false };
        let named = &mut |_: &str| ();
        let mut walk = Walk::new(self.text, self.at, config, policy, named);
        let read = Value { walk: &mut walk, what: What::Connection }.deserialize(&mut Deserializer::new(rest, None));
        // Behind it a comma and the next one, or the end.
        walk.cursor.separate(&mut false);
        self.at = match walk.cursor.ahead() {
            Some(b'{') if read.is_ok() => walk.cursor.at(),
            _ => self.text.len(),
        };
        read.is_ok()
    }
}

/// The refusal of something in connection `index` of a configuration, at a path below that connection.
#[must_use]
pub fn refuse(text: &[u8], base: usize, index: usize, path: &str, message: &str) -> Refusal {
    let mut steps: Vec<Step, 12> = Vec::new();
    if json::locate(text, 0, &[Step::Key(BATCH)]) != json::locate(text, 0, &[]) {
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
    let at = json::locate(text, 0, &steps);
    Refusal::at(&steps, base.saturating_add(at), &[message])
}

/// The walk ends; its `refusal` says why.
struct Refused;

/// A walk over a configuration: where it stands, and what it found.
struct Walk<'w, 'de> {
    text: &'de [u8],
    cursor: Cursor<'de>,
    draft: Draft<'w>,
    path: Vec<Step<'de>, 8>,
    refusal: Option<Refusal>,
    addrs: AddrList,
    /// The first key of all, and its offset.
    key: Option<(&'de str, usize)>,
    /// Whether it is a list of connections.
    batch: bool,
    /// How many connections were read.
    count: usize,
    /// The offset of the first of them.
    begin: usize,
    /// The offset of the one that is being read.
    connection: usize,
    /// Is told the name of each.
    named: &'w mut dyn FnMut(&'de str),
}

impl<'w, 'de> Walk<'w, 'de> {
    fn new(
        text: &'de [u8],
        at: usize,
        config: &'w mut Config,
        policy: &'w mut Policy,
        named: &'w mut dyn FnMut(&'de str),
    ) -> Self {
        Self {
            text,
            cursor: Cursor::new(text, at),
            draft: Draft { config, policy, child: 0 },
            path: Vec::new(),
            refusal: None,
            addrs: AddrList::new(),
            key: None,
            batch: false,
            count: 0,
            begin: 0,
            connection: 0,
            named,
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

    /// Begins a connection.
    fn begin(&mut self, at: usize) {
        self.draft.config.reset();
        *self.draft.policy = Policy::DEFAULT;
        self.addrs.clear();
        self.connection = at;
        if self.count == 0 {
            self.begin = at;
        }
    }

    /// Copies a string as it stands between its quotes into the configuration.
    fn store(&mut self, at: usize, raw: &str, rule: Rule) -> Result<Text, Refused> {
        let config = &mut *self.draft.config;
        let start = usize::try_from(config.text_len).unwrap_or(usize::MAX);
        let room = config.text.get_mut(start..).unwrap_or_default();
        let (mut len, mut fault, mut utf8) = (0usize, None, [0u8; 4]);
        for piece in Pieces::of(raw) {
            let part = match piece {
                Ok(Piece::Plain(part)) => part,
                Ok(Piece::Escaped(character)) => character.encode_utf8(&mut utf8),
                Ok(Piece::Half) | Err(_) => {
                    fault = Some("this escape sequence is no character");
                    break;
                }
            };
            let control =
                |byte: u8| byte == 0x7f || byte < 0x20 && !(rule == Rule::Pem && matches!(byte, b'\n' | b'\r'));
            if part.bytes().any(control) {
                fault = Some("control characters are not allowed");
            }
            let end = len.saturating_add(part.len());
            if let Some(cells) = room.get_mut(len..end) {
                cells.copy_from_slice(part.as_bytes());
            }
            len = end;
        }
        let Some(end) = room.get_mut(len) else {
            return Err(self.refuse(at, &["too much text; the strings of one connection may take 8192 bytes"]));
        };
        if let Some(fault) = fault {
            return Err(self.refuse(at, &[fault]));
        }
        if len == 0 {
            return Err(self.refuse(at, &["empty; write a value, or leave the key out"]));
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
        if rule == Rule::Local {
            if let Err(refusal) = addr::parse_local(raw) {
                return Err(self.refuse(at, &["\"", raw, "\": ", refusal.local_reason()]));
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
    fn append(&mut self, at: usize, raw: &str, rule: Rule, field: Field<TextList>) -> Result<(), Refused> {
        let text = self.accept(at, raw, rule)?;
        let list = field(&mut self.draft);
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
            None => Err(self.refuse(at, &[concat!("too many items; a list has at most ", env!("SEGW_LIST_ITEMS"))])),
        }
    }

    /// What no single key tells: names used twice, limits below what they limit, proofs without what proves.
    fn finish(&mut self) -> Result<(), Refused> {
        self.draft.config.complete();
        if self.draft.config.version == 1 && self.draft.policy.liveness_interval_ms > 0 {
            // Charon asks an IKEv1 SEGW at once, as a liveness check does, only without a delay of its own.
            self.draft.config.dpd_delay_s = 0;
        }
        if let Some(inverted) = self.draft.policy.inverted() {
            return Err(inverted.explain(|parts| self.refuse_below(&["failover", inverted.key()], parts)));
        }
        let segws = u8::try_from(self.draft.config.remote_addrs.len).unwrap_or(u8::MAX);
        if let Some((key, count)) = self.draft.policy.miscounted(segws) {
            let [segws, count] = [segws, count].map(|it| number(it.into()));
            let parts = ["expected one number for each of remote_addrs, which are ", &segws, "; found ", &count];
            return Err(self.refuse_below(&["failover", key], &parts));
        }
        if !self.draft.policy.weights.is_empty() && self.draft.policy.order != Order::Hash {
            return Err(self.refuse_below(&["failover", "weights"], &["this needs \"order\": \"hash\""]));
        }
        if self.draft.config.version == 1 && self.draft.policy.standby == StandbyMode::Ike {
            return Err(self.refuse_below(&["failover", "standby"], &["IKEv1 has no IKE_SA without CHILD_SAs"]));
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
        let below = if self.batch { self.path.get(2..) } else { self.path.get(..) };
        let at = json::locate(self.text, self.connection, below.unwrap_or_default());
        self.refuse(at, parts)
    }
}

#[cfg(test)]
mod tests {
    use super::Connections;
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
        let (_, count) = Connections::check(text.as_bytes(), 100, &mut config, &mut policy, &mut |_| ())?;
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
    fn a_batch_is_read_one_by_one() {
        let text =
            format!(" {{\"connections\" : [{GOOD} ,\n{}]}} ", GOOD.replace("vpn", "\\u0062").replace(".2", ".3"));
        let (mut config, mut policy, mut names) = (Config::new(), Policy::DEFAULT, Vec::new());
        let check = Connections::check(text.as_bytes(), 0, &mut config, &mut policy, &mut |name| names.push(name));
        let (mut connections, count) = check.unwrap();
        assert_eq!((count, names.as_slice()), (2, ["vpn", "\\u0062"].as_slice()));
        for name in ["vpn", "b"] {
            // C keeps the offset only.
            connections = Connections::from(text.as_bytes(), connections.at());
            assert!(connections.read(&mut config, &mut policy));
            assert_eq!(config.text(config.name), name);
        }
        assert_eq!(connections.at(), text.len());
        assert!(!connections.read(&mut config, &mut policy));
    }

    #[test]
    fn any_offset_does_no_harm() {
        let text = format!("{{\"connections\":[{GOOD},{GOOD}]}}");
        for at in 0..text.len() + 2 {
            let (mut config, mut policy) = (Config::new(), Policy::DEFAULT);
            let mut connections = Connections::from(text.as_bytes(), at);
            let read = connections.read(&mut config, &mut policy);
            assert_eq!(read, text.get(at..).is_some_and(|rest| rest.starts_with("{\"name\":\"vpn\"")), "{at}");
        }
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
