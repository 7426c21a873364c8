//! The rules between keys, which no single row of the table can tell.

use crate::config::model::{Auth, Child, Config, Volume};

/// A path below the connection, and what is wrong there.
type Fault = (&'static [&'static str], &'static str);

const EARLY: &str = "what is random of the time until rekeying is more than that time";

const PSK: u32 = 1;
const PUBKEY: u32 = 2;
const EAP_MSCHAPV2: u32 = 5;
const EAP_TLS: u32 = 6;

/// What is wrong with a connection.
#[must_use]
pub fn fault(config: &Config) -> Option<Fault> {
    let (local, remote) = (&config.local_auth, &config.remote_auth);
    let psk = local.method == PSK || remote.method == PSK;
    let (ours, theirs) = (config.text(local.secret), config.text(remote.secret));
    if psk && ours.is_empty() && theirs.is_empty() {
        return Some((&["local_auth", "secret"], "a pre-shared key needs its secret"));
    }
    if local.method == EAP_MSCHAPV2 && local.secret.len == 0 {
        return Some((&["local_auth", "secret"], "EAP-MSCHAPv2 needs its password"));
    }
    let both = local.method == PSK && remote.method == PSK && remote.secrets.len <= 1;
    if both && !ours.is_empty() && !theirs.is_empty() && ours != theirs {
        return Some((&["remote_auth", "secret"], "both sides have the same pre-shared key"));
    }
    if local.method == PUBKEY && local.secret.len > 0 {
        return Some((
            &["local_auth", "secret"],
            "a signature has no secret; did you mean \"private_key_passphrase\"?",
        ));
    }
    if local.ids.len > 1 {
        return Some((&["local_auth", "id"], "this side has one identity"));
    }
    if remote.ids.len > 1 && remote.ids.len != config.remote_addrs.len {
        return Some((&["remote_auth", "id"], "expected one identity, or one for each of remote_addrs"));
    }
    if let Some(fault) = fault_of_lists(config) {
        return Some(fault);
    }
    if matches!(local.method, PUBKEY | EAP_TLS) {
        if local.cert.len == 0 {
            return Some((&["local_auth", "cert"], "a signature needs its certificate"));
        }
        if local.private_key.len == 0 {
            return Some((&["local_auth", "private_key"], "a signature needs its private key"));
        }
    }
    let times = [config.rekey_time_s, config.reauth_time_s];
    if times.iter().any(|time| is_early(u64::from(*time), u64::from(config.jitter_time_s))) {
        return Some((&["ike_cfg", "lifetime", "jitter_time"], EARLY));
    }
    if config.aggressive != 0 && config.version != 1 {
        return Some((&["ike_cfg", "aggressive"], "aggressive mode is of IKEv1"));
    }
    for (side, auth) in [("local_auth", local), ("remote_auth", remote)] {
        if let Some(fault) = fault_of_auth(side, auth) {
            return Some(fault);
        }
    }
    None
}

/// What is wrong with the keys and certificates that each SEGW has of its own.
fn fault_of_lists(config: &Config) -> Option<Fault> {
    let (local, remote) = (&config.local_auth, &config.remote_auth);
    let segws = config.remote_addrs.len;
    if remote.certs.len > 1 && remote.certs.len != segws {
        return Some((&["remote_auth", "cert"], "expected one certificate, or one for each of remote_addrs"));
    }
    if remote.secrets.len > 1 {
        if remote.secrets.len != segws {
            return Some((&["remote_auth", "secret"], "expected one key, or one for each of remote_addrs"));
        }
        if remote.ids.len != segws {
            // It is by the identities that charon finds a key.
            return Some((
                &["remote_auth", "id"],
                "several keys need as many identities, one for each of remote_addrs",
            ));
        }
        if local.method == PSK && local.secret.len > 0 {
            return Some((&["local_auth", "secret"], "\"remote_auth\" has a key for each SEGW; leave this one out"));
        }
    }
    if config.ppk_id.len == 0 && (config.ppk_secret.len > 0 || config.ppk_required != 0) {
        return Some((&["ppk_id"], "a postquantum pre-shared key needs its identity"));
    }
    None
}

/// What has no meaning with the method.
fn fault_of_auth(side: &str, auth: &Auth) -> Option<Fault> {
    let local = side == "local_auth";
    if auth.private_key_passphrase.len > 0 && auth.private_key.len == 0 {
        let path: &[&str] =
            if local { &["local_auth", "private_key_passphrase"] } else { &["remote_auth", "private_key_passphrase"] };
        return Some((path, "a passphrase without a private key"));
    }
    if !local && auth.private_key.len > 0 {
        return Some((&["remote_auth", "private_key"], "the SEGW keeps its private key to itself"));
    }
    if auth.method == PSK && auth.cert.len > 0 {
        let path: &[&str] = if local { &["local_auth", "cert"] } else { &["remote_auth", "cert"] };
        return Some((path, "a pre-shared key has no certificate; did you mean \"auth\":\"pubkey\"?"));
    }
    None
}

/// What is wrong with a CHILD_SA: its index, its key, the reason.
#[must_use]
pub fn fault_of_child(config: &Config) -> Option<(usize, &'static str, &'static str)> {
    config.children().enumerate().find_map(|(index, child)| {
        let name = config.text(child.name);
        if config.children().take(index).any(|other| config.text(other.name) == name) {
            return Some((index, "name", "this name is used twice"));
        }
        fault_within(child).map(|(key, reason)| (index, key, reason))
    })
}

fn fault_within(child: &Child) -> Option<(&'static str, &'static str)> {
    if child.esp_proposals.len > 0 && child.ah_proposals.len > 0 {
        return Some(("ah_proposals", "a CHILD_SA uses either ESP or AH"));
    }
    let (rekey, life, jitter) = (child.rekey_time_s, child.life_time_s, child.jitter_time_s);
    let times = Volume { rekey: rekey.into(), life: life.into(), jitter: jitter.into() };
    let all = [times, child.bytes, child.packets];
    if times.life > 0 && times.rekey >= times.life {
        return Some((
            "lifetime",
            "it would be closed before it is rekeyed: life_time must be more than rekey_time, which is 3600 unless it is set",
        ));
    }
    if all.iter().any(|it| it.life > 0 && it.rekey >= it.life) {
        return Some(("lifetime", "it would be closed before it is rekeyed: life_ must be more than its rekey_"));
    }
    all.iter().any(|it| is_early(it.rekey, it.jitter)).then_some(("lifetime", EARLY))
}

/// Whether what is randomly subtracted from the time until rekeying may be more than that. Charon would compute a time
/// of centuries, and close the CHILD_SA at the end of its life.
const fn is_early(rekey: u64, jitter: u64) -> bool {
    rekey > 0 && jitter > rekey
}
