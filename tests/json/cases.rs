//! Configurations that are accepted and refused: each is [`GOOD`] with a part replaced. The parser and the JSON Schema are
//! held against the same tables.

use Schema::{Blind, Refuses};

pub const GOOD: &str = r#"{"name":"vpn","ike_cfg":{"remote_addrs":"10.0.0.1, 10.0.0.2"},
    "local_auth":{"auth":"psk","secret":"x"},"remote_auth":{"auth":"psk"},"children":[{"name":"net"}]}"#;

const ADDRS: &str = r#""10.0.0.1, 10.0.0.2""#;
const CHILD: &str = r#"[{"name":"net"}]"#;
const NINE: &str =
    r#"["10.0.0.1","10.0.0.2","10.0.0.3","10.0.0.4","10.0.0.5","10.0.0.6","10.0.0.7","10.0.0.8","10.0.0.9"]"#;
const LONG: &str = r#""nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn""#;

/// Why the schema cannot know what the parser refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// JSON Schema compares no two values: limits and what they limit, two secrets, a rekeying and its end.
    Compared,
    /// The same thing twice, in two places or two spellings; of a key twice readers of JSON keep one.
    Twice,
    /// A value's spelling, which readers of JSON do not keep: `2.0` is `2` there, `\u0070sk` is `psk`.
    Spelled,
    /// What an address means: `224.0.0.1`, `1::2::3`, a label of more than 63 letters.
    Address,
    /// How much text there is in all.
    Room,
    /// Numbers beyond 53 bits: most readers of JSON keep a double.
    Double,
    /// White space that only Unicode knows as such.
    Blank,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    Refuses,
    Blind(Why),
}

/// What in the good text is replaced, by what, and the refusal's path, the text its offset points at, and a part of its
/// message; what the schema says.
pub type Case = (&'static str, &'static str, &'static str, &'static str, &'static str, Schema);

pub const REFUSED: &[Case] = &[
    ("\"vpn\"", LONG, "name", "\"nnn", "at most 63", Refuses),
    ("\"vpn\"", "7", "name", "7,", "expected a string, found a number", Refuses),
    ("\"vpn\"", "\"a b\"", "name", "\"a b", "no blanks", Refuses),
    ("\"vpn\"", "\"\"", "name", "\"\"", "empty", Refuses),
    ("\"vpn\"", "\"a\\u0007\"", "name", "\"a", "control", Refuses),
    ("\"name\":\"vpn\",", "", "name", "{", "\"name\" is missing", Refuses),
    ("\"vpn\"", "\"vpn\",\"name\":\"x\"", "name", "\"name\":\"x\"", "twice", Blind(Why::Twice)),
    (
        "\"remote_addrs\"",
        "\"remote_addr\"",
        "ike_cfg.remote_addr",
        "\"remote_addr\"",
        "did you mean \"remote_addrs\"?",
        Refuses,
    ),
    ("\"remote_addrs\"", "\"x\":1,\"remote_addrs\"", "ike_cfg.x", "\"x\"", "unknown key \"x\"", Refuses),
    (ADDRS, "\"10.0.0.1,,10.0.0.2\"", "ike_cfg.remote_addrs", ",10.0.0.2", "empty item", Refuses),
    (ADDRS, "[\"10.0.0.1\",\"\"]", "ike_cfg.remote_addrs[1]", "\"\"]", "empty item", Refuses),
    (ADDRS, "\"%any\"", "ike_cfg.remote_addrs", "%any", "\"%any\": a wildcard", Refuses),
    (ADDRS, "\"10.0.0.1, 10.0.0.0/8\"", "ike_cfg.remote_addrs", "10.0.0.0/8", "a subnet", Refuses),
    (ADDRS, "\"10.0.0.1,10.0.0.1\"", "ike_cfg.remote_addrs", "10.0.0.1\"}", "in the list already", Blind(Why::Twice)),
    (ADDRS, NINE, "ike_cfg.remote_addrs[8]", "\"10.0.0.9\"", "too many SEGWs", Refuses),
    (ADDRS, "[]", "ike_cfg.remote_addrs", "[]", "empty list", Refuses),
    (ADDRS, "[\"a\",1]", "ike_cfg.remote_addrs[1]", "1]", "expected a string, found a number", Refuses),
    (ADDRS, "null", "ike_cfg.remote_addrs", "null", "found null", Refuses),
    ("{\"remote_addrs\"", "{\"version\":3,\"remote_addrs\"", "ike_cfg.version", "3,", "from 1 to 2", Refuses),
    (
        "{\"remote_addrs\"",
        "{\"version\":2.0,\"remote_addrs\"",
        "ike_cfg.version",
        "2.0",
        "whole number",
        Blind(Why::Spelled),
    ),
    ("{\"remote_addrs\"", "{\"version\":-2,\"remote_addrs\"", "ike_cfg.version", "-2", "whole number", Refuses),
    ("{\"remote_addrs\"", "{\"version\":99999999999,\"remote_addrs\"", "ike_cfg.version", "9999", "too large", Refuses),
    (
        "{\"remote_addrs\"",
        "{\"dscp\":\"121110\",\"remote_addrs\"",
        "ike_cfg.dscp",
        "\"121110\"",
        "six binary digits",
        Refuses,
    ),
    ("{\"remote_addrs\"", "{\"encap\":1,\"remote_addrs\"", "ike_cfg.encap", "1,", "expected true or false", Refuses),
    ("\"psk\",\"secret\"", "\"key\",\"secret\"", "local_auth.auth", "\"key\"", "expected one of psk", Refuses),
    ("\"secret\":\"x\"", "\"id\":\"x\"", "local_auth.secret", "{\"auth\"", "needs its secret", Refuses),
    (
        "\"remote_auth\":{",
        "\"remote_auth\":{\"secret\":\"y\",",
        "remote_auth.secret",
        "\"y\"",
        "the same pre-shared key",
        Blind(Why::Compared),
    ),
    ("\"secret\":\"x\"", "\"secret\":\"x\",\"id\":[\"a\",\"b\"]", "local_auth.id", "[", "one identity", Refuses),
    (
        "\"remote_auth\":{",
        "\"remote_auth\":{\"id\":[\"a\",\"b\",\"c\"],",
        "remote_auth.id",
        "[\"a\"",
        "one for each of remote_addrs",
        Refuses,
    ),
    ("\"psk\",\"secret\"", "\"pubkey\",\"secret\"", "local_auth.secret", "\"x\"", "no secret", Refuses),
    ("\"secret\":\"x\"", "\"secret\":\"x\",\"cert\":\"c.pem\"", "local_auth.cert", "\"c.pem\"", "auth", Refuses),
    (
        CHILD,
        "[{\"name\":\"net\",\"esp_proposals\":\"a\",\"ah_proposals\":\"b\"}]",
        "children[0].ah_proposals",
        "\"b\"",
        "either ESP or AH",
        Refuses,
    ),
    (
        CHILD,
        "[{\"name\":\"net\",\"lifetime\":{\"rekey_bytes\":9000000000,\"life_bytes\":9000000000}}]",
        "children[0].lifetime",
        "{\"rekey_bytes\"",
        "before it is rekeyed",
        Blind(Why::Compared),
    ),
    (
        CHILD,
        "[{\"name\":\"net\",\"lifetime\":{\"rekey_time\":10,\"rand_time\":11}}]",
        "children[0].lifetime",
        "{\"rekey_time\"",
        "more than that time",
        Blind(Why::Compared),
    ),
    (
        CHILD,
        "[{\"name\":\"net\",\"lifetime\":{\"rekey_packets\":10,\"rand_packets\":11}}]",
        "children[0].lifetime",
        "{\"rekey_packets\"",
        "more than that time",
        Blind(Why::Compared),
    ),
    (
        "{\"remote_addrs\"",
        "{\"lifetime\":{\"reauth_time\":60,\"jitter_time\":61},\"remote_addrs\"",
        "ike_cfg.lifetime.jitter_time",
        "61",
        "more than that time",
        Blind(Why::Compared),
    ),
    (
        CHILD,
        "[{\"name\":\"net\",\"mark_in\":true}]",
        "children[0].mark_in",
        "true",
        "expected a string, found true or false",
        Refuses,
    ),
    (CHILD, "[{\"name\":\"net\"},{\"name\":\"net\"}]", "children[1].name", "\"net\"}]", "twice", Blind(Why::Twice)),
    (CHILD, "[{\"name\":\"net\",\"mode\":\"x\"}]", "children[0].mode", "\"x\"", "tunnel transport", Refuses),
    (CHILD, "[1]", "children[0]", "1]", "expected an object", Refuses),
    (CHILD, "{}", "children", "{}", "expected a list", Refuses),
    (
        CHILD,
        "[{\"name\":\"net\"}],\"failover\":{\"jitter_pct\":101}",
        "failover.jitter_pct",
        "101",
        "0 to 100",
        Refuses,
    ),
    (
        CHILD,
        "[{\"name\":\"net\"}],\"failover\":{\"backoff_initial_ms\":9000,\"backoff_limit_ms\":8000}",
        "failover.backoff_limit_ms",
        "8000",
        "lower",
        Blind(Why::Compared),
    ),
    (ADDRS, r#""10.0.0.1\u002c10.0.0.2""#, "ike_cfg.remote_addrs", "\"10", "not escaped", Blind(Why::Spelled)),
    (ADDRS, r#"["10\u002e0.0.1"]"#, "ike_cfg.remote_addrs[0]", "\"10", "neither", Blind(Why::Spelled)),
    (ADDRS, "\"224.0.0.1\"", "ike_cfg.remote_addrs", "224", "cannot be dialled", Blind(Why::Address)),
    (ADDRS, "\"1::2::3\"", "ike_cfg.remote_addrs", "1::", "neither", Blind(Why::Address)),
    (ADDRS, "\"10.0.0.256\"", "ike_cfg.remote_addrs", "10.", "neither", Refuses),
    (ADDRS, "[\"-a.example\"]", "ike_cfg.remote_addrs[0]", "\"-a", "neither", Refuses),
    (ADDRS, "[\"a\",\"A.\"]", "ike_cfg.remote_addrs[1]", "\"A.", "already", Blind(Why::Twice)),
    (CHILD, "[{\"name\":\"net\",\"vips\":\"\"}]", "children[0].vips", "\"vips", "unknown key", Refuses),
    (CHILD, "[{\"name\":\"net\",\"local_ts\":\"\"}]", "children[0].local_ts", "\"}", "empty", Refuses),
    (CHILD, "[{\"name\":\"net\",\"local_ts\":\"a, ,b\"}]", "children[0].local_ts", ",b", "empty", Refuses),
    (
        CHILD,
        "[{\"name\":\"net\",\"local_ts\":\"\u{3000}\"}]",
        "children[0].local_ts",
        "\"}",
        "empty",
        Blind(Why::Blank),
    ),
    (
        CHILD,
        "[{\"name\":\"net\",\"local_ts\":\"a,b,c,d,e,f,g,h,i\"}]",
        "children[0].local_ts",
        "i\"",
        "too many",
        Refuses,
    ),
    (CHILD, "[{\"name\":\"net\",\"updown\":\"a\\nb\"}]", "children[0].updown", "\"a", "control", Refuses),
    (CHILD, "[{\"name\":\"net\",\"mark_in\":4294967296}]", "children[0].mark_in", "429", "too large", Refuses),
    (
        CHILD,
        "[{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"c\"},{\"name\":\"d\"},{\"name\":\"e\"}]",
        "children[4]",
        "{\"name\":\"e",
        "at most 4",
        Refuses,
    ),
    (CHILD, "[]", "children", "[]", "empty list", Refuses),
    ("\"psk\",\"secret\":\"x\"", "\"eap-mschapv2\",\"cert\":\"c\"", "local_auth.secret", "{", "needs", Refuses),
    (
        "\"psk\",\"secret\":\"x\"",
        "\"cert\",\"private_key\":\"k\"",
        "local_auth.secret",
        "{\"auth\"",
        "needs its secret",
        Refuses,
    ),
    (
        "{\"auth\":\"psk\",\"secret\":\"x\"},\"remote_auth\":{\"auth\":\"psk\"}",
        "{\"auth\":\"cert\",\"private_key\":\"k\"},\"remote_auth\":{\"auth\":\"cert\"}",
        "local_auth.cert",
        "{",
        "needs its cert",
        Refuses,
    ),
    (
        "{\"auth\":\"psk\",\"secret\":\"x\"},\"remote_auth\":{\"auth\":\"psk\"}",
        "{\"auth\":\"cert\",\"cert\":\"c\"},\"remote_auth\":{\"auth\":\"cert\"}",
        "local_auth.private_key",
        "{",
        "needs its private",
        Refuses,
    ),
    (
        "\"remote_auth\":{",
        "\"remote_auth\":{\"private_key\":\"k\",",
        "remote_auth.private_key",
        "\"k\"",
        "keeps",
        Refuses,
    ),
    (
        "\"remote_auth\":{",
        "\"remote_auth\":{\"private_key_passphrase\":\"k\",",
        "remote_auth.private_key_passphrase",
        "\"k\"",
        "without",
        Refuses,
    ),
    (
        "\"secret\":\"x\"",
        "\"secret\":\"x\",\"private_key_passphrase\":\"k\"",
        "local_auth.private_key_passphrase",
        "\"k\"",
        "without",
        Refuses,
    ),
    ("\"remote_auth\":{", "\"remote_auth\":{\"cert\":\"c\",", "remote_auth.cert", "\"c\"", "no certificate", Refuses),
    ("{\"remote_addrs\"", "{\"aggressive\":true,\"remote_addrs\"", "ike_cfg.aggressive", "true", "IKEv1", Refuses),
    (
        "{\"remote_addrs\"",
        "{\"aggressive\":true,\"version\":2,\"remote_addrs\"",
        "ike_cfg.aggressive",
        "true",
        "IKEv1",
        Refuses,
    ),
    (
        "{\"remote_addrs\"",
        "{\"version\":2e0,\"remote_addrs\"",
        "ike_cfg.version",
        "2e0",
        "whole number",
        Blind(Why::Spelled),
    ),
    (
        "\"auth\":\"psk\",\"secret\"",
        "\"auth\":\"\\u0070sk\",\"secret\"",
        "local_auth.auth",
        "\"\\u0070",
        "one of",
        Blind(Why::Spelled),
    ),
    (
        CHILD,
        "[{\"name\":\"net\",\"lifetime\":{\"rand_bytes\":18446744073709551616}}]",
        "children[0].lifetime.rand_bytes",
        "184",
        "too large",
        Blind(Why::Double),
    ),
    (
        CHILD,
        "[{\"name\":\"net\",\"local_ts\":\"a\\ud800b\"}]",
        "children[0].local_ts",
        "a\\ud",
        "no character",
        Refuses,
    ),
    ("\"secret\":\"x\"", "\"secret\":\"\\ud800\"", "local_auth.secret", "\"\\ud", "no character", Refuses),
];

/// What is accepted, by both.
pub const ACCEPTED: &[(&str, &str)] = &[
    ("vpn", "vpn"),
    ("\"vpn\"", r##""!#$%&'()*+-./09:;<=>?@AZ[]^_`az|~""##),
    (ADDRS, r#"["10.0.0.1","10.0.0.2"]"#),
    (ADDRS, r#"" 2001:db8::1 ,segw.example.,3gppnetwork.org,a_b-c""#),
    (ADDRS, r#"["::ffff:1.2.3.4"," 10.0.0.1 ","a.1b","0-0"]"#),
    (ADDRS, r#""a,b,c,d,e,f,g,h""#),
    ("\"secret\":\"x\"", r#""secret":"a\"\\\u00e9\/b","id":"caf\u00e9""#),
    ("\"secret\":\"x\"", r#""secret":"\ud83d\ude00","id":["one"]"#),
    ("\"secret\":\"x\"", "\"secret\":\"x\",\"private_key\":\"a\\nb\\r\\n\""),
    ("\"remote_auth\":{", r#""remote_auth":{"id":["a","b"],"#),
    ("\"remote_auth\":{", r#""remote_auth":{"id":"a, b, c","secret":"x","#),
    ("\"psk\",\"secret\":\"x\"", r#""eap-mschapv2","secret":"x""#),
    (
        "\"psk\",\"secret\":\"x\"},\"remote_auth\":{\"auth\":\"psk\"",
        r#""cert","cert":"c","private_key":"k"},"remote_auth":{"auth":"pubkey","ca_cert":["a","b"]"#,
    ),
    ("{\"remote_addrs\"", r#"{"version":1,"aggressive":true,"remote_addrs""#),
    ("{\"remote_addrs\"", r#"{"aggressive":false,"dscp":"101110","lifetime":{},"remote_addrs""#),
    (
        CHILD,
        r#"[{"name":"a","local_ts":"10.0.0.0/8, 10.1.0.0/16[tcp/80]","mark_in":"1/2","mark_out":7,"if_id_in":"%unique"},{"name":"b","esp_proposals":["a b"]}]"#,
    ),
    (CHILD, r#"[{"name":"net","lifetime":{"rekey_bytes":18446744073709551615,"life_packets":1}}]"#),
    (CHILD, r#"[{"name":"net"}],"dpd":{"delay":0},"vips":["0.0.0.0","::"],"failover":{"failback":"hold_down"}"#),
];

/// Another good one, without pre-shared keys.
pub const SIGNED: &str = r#"{"name":"vpn","ike_cfg":{"version":1,"remote_addrs":["10.0.0.1"],"lifetime":{}},"dpd":{},"failover":{},
    "local_auth":{"auth":"pubkey","cert":"c","private_key":"k"},"remote_auth":{"auth":"eap"},"children":[{"name":"net","lifetime":{}}]}"#;
