//! Every key of swanctl.conf (strongSwan 6.0), at the places where people write it: taken, or refused with what is meant here
//! or why there is no such thing; and what a hint names is there.

use segw::config::schema::{CONNECTION, Key, Kind};
use segw::config::swanctl::{Answer, TABLE};

use crate::cases::GOOD;
use crate::read;
use crate::texts::put;

/// connections.<conn> in swanctl.conf(5).
const OF_CONNECTION: &[&str] = &[
    "version",
    "local_addrs",
    "remote_addrs",
    "local_port",
    "remote_port",
    "proposals",
    "vips",
    "aggressive",
    "pull",
    "dscp",
    "encap",
    "mobike",
    "dpd_delay",
    "dpd_timeout",
    "fragmentation",
    "childless",
    "send_certreq",
    "send_cert",
    "ocsp",
    "ppk_id",
    "ppk_required",
    "keyingtries",
    "unique",
    "reauth_time",
    "rekey_time",
    "over_time",
    "rand_time",
    "pools",
    "if_id_in",
    "if_id_out",
    "mediation",
    "mediated_by",
    "mediation_peer",
    "local",
    "remote",
    "local-1",
    "remote2",
    "children",
];

/// connections.<conn>.local<suffix> and remote<suffix>.
const OF_SIDE: &[&str] = &[
    "round",
    "certs",
    "cert",
    "cert1",
    "pubkeys",
    "auth",
    "id",
    "eap_id",
    "aaa_id",
    "xauth_id",
    "cacerts",
    "cacert",
    "cacert-2",
    "ca_id",
    "groups",
    "cert_policy",
    "revocation",
];

/// connections.<conn>.children.<child>.
const OF_CHILD: &[&str] = &[
    "ah_proposals",
    "esp_proposals",
    "sha256_96",
    "local_ts",
    "remote_ts",
    "rekey_time",
    "life_time",
    "rand_time",
    "rekey_bytes",
    "life_bytes",
    "rand_bytes",
    "rekey_packets",
    "life_packets",
    "rand_packets",
    "updown",
    "hostaccess",
    "mode",
    "policies",
    "policies_fwd_out",
    "dpd_action",
    "ipcomp",
    "inactivity",
    "reqid",
    "priority",
    "interface",
    "mark_in",
    "mark_in_sa",
    "mark_out",
    "set_mark_in",
    "set_mark_out",
    "if_id_in",
    "if_id_out",
    "label",
    "label_mode",
    "tfc_padding",
    "replay_window",
    "hw_offload",
    "copy_df",
    "copy_ecn",
    "copy_dscp",
    "start_action",
    "close_action",
    "per_cpu_sas",
    "iptfs",
];

fn below(key: &Key) -> &'static [Key] {
    match key.kind {
        Kind::Object(keys) | Kind::Policy(keys, _) | Kind::Children(keys) => keys,
        _ => &[],
    }
}

fn find(keys: &'static [Key], path: &str) -> Option<&'static Key> {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let key = keys.iter().find(|key| key.name == name)?;
    rest.map_or(Some(key), |rest| find(below(key), rest))
}

/// Whether a path names a key, from the connection on or from one of its objects.
fn is_there(path: &str) -> bool {
    find(CONNECTION, path).is_some() || CONNECTION.iter().any(|key| find(below(key), path).is_some())
}

/// What is said to a key of that name in the object at that place; `None` if it is known there.
fn said(place: &str, key: &str) -> Option<String> {
    let text = put(GOOD, &format!("{place}{key}"), "[{}]").expect("JSON");
    let message = read(&text, 0).map(|_| ()).expect_err("no key's value is that").message.to_string();
    message.starts_with("unknown key").then_some(message)
}

#[test]
fn no_key_is_refused_without_a_word() {
    let places = [
        ("", OF_CONNECTION),
        ("ike_cfg.", OF_CONNECTION),
        ("local_auth.", OF_SIDE),
        ("remote_auth.", OF_SIDE),
        ("children[].", OF_CHILD),
    ];
    for (place, keys) in places {
        for key in keys {
            let Some(message) = said(place, key) else { continue };
            let rest = message.strip_prefix(&format!("unknown key \"{key}\"")).expect(&message);
            assert!(!rest.is_empty() && !rest.contains("did you mean"), "{place}{key}: {message}");
            assert!(message.len() < 150, "{message}");
            let Some(hint) = rest.strip_prefix("; ") else { continue };
            // Every other part stands between quotes.
            for path in hint.split('"').skip(1).step_by(2) {
                let whole = if hint.starts_with("it belongs in") { format!("{path}.{key}") } else { path.to_owned() };
                assert!(is_there(&whole), "{place}{key}: {message}: there is no {whole}");
            }
        }
    }
}

#[test]
fn the_table_names_keys_that_are_there() {
    for (index, (name, answer)) in TABLE.iter().enumerate() {
        assert!(TABLE.iter().skip(index + 1).all(|(other, _)| other != name), "{name} stands there twice");
        if let Answer::Is(path) = answer {
            assert!(is_there(path), "{name}: there is no {path}");
        }
    }
}

/// One of each kind, and what is right and not near.
#[test]
fn hints() {
    for (place, key, expected) in [
        ("", "dpd_delay", "; it is \"dpd.delay\" here"),
        ("ike_cfg.", "dpd_delay", "; it is \"dpd.delay\" here"),
        ("", "local", "; it is \"local_auth\" here"),
        ("", "failback", "; it belongs in \"failover\""),
        ("ike_cfg.", "hold_down_ms", "; it belongs in \"failover\""),
        ("failover.", "connect_timeout", "; did you mean \"connect_timeout_ms\"?"),
        ("failover.", "connectTimeout", "; did you mean \"connect_timeout_ms\"?"),
        ("failover.", "holddown", "; did you mean \"hold_down_ms\"?"),
        ("failover.", "timeout", "; it is \"failover.connect_timeout_ms\" here"),
        ("failover.", "probe", "; it belongs beside \"ike_cfg\""),
        ("failover.", "adopt", ": it is an option of strongswan.conf, for connections that no client applies"),
        ("probe.", "interval", "; did you mean \"interval_ms\"?"),
        ("ike_cfg.", "gateway", "; it is \"ike_cfg.remote_addrs\" here"),
        ("", "connection", ": several are {\"connections\":[...]}"),
        ("", "connect_timeout", "; did you mean \"connect_timeout_ms\"? It belongs in \"failover\""),
        ("", "dscp", "; it belongs in \"ike_cfg\""),
        ("", "rekey_time", "; it belongs in \"ike_cfg.lifetime\""),
        ("", "rand_time", "; it is \"ike_cfg.lifetime.jitter_time\" here"),
        ("ike_cfg.lifetime.", "rand_time", "; it is \"ike_cfg.lifetime.jitter_time\" here"),
        ("children[].", "rand_time", "; it belongs in \"lifetime\""),
        ("children[].", "proposals", "; it is \"esp_proposals\" here"),
        ("", "secret", "; it belongs in \"local_auth\" or \"remote_auth\""),
        ("", "start_action", "; it belongs in \"children\""),
        ("ike_cfg.", "unique", "; it belongs beside \"ike_cfg\""),
        ("remote_auth.", "ca_chain", "; it is \"ca_cert\" here"),
        ("", "local-1", ": each side has one round of authentication here"),
        ("dpd.", "action", ": the only retry loop is that of \"failover\""),
        ("", "colour", ""),
        ("ike_cfg.", "remote_adrs", "; did you mean \"remote_addrs\"?"),
    ] {
        assert_eq!(said(place, key), Some(format!("unknown key \"{key}\"{expected}")), "{place}{key}");
    }
}

/// A key that is right at one place is told that place at every other one, whatever is spelled nearly like it there.
#[test]
fn keys_at_the_wrong_place() {
    fn collect(keys: &'static [Key], places: &mut Vec<&'static [Key]>) {
        places.push(keys);
        keys.iter().map(below).filter(|keys| !keys.is_empty()).for_each(|keys| collect(keys, places));
    }
    let mut places = Vec::new();
    collect(CONNECTION, &mut places);
    for keys in &places {
        for key in places.iter().copied().flatten().filter(|key| keys.iter().all(|known| known.name != key.name)) {
            let message = segw::config::swanctl::explain(key.name, keys, |parts| parts.concat());
            // The times of a CHILD_SA are in its `lifetime`, which is what this is near to.
            // And `action` is what swanctl.conf's users write for a retry loop.
            let near = ["life_time", "lifetime", "action"].contains(&key.name);
            assert!(near || message.contains("; it "), "{message}: among {:?}", keys.first().map(|key| key.name));
        }
    }
}
