//! Every key of the configuration: its name, what its value must be, and where the value goes. The one list that the
//! reader, the error messages and the reference are made from.

use crate::bounds::Bounds;
use crate::config::model::{Child, Config, Text, TextList};
use crate::policy::{Choose, PROBE, PROBE_AT, PerSegw, Policy, SETTINGS, Setting, Tunable};
use crate::unit::Unit;

/// What is being filled in.
#[derive(Debug)]
pub struct Draft<'c> {
    /// What goes to charon.
    pub config: &'c mut Config,
    /// What stays here.
    pub policy: &'c mut Policy,
    /// The CHILD_SA whose keys are being read.
    pub child: usize,
}

/// Where a value of type `T` goes.
pub type Field<T> = for<'a> fn(&'a mut Draft<'_>) -> Option<&'a mut T>;

/// What a string must be besides a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Anything charon takes.
    Free,
    /// A connection's or CHILD_SA's name.
    Name,
    /// The address of a SEGW.
    Segw,
    /// An address of this host, or what charon compares it with.
    Local,
    /// PEM, or the path of a file.
    Pem,
}

/// What a key's value must be.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A string.
    Text(Rule, Field<Text>),
    /// A list of strings, or one string with commas.
    Texts(Rule, Field<TextList>),
    /// A string, or a list of strings; commas are part of a string.
    Several(Rule, Field<TextList>),
    /// A string, or a whole number, kept as a string.
    Label(Field<Text>),
    /// `true` or `false`.
    Flag(Field<u32>),
    /// A whole number within bounds.
    Number(u32, u32, Field<u32>),
    /// The one number that may stand there, which has no effect, and why no other may.
    Only(u32, &'static str),
    /// Seconds up to a bound, as a whole number or as a string with its unit.
    Seconds(u32, Field<u32>),
    /// A whole number of 64 bits.
    Large(Field<u64>),
    /// Six binary digits, as strongSwan writes a DSCP.
    Dscp(Field<u32>),
    /// One of a few words, each with its number. Without a field the word is checked, and has no effect here.
    Word(&'static [(&'static str, u32)], Option<Field<u32>>),
    /// A whole number within bounds, of the policy.
    Tunable(u32, u32, Tunable),
    /// Milliseconds within bounds, of the policy; as a whole number or as a string with its unit.
    Milliseconds(Bounds, Tunable),
    /// One of a few words, each with its meaning for the policy.
    Choice(&'static [(&'static str, Choose)]),
    /// What is asked through the tunnel, of the policy: a list of strings, or one string with commas.
    Targets,
    /// A number for each SEGW, of the policy: a list of numbers, or one string with commas or blanks.
    Each(PerSegw),
    /// Weekdays and hours, of the policy: a list of strings, or one string with commas.
    Windows,
    /// An object with these keys.
    Object(&'static [Key]),
    /// An object with these keys of the policy; the bit of the first of them in what was set.
    Policy(&'static [Key], u32),
    /// A list of objects, one for each CHILD_SA.
    Children(&'static [Key]),
}

impl Kind {
    /// Whether a number may stand there and is no text.
    #[must_use]
    pub const fn is_number(self) -> bool {
        matches!(
            self,
            Self::Number(..)
                | Self::Only(..)
                | Self::Tunable(..)
                | Self::Large(_)
                | Self::Seconds(..)
                | Self::Milliseconds(..)
        )
    }

    /// What a whole number of 32 bits may be.
    #[must_use]
    pub const fn bounds(self) -> Option<Bounds> {
        let (least, most) = match self {
            Self::Number(least, most, _) | Self::Tunable(least, most, _) => (least, most),
            Self::Seconds(most, _) => (0, most),
            Self::Milliseconds(bounds, _) => return Some(bounds),
            _ => return None,
        };
        Some(Bounds { least, most, or_zero: false, unit: self.unit() })
    }

    /// What it counts, if it is a time.
    #[must_use]
    pub const fn unit(self) -> Option<Unit> {
        match self {
            Self::Seconds(..) => Some(Unit::Seconds),
            Self::Milliseconds(..) => Some(Unit::Milliseconds),
            _ => None,
        }
    }
}

/// One key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// As it is written.
    pub name: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// What its value must be.
    pub kind: Kind,
}

const fn required(name: &'static str, kind: Kind) -> Key {
    Key { name, required: true, kind }
}

const fn optional(name: &'static str, kind: Kind) -> Key {
    Key { name, required: false, kind }
}

/// A hundred years, in seconds: no lifetime is longer.
const LONGEST_S: u32 = 3_155_760_000;

/// A field of the configuration.
macro_rules! at {
    ($($field:ident).+) => {
        |draft| Some(&mut draft.config.$($field).+)
    };
}

/// A field of the CHILD_SA that is being read.
macro_rules! child {
    ($($field:ident).+) => {
        |draft| current_child(draft).map(|child| &mut child.$($field).+)
    };
}

#[inline(always)]
fn current_child<'a>(draft: &'a mut Draft<'_>) -> Option<&'a mut Child> {
    draft.config.children.get_mut(draft.child)
}

/// A connection.
pub const CONNECTION: &[Key] = &[
    required("name", Kind::Text(Rule::Name, at!(name))),
    required("ike_cfg", Kind::Object(IKE_CFG)),
    optional("mobike", Kind::Flag(at!(mobike))),
    optional("unique", Kind::Word(UNIQUE, Some(at!(unique)))),
    optional("vips", Kind::Texts(Rule::Free, at!(vips))),
    optional("if_id_in", Kind::Label(at!(if_id_in))),
    optional("if_id_out", Kind::Label(at!(if_id_out))),
    optional("dpd", Kind::Object(DPD)),
    required("local_auth", Kind::Object(LOCAL_AUTH)),
    required("remote_auth", Kind::Object(REMOTE_AUTH)),
    required("children", Kind::Children(CHILD)),
    optional("failover", Kind::Policy(FAILOVER, 0)),
    optional("probe", Kind::Policy(PROBE_KEYS, PROBE_AT)),
    optional("pull", Kind::Flag(at!(pull))),
    optional(
        "keyingtries",
        Kind::Only(0, "the only retry loop is that of \"failover\", limited by its \"max_rounds\""),
    ),
    optional("ppk_id", Kind::Text(Rule::Free, at!(ppk_id))),
    optional("ppk_secret", Kind::Text(Rule::Free, at!(ppk_secret))),
    optional("ppk_required", Kind::Flag(at!(ppk_required))),
];

const UNIQUE: &[(&str, u32)] = &[("no", 0), ("never", 1), ("replace", 2), ("keep", 3)];

const IKE_CFG: &[Key] = &[
    optional("version", Kind::Number(1, 2, at!(version))),
    optional("aggressive", Kind::Flag(at!(aggressive))),
    optional("local_addrs", Kind::Texts(Rule::Local, at!(local_addrs))),
    required("remote_addrs", Kind::Texts(Rule::Segw, at!(remote_addrs))),
    optional("local_port", Kind::Number(1, 65_535, at!(local_port))),
    optional("remote_port", Kind::Number(1, 65_535, at!(remote_port))),
    optional("proposals", Kind::Texts(Rule::Free, at!(proposals))),
    optional("dscp", Kind::Dscp(at!(dscp))),
    optional("encap", Kind::Flag(at!(encap))),
    optional("mobike", Kind::Flag(at!(mobike))),
    optional("fragmentation", Kind::Word(FRAGMENTATION, Some(at!(fragmentation)))),
    optional("childless", Kind::Word(CHILDLESS, Some(at!(childless)))),
    optional("send_cert", Kind::Word(SEND_CERT, Some(at!(send_cert)))),
    optional("send_certreq", Kind::Flag(at!(send_certreq))),
    optional("lifetime", Kind::Object(IKE_LIFETIME)),
];

const FRAGMENTATION: &[(&str, u32)] = &[("no", 0), ("accept", 1), ("yes", 2), ("force", 3)];
const CHILDLESS: &[(&str, u32)] = &[("allow", 0), ("prefer", 1), ("force", 2), ("never", 3)];
const SEND_CERT: &[(&str, u32)] = &[("ifasked", 0), ("always", 1), ("never", 2)];

const IKE_LIFETIME: &[Key] = &[
    optional("rekey_time", Kind::Seconds(LONGEST_S, at!(rekey_time_s))),
    optional("reauth_time", Kind::Seconds(LONGEST_S, at!(reauth_time_s))),
    optional("over_time", Kind::Seconds(LONGEST_S, at!(over_time_s))),
    optional("jitter_time", Kind::Seconds(LONGEST_S, at!(jitter_time_s))),
];

const DPD: &[Key] = &[
    optional("delay", Kind::Seconds(LONGEST_S, at!(dpd_delay_s))),
    optional("timeout", Kind::Seconds(LONGEST_S, at!(dpd_timeout_s))),
];

const AUTH_METHOD: &[(&str, u32)] =
    &[("psk", 1), ("pubkey", 2), ("cert", 2), ("eap", 3), ("eap-aka", 4), ("eap-mschapv2", 5), ("eap-tls", 6)];
const REVOCATION: &[(&str, u32)] = &[("relaxed", 0), ("ifuri", 1), ("strict", 2)];

const LOCAL_AUTH: &[Key] = &[
    required("auth", Kind::Word(AUTH_METHOD, Some(at!(local_auth.method)))),
    optional("id", Kind::Several(Rule::Free, at!(local_auth.ids))),
    optional("eap_id", Kind::Text(Rule::Free, at!(local_auth.eap_id))),
    optional("secret", Kind::Text(Rule::Free, at!(local_auth.secret))),
    optional("cert", Kind::Text(Rule::Pem, at!(local_auth.cert))),
    optional("private_key", Kind::Text(Rule::Pem, at!(local_auth.private_key))),
    optional("private_key_passphrase", Kind::Text(Rule::Free, at!(local_auth.private_key_passphrase))),
    optional("ca_cert", Kind::Several(Rule::Pem, at!(local_auth.ca_certs))),
    optional("revocation", Kind::Word(REVOCATION, Some(at!(local_auth.revocation)))),
    optional("enable_ocsp", Kind::Flag(at!(local_auth.ocsp))),
    optional("enable_crl", Kind::Flag(at!(local_auth.crl))),
    optional("aaa_id", Kind::Text(Rule::Free, at!(local_auth.aaa_id))),
];

const REMOTE_AUTH: &[Key] = &[
    required("auth", Kind::Word(AUTH_METHOD, Some(at!(remote_auth.method)))),
    optional("id", Kind::Several(Rule::Free, at!(remote_auth.ids))),
    optional("eap_id", Kind::Text(Rule::Free, at!(remote_auth.eap_id))),
    optional("secret", Kind::Several(Rule::Free, at!(remote_auth.secrets))),
    optional("cert", Kind::Several(Rule::Pem, at!(remote_auth.certs))),
    optional("private_key", Kind::Text(Rule::Pem, at!(remote_auth.private_key))),
    optional("private_key_passphrase", Kind::Text(Rule::Free, at!(remote_auth.private_key_passphrase))),
    optional("ca_cert", Kind::Several(Rule::Pem, at!(remote_auth.ca_certs))),
    optional("revocation", Kind::Word(REVOCATION, Some(at!(remote_auth.revocation)))),
    optional("enable_ocsp", Kind::Flag(at!(remote_auth.ocsp))),
    optional("enable_crl", Kind::Flag(at!(remote_auth.crl))),
    optional("aaa_id", Kind::Text(Rule::Free, at!(remote_auth.aaa_id))),
];

const CHILD: &[Key] = &[
    required("name", Kind::Text(Rule::Name, child!(name))),
    optional("local_ts", Kind::Texts(Rule::Free, child!(local_ts))),
    optional("remote_ts", Kind::Texts(Rule::Free, child!(remote_ts))),
    optional("esp_proposals", Kind::Texts(Rule::Free, child!(esp_proposals))),
    optional("ah_proposals", Kind::Texts(Rule::Free, child!(ah_proposals))),
    optional("mode", Kind::Word(MODE, Some(child!(mode)))),
    optional("start_action", Kind::Word(START, Some(child!(start_action)))),
    // Existing clients send these two. Exactly one retry loop exists, ours, so charon gets `none` for both.
    optional("dpd_action", Kind::Word(ACTION, None)),
    optional("close_action", Kind::Word(ACTION, None)),
    optional("copy_dscp", Kind::Word(COPY_DSCP, Some(child!(copy_dscp)))),
    optional("updown", Kind::Text(Rule::Free, child!(updown))),
    optional("mark_in", Kind::Label(child!(mark_in))),
    optional("mark_out", Kind::Label(child!(mark_out))),
    optional("if_id_in", Kind::Label(child!(if_id_in))),
    optional("if_id_out", Kind::Label(child!(if_id_out))),
    optional("reqid", Kind::Number(0, u32::MAX, child!(reqid))),
    optional("policies", Kind::Flag(child!(policies))),
    optional("hw_offload", Kind::Word(HW_OFFLOAD, Some(child!(hw_offload)))),
    optional("interface", Kind::Text(Rule::Free, child!(interface))),
    optional("priority", Kind::Number(0, u32::MAX, child!(priority))),
    optional("replay_window", Kind::Number(0, 65_535, child!(replay_window))),
    optional("ipcomp", Kind::Flag(child!(ipcomp))),
    optional("inactivity", Kind::Seconds(LONGEST_S, child!(inactivity_s))),
    optional("lifetime", Kind::Object(CHILD_LIFETIME)),
    optional("set_mark_in", Kind::Label(child!(set_mark_in))),
    optional("set_mark_out", Kind::Label(child!(set_mark_out))),
    optional("mark_in_sa", Kind::Flag(child!(mark_in_sa))),
    optional("copy_df", Kind::Flag(child!(copy_df))),
    optional("copy_ecn", Kind::Flag(child!(copy_ecn))),
    optional("policies_fwd_out", Kind::Flag(child!(policies_fwd_out))),
    optional("hostaccess", Kind::Flag(child!(hostaccess))),
    optional("sha256_96", Kind::Flag(child!(sha256_96))),
    optional("tfc_padding", Kind::Label(child!(tfc_padding))),
];

const HW_OFFLOAD: &[(&str, u32)] = &[("no", 0), ("yes", 1), ("crypto", 1), ("auto", 2), ("packet", 3)];

const MODE: &[(&str, u32)] = &[("tunnel", 1), ("transport", 2), ("beet", 3)];
const START: &[(&str, u32)] = &[("none", 0), ("start", 1), ("trap", 2), ("trap|start", 3)];
const ACTION: &[(&str, u32)] =
    &[("none", 0), ("clear", 0), ("trap", 0), ("hold", 0), ("start", 0), ("restart", 0), ("trap|start", 0)];
const COPY_DSCP: &[(&str, u32)] = &[("out", 0), ("in", 1), ("yes", 2), ("no", 3)];

const CHILD_LIFETIME: &[Key] = &[
    optional("rekey_time", Kind::Seconds(LONGEST_S, child!(rekey_time_s))),
    optional("life_time", Kind::Seconds(LONGEST_S, child!(life_time_s))),
    optional("rand_time", Kind::Seconds(LONGEST_S, child!(jitter_time_s))),
    optional("rekey_bytes", Kind::Large(child!(bytes.rekey))),
    optional("life_bytes", Kind::Large(child!(bytes.life))),
    optional("rand_bytes", Kind::Large(child!(bytes.jitter))),
    optional("rekey_packets", Kind::Large(child!(packets.rekey))),
    optional("life_packets", Kind::Large(child!(packets.life))),
    optional("rand_packets", Kind::Large(child!(packets.jitter))),
];

/// How the connection fails over: the policy's settings.
const FAILOVER: &[Key] = &keys_of(&SETTINGS);

/// What is asked through its tunnel: others of them.
const PROBE_KEYS: &[Key] = &keys_of(&PROBE);

/// A key for each setting.
const fn keys_of<const N: usize>(settings: &'static [(&'static str, Setting); N]) -> [Key; N] {
    let mut keys = [optional("", Kind::Object(&[])); N];
    let (mut rest, mut settings): (&mut [Key], &[_]) = (&mut keys, settings);
    while let ([key, more @ ..], [(name, setting), others @ ..]) = (rest, settings) {
        *key = optional(
            name,
            match (*setting, setting.bounds()) {
                (Setting::Number(least, most, field), _) => Kind::Tunable(least, most, field),
                (Setting::Time(.., field) | Setting::Optional(.., field), Some(bounds)) => {
                    Kind::Milliseconds(bounds, field)
                }
                (Setting::Word(words), _) => Kind::Choice(words),
                (Setting::Targets, _) => Kind::Targets,
                (Setting::Each(field), _) => Kind::Each(field),
                (Setting::Windows, _) => Kind::Windows,
                // A time has bounds.
                _ => Kind::Object(&[]),
            },
        );
        (rest, settings) = (more, others);
    }
    keys
}
