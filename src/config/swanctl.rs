//! What is said to a key that is unknown where it stands: the one table of swanctl.conf's keys that have another name here, or
//! none. A key with the same name at another place needs no row: it is found in the table of keys.

use crate::config::schema::{CONNECTION, Key, Kind};
use crate::policy::key_meant;
use crate::refusal::{begins, nearest};

/// What became of a key of swanctl.conf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It has this path here.
    Is(&'static str),
    /// There is no such key, for this reason.
    Missing(&'static str),
}

use Answer::{Is, Missing};

const ONE_ROUND: &str = "each side has one round of authentication here";
const ROUNDS: Answer = Missing(ONE_ROUND);
const MEDIATION: Answer = Missing("mediation is not supported");
const LABELS: Answer = Missing("security labels are not supported");
const RETRIES: Answer = Missing("the only retry loop is that of \"failover\"");

/// The keys of swanctl.conf, with the places that people put them in, that are called otherwise here or do not exist.
pub const TABLE: &[(&str, Answer)] = &[
    ("local", Is("local_auth")),
    ("remote", Is("remote_auth")),
    ("dpd_delay", Is("dpd.delay")),
    ("dpd_timeout", Is("dpd.timeout")),
    ("rand_time", Is("ike_cfg.lifetime.jitter_time")),
    ("proposals", Is("esp_proposals")),
    ("certs", Is("cert")),
    ("cacert", Is("ca_cert")),
    ("cacerts", Is("ca_cert")),
    ("ca_certs", Is("ca_cert")),
    ("ca_chain", Is("ca_cert")),
    ("secrets", Is("local_auth.secret")),
    ("psk", Is("secret")),
    ("password", Is("secret")),
    ("key", Is("private_key")),
    ("passphrase", Is("private_key_passphrase")),
    ("ca", Is("ca_cert")),
    ("certificate", Is("cert")),
    ("identity", Is("id")),
    ("username", Is("id")),
    ("segws", Is("ike_cfg.remote_addrs")),
    ("gateway", Is("ike_cfg.remote_addrs")),
    ("child", Is("children")),
    ("connection", Missing("several are {\"connections\":[...]}")),
    ("timeout", Is("failover.connect_timeout_ms")),
    ("retries", Is("failover.max_rounds")),
    ("adopt", Missing("it is an option of strongswan.conf, for connections that no client applies")),
    // Of ipsec.conf, which swanctl.conf has replaced.
    ("left", Is("ike_cfg.local_addrs")),
    ("right", Is("ike_cfg.remote_addrs")),
    ("leftid", Is("local_auth.id")),
    ("rightid", Is("remote_auth.id")),
    ("leftauth", Is("local_auth.auth")),
    ("rightauth", Is("remote_auth.auth")),
    ("leftsubnet", Is("local_ts")),
    ("rightsubnet", Is("remote_ts")),
    ("keyexchange", Is("ike_cfg.version")),
    ("ike", Is("ike_cfg.proposals")),
    ("esp", Is("esp_proposals")),
    ("auto", Is("start_action")),
    ("type", Is("mode")),
    ("action", RETRIES),
    ("pools", Missing("a CPE asks for addresses with \"vips\"")),
    ("mediation", MEDIATION),
    ("mediated_by", MEDIATION),
    ("mediation_peer", MEDIATION),
    ("ocsp", Missing("charon decides if OCSP responses are asked for")),
    ("round", ROUNDS),
    ("xauth_id", Missing("XAuth is not supported")),
    ("pubkeys", Missing("bare public keys are not supported; write \"cert\"")),
    ("ca_id", Missing("an authority is told by its certificate, \"ca_cert\"")),
    ("groups", Missing("a SEGW is not checked for groups")),
    ("cert_policy", Missing("certificate policies are not checked")),
    ("label", LABELS),
    ("label_mode", LABELS),
    ("per_cpu_sas", Missing("one CHILD_SA serves all CPUs")),
    ("iptfs", Missing("IP-TFS is not supported")),
    ("authorities", Missing("write the authority's certificate as \"remote_auth.ca_cert\"")),
];

/// The keys below a key.
const fn below(key: &Key) -> &'static [Key] {
    match key.kind {
        Kind::Object(keys) | Kind::Policy(keys, _) | Kind::Children(keys) => keys,
        _ => &[],
    }
}

fn has(keys: &[Key], name: &str) -> bool {
    keys.iter().any(|key| key.name == name)
}

/// The parents of every key of that name below these keys, at most two of them; a list of CHILD_SAs counts if `children`.
fn parents(keys: &'static [Key], name: &str, children: bool) -> impl Iterator<Item = [&'static str; 2]> {
    keys.iter().filter(move |key| children || !matches!(key.kind, Kind::Children(_))).flat_map(move |key| {
        let outer = has(below(key), name).then_some([key.name, ""]);
        let inner = below(key).iter().filter(move |inner| has(below(inner), name)).map(|inner| [key.name, inner.name]);
        outer.into_iter().chain(inner)
    })
}

/// What is said of a key that is unknown among these; `say` gets the parts of it.
pub fn explain<T>(name: &str, keys: &'static [Key], say: impl FnOnce(&[&str]) -> T) -> T {
    // Written too far up, among the keys around the object it is in.
    let mut places = parents(keys, name, false);
    if let Some([outer, inner]) = places.next() {
        return say(&belongs(name, [outer, inner], places.next()));
    }
    if let Some((_, answer)) = TABLE.iter().find(|(key, _)| *key == name) {
        return match *answer {
            Is(path) => say(&["unknown key \"", name, "\"; it is \"", path, "\" here"]),
            Missing(reason) => say(&["unknown key \"", name, "\": ", reason]),
        };
    }
    // `local-1`, `cert2`: swanctl.conf's sections for one more of them.
    match name.trim_end_matches(|it: char| it == '-' || it.is_ascii_digit()) {
        section if section.len() == name.len() => (),
        "local" | "remote" => return say(&["unknown key \"", name, "\": ", ONE_ROUND]),
        "cert" | "cacert" => return say(&["unknown key \"", name, "\": write all of them in \"cert\" or \"ca_cert\""]),
        _ => (),
    }
    if let Some(meant) = nearest(name, &mut keys.iter().map(|key| key.name)) {
        return say(&["unknown key \"", name, "\"; did you mean \"", meant, "\"?"]);
    }
    if has(CONNECTION, name) {
        return say(&["unknown key \"", name, "\"; it belongs beside \"ike_cfg\""]);
    }
    let mut places = parents(CONNECTION, name, true);
    if let Some(place) = places.next() {
        return say(&belongs(name, place, places.next()));
    }
    // Without its unit, or in the style of another language.
    if let Some(meant) = keys.iter().map(|key| key.name).find(|known| begins(name, known)) {
        return say(&["unknown key \"", name, "\"; did you mean \"", meant, "\"?"]);
    }
    // Misspelled, and among the keys of another section.
    let near =
        |section: &&Key| nearest(name, &mut below(section).iter().map(|key| key.name)).map(|it| (section.name, it));
    let section = CONNECTION.iter().find_map(|section| near(&section));
    if let Some((section, meant)) = section.filter(|(section, _)| *section != "failover") {
        return say(&["unknown key \"", name, "\"; did you mean \"", meant, "\"? It belongs in \"", section, "\""]);
    }
    // Of the policy, and perhaps not where it belongs.
    match (key_meant(name), has(keys, "connect_timeout_ms")) {
        (Some(meant), true) => say(&["unknown key \"", name, "\"; did you mean \"", meant, "\"?"]),
        (Some(meant), false) => {
            say(&["unknown key \"", name, "\"; did you mean \"", meant, "\"? It belongs in \"failover\""])
        }
        (None, _) => say(&["unknown key \"", name, "\""]),
    }
}

fn belongs<'a>(name: &'a str, first: [&'a str; 2], second: Option<[&'a str; 2]>) -> [&'a str; 11] {
    let dot = |inner: &str| if inner.is_empty() { "" } else { "." };
    let ([outer, inner], other) = (first, second.unwrap_or_default());
    let [also, within] = other;
    let or = if second.is_some() { "\" or \"" } else { "" };
    ["unknown key \"", name, "\"; it belongs in \"", outer, dot(inner), inner, or, also, dot(within), within, "\""]
}
