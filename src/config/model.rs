//! The configuration of one connection as plain data: numbers, and strings as spans into one text. No pointers, so C
//! may copy it; one place to wipe, because that text may hold a secret.

use core::hash::{Hash, Hasher};

use heapless::Vec;

use crate::limits::{CHILD_CAP, CONFIG_TEXT_CAP, LIST_CAP};

/// A string in the text of a configuration; `len` 0 means that its key was absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[repr(C)]
pub struct Text {
    /// Where it starts.
    pub offset: u16,
    /// Its bytes, without the closing NUL.
    pub len: u16,
}

/// A list of strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(C)]
pub struct TextList {
    /// How many items there are.
    pub len: u32,
    /// The items; those from `len` on are absent.
    pub items: [Text; LIST_CAP],
}

// Most lists are empty: what is absent is not hashed.
impl Hash for TextList {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.len.hash(state);
        for item in self.items.iter().take(usize::try_from(self.len).unwrap_or(LIST_CAP)) {
            item.hash(state);
        }
    }
}

impl TextList {
    /// The first item; absent if there is none.
    const fn first(&self) -> Text {
        let [first, ..] = self.items;
        first
    }
}

/// How one side proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[repr(C)]
pub struct Auth {
    /// `SEGW_AUTH_*`.
    pub method: u32,
    /// Identities; none: the address locally, anybody remotely. Several only remotely: one for each SEGW, in order.
    pub ids: TextList,
    /// EAP identity; none: the identity itself.
    pub eap_id: Text,
    /// Identity that the SEGW's AAA server proves in EAP; none: the SEGW's. Only of this side.
    pub aaa_id: Text,
    /// Pre-shared key or EAP password; remotely the first of `secrets`. A secret: wipe the configuration after use.
    pub secret: Text,
    /// Pre-shared keys of the other side: one, or one for each SEGW, in order. Secrets.
    pub secrets: TextList,
    /// Certificate, PEM or a file's path: of this side, or the only one accepted from the other.
    pub cert: Text,
    /// Certificates of the other side, `cert` the first of them: one, or one for each SEGW, in order.
    pub certs: TextList,
    /// Private key of `cert`, PEM or a file's path. A secret.
    pub private_key: Text,
    /// What `private_key` is encrypted with. A secret.
    pub private_key_passphrase: Text,
    /// Certificates of authorities, PEM or files' paths. Remotely those that the SEGW's certificate must come from;
    /// none: any that charon trusts. Locally those between ours and the root.
    pub ca_certs: TextList,
    /// `SEGW_REVOCATION_*`
    pub revocation: u32,
    /// 1: ask OCSP responders for a certificate's status.
    pub ocsp: u32,
    /// 1: use certificate revocation lists.
    pub crl: u32,
}

/// When a CHILD_SA is rekeyed and closed by one measure; 0: never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[repr(C)]
pub struct Volume {
    /// Until it is rekeyed.
    pub rekey: u64,
    /// Until it is closed if it was not rekeyed.
    pub life: u64,
    /// Randomly subtracted from `rekey`.
    pub jitter: u64,
}

/// One CHILD_SA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(C)]
pub struct Child {
    /// Name, unique in its connection.
    pub name: Text,
    /// Local traffic selectors; none: the dynamic one (the local address or virtual IP).
    pub local_ts: TextList,
    /// Remote traffic selectors; none: the dynamic one.
    pub remote_ts: TextList,
    /// ESP proposals; none, and no AH proposals either: charon's default.
    pub esp_proposals: TextList,
    /// AH proposals; excludes ESP proposals.
    pub ah_proposals: TextList,
    /// `SEGW_MODE_*`.
    pub mode: u32,
    /// `SEGW_START_*`.
    pub start_action: u32,
    /// Seconds until rekeying; 0: never.
    pub rekey_time_s: u32,
    /// Seconds until the CHILD_SA is closed if it was not rekeyed; 0: never.
    pub life_time_s: u32,
    /// Seconds randomly subtracted from `rekey_time_s`.
    pub jitter_time_s: u32,
    /// Seconds without traffic until it is closed; 0: never.
    pub inactivity_s: u32,
    /// Lifetime in bytes.
    pub bytes: Volume,
    /// Lifetime in packets.
    pub packets: Volume,
    /// `SEGW_DSCP_*`: which way the DSCP field is copied between inner and outer header.
    pub copy_dscp: u32,
    /// Script that charon runs when it comes up or goes down.
    pub updown: Text,
    /// Mark of inbound traffic, as charon writes it (`42/0xff`, `%unique`).
    pub mark_in: Text,
    /// Mark of outbound traffic.
    pub mark_out: Text,
    /// Mark that inbound traffic gets once it is decrypted, `%same` for that of `mark_in`.
    pub set_mark_in: Text,
    /// Mark that outbound traffic gets once it is encrypted.
    pub set_mark_out: Text,
    /// 1: `mark_in` is that of the inbound SA too.
    pub mark_in_sa: u32,
    /// 1: copy the DF bit to the outer header. Default 1.
    pub copy_df: u32,
    /// 1: copy the ECN field. Default 1.
    pub copy_ecn: u32,
    /// 1: install policies for outbound forwarded traffic too.
    pub policies_fwd_out: u32,
    /// 1: tell the updown script to open the firewall for this host.
    pub hostaccess: u32,
    /// 1: HMAC-SHA-256 with 96 bits, for peers of before RFC 4868.
    pub sha256_96: u32,
    /// Bytes that packets are padded to (RFC 4303 §2.7): a number, or `mtu`.
    pub tfc_padding: Text,
    /// XFRM interface of inbound policies and SAs: a number, `%unique` or `%unique-dir`.
    pub if_id_in: Text,
    /// XFRM interface of outbound ones.
    pub if_id_out: Text,
    /// Fixed reqid; 0: charon's choice.
    pub reqid: u32,
    /// 1: install policies. Default 1.
    pub policies: u32,
    /// `SEGW_HW_OFFLOAD_*`
    pub hw_offload: u32,
    /// Network interface of the policies.
    pub interface: Text,
    /// Priority of the policies; 0: charon's choice.
    pub priority: u32,
    /// Packets in the replay window; `UINT32_MAX`: charon's default.
    pub replay_window: u32,
    /// 1: IPComp.
    pub ipcomp: u32,
}

/// One connection. Everything charon needs; the `failover` block stays in libsegw. About 10 KiB: rather
/// static than on the stack of a router's thread, which has to hold what segw_config_parse() needs as well (cross/README.md,
/// Sizes, has the deepest stacks).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[repr(C)]
pub struct Config {
    /// Name: 1 to 63 printable ASCII characters without blanks, double quotes, commas, backslashes and braces.
    pub name: Text,
    /// IKE version, 1 or 2. Default 2.
    pub version: u32,
    /// 1: IKEv1 aggressive mode.
    pub aggressive: u32,
    /// Local addresses; none: any.
    pub local_addrs: TextList,
    /// The SEGWs, the most preferred first; 1 to 8, each an address or name that can be dialled.
    pub remote_addrs: TextList,
    /// Local UDP port. Default 500.
    pub local_port: u32,
    /// The SEGWs' UDP port. Default 500.
    pub remote_port: u32,
    /// IKE proposals; none: charon's default.
    pub proposals: TextList,
    /// Virtual IPs to ask for; `0.0.0.0` and `::` for any.
    pub vips: TextList,
    /// DSCP of IKE packets, 0 to 63.
    pub dscp: u32,
    /// 1: UDP encapsulation even without a NAT. Default 0.
    pub encap: u32,
    /// 1: MOBIKE. Default 1.
    pub mobike: u32,
    /// `SEGW_FRAGMENTATION_*`
    pub fragmentation: u32,
    /// `SEGW_CHILDLESS_*`
    pub childless: u32,
    /// `SEGW_SEND_CERT_*`
    pub send_cert: u32,
    /// 1: ask the SEGW for its certificate. Default 1.
    pub send_certreq: u32,
    /// 1: IKEv1 mode config asks; 0: waits to be told. Default 1.
    pub pull: u32,
    /// Identity of the postquantum pre-shared key (RFC 8784).
    pub ppk_id: Text,
    /// That key; none: one that charon has. A secret.
    pub ppk_secret: Text,
    /// 1: no IKE_SA without it.
    pub ppk_required: u32,
    /// XFRM interface of inbound policies and SAs of all CHILD_SAs that name none: a number, `%unique` or `%unique-dir`.
    pub if_id_in: Text,
    /// XFRM interface of outbound ones.
    pub if_id_out: Text,
    /// `SEGW_UNIQUE_*`.
    pub unique: u32,
    /// Seconds until the IKE_SA is rekeyed; 0: never. Default 14400.
    pub rekey_time_s: u32,
    /// Seconds until the IKE_SA is reauthenticated; 0: never. Default 0.
    pub reauth_time_s: u32,
    /// Seconds an IKE_SA lives on when rekeying fails. Default a tenth of the larger of the two above.
    pub over_time_s: u32,
    /// Seconds randomly subtracted from the two above. Default `over_time`.
    pub jitter_time_s: u32,
    /// Seconds without traffic until a DPD exchange; 0: no DPD. Default 30; 0 with IKEv1 and liveness checks.
    pub dpd_delay_s: u32,
    /// Seconds until a silent peer is given up, IKEv1 only. Default 0.
    pub dpd_timeout_s: u32,
    /// This side.
    pub local_auth: Auth,
    /// The SEGW's side.
    pub remote_auth: Auth,
    /// How many CHILD_SAs there are.
    pub children_len: u32,
    /// The CHILD_SAs; those from `children_len` on are empty.
    pub children: [Child; CHILD_CAP],
    /// Bytes used of `text`.
    pub text_len: u32,
    /// All strings, each followed by a NUL.
    pub text: [u8; CONFIG_TEXT_CAP],
}

/// `over_time` and `jitter_time` before a default is known.
const ABSENT: u32 = u32::MAX;

const NONE: Text = Text { offset: 0, len: 0 };
const EMPTY: TextList = TextList { len: 0, items: [NONE; LIST_CAP] };

impl Auth {
    /// One side before its keys are read.
    const DEFAULT: Self = Self {
        method: 0,
        ids: EMPTY,
        eap_id: NONE,
        aaa_id: NONE,
        secret: NONE,
        secrets: EMPTY,
        cert: NONE,
        certs: EMPTY,
        private_key: NONE,
        private_key_passphrase: NONE,
        ca_certs: EMPTY,
        revocation: 0,
        ocsp: 1,
        crl: 1,
    };
}

impl Child {
    /// A CHILD_SA before its keys are read: the defaults.
    const DEFAULT: Self = Self {
        name: NONE,
        local_ts: EMPTY,
        remote_ts: EMPTY,
        esp_proposals: EMPTY,
        ah_proposals: EMPTY,
        mode: 1,
        start_action: 0,
        rekey_time_s: 3600,
        life_time_s: ABSENT,
        jitter_time_s: ABSENT,
        inactivity_s: 0,
        bytes: Volume { rekey: 0, life: 0, jitter: 0 },
        packets: Volume { rekey: 0, life: 0, jitter: 0 },
        copy_dscp: 0,
        updown: NONE,
        mark_in: NONE,
        mark_out: NONE,
        set_mark_in: NONE,
        set_mark_out: NONE,
        mark_in_sa: 0,
        copy_df: 1,
        copy_ecn: 1,
        policies_fwd_out: 0,
        hostaccess: 0,
        sha256_96: 0,
        tfc_padding: NONE,
        if_id_in: NONE,
        if_id_out: NONE,
        reqid: 0,
        policies: 1,
        hw_offload: 0,
        interface: NONE,
        priority: 0,
        replay_window: ABSENT,
        ipcomp: 0,
    };
}

impl Config {
    /// Forgets everything and takes the defaults; the old text is overwritten.
    pub fn reset(&mut self) {
        self.text.fill(0);
        // The optimiser must not drop the overwriting of a buffer it believes dead.
        core::hint::black_box(&self.text);
        self.name = NONE;
        (self.version, self.aggressive) = (2, 0);
        (self.local_addrs, self.remote_addrs, self.proposals, self.vips) = (EMPTY, EMPTY, EMPTY, EMPTY);
        (self.local_port, self.remote_port) = (500, 500);
        (self.dscp, self.encap, self.mobike, self.unique) = (0, 0, 1, 0);
        (self.rekey_time_s, self.reauth_time_s) = (14_400, 0);
        (self.over_time_s, self.jitter_time_s) = (ABSENT, ABSENT);
        (self.dpd_delay_s, self.dpd_timeout_s) = (30, 0);
        (self.fragmentation, self.childless, self.send_cert, self.send_certreq) = (2, 0, 0, 1);
        (self.pull, self.ppk_id, self.ppk_secret, self.ppk_required) = (1, NONE, NONE, 0);
        (self.if_id_in, self.if_id_out) = (NONE, NONE);
        (self.local_auth, self.remote_auth) = (Auth::DEFAULT, Auth::DEFAULT);
        self.children_len = 0;
        for child in &mut self.children {
            *child = Child::DEFAULT;
        }
        self.text_len = 0;
    }

    /// A configuration of zeroes, to be reset before use.
    #[must_use]
    pub const fn zeroed() -> Self {
        Self {
            name: NONE,
            version: 0,
            aggressive: 0,
            local_addrs: EMPTY,
            remote_addrs: EMPTY,
            local_port: 0,
            remote_port: 0,
            proposals: EMPTY,
            vips: EMPTY,
            dscp: 0,
            encap: 0,
            mobike: 0,
            fragmentation: 0,
            childless: 0,
            send_cert: 0,
            send_certreq: 0,
            pull: 0,
            ppk_id: NONE,
            ppk_secret: NONE,
            ppk_required: 0,
            if_id_in: NONE,
            if_id_out: NONE,
            unique: 0,
            rekey_time_s: 0,
            reauth_time_s: 0,
            over_time_s: 0,
            jitter_time_s: 0,
            dpd_delay_s: 0,
            dpd_timeout_s: 0,
            local_auth: Auth::DEFAULT,
            remote_auth: Auth::DEFAULT,
            children_len: 0,
            children: [Child::DEFAULT; CHILD_CAP],
            text_len: 0,
            text: [0; CONFIG_TEXT_CAP],
        }
    }

    /// A configuration with nothing but defaults.
    #[must_use]
    pub fn new() -> Self {
        let mut config = Self::zeroed();
        config.reset();
        config
    }

    /// Puts the defaults that depend on other keys in their place.
    pub fn complete(&mut self) {
        let remote = &mut self.remote_auth;
        (remote.secret, remote.cert) = (remote.secrets.first(), remote.certs.first());
        if self.over_time_s == ABSENT {
            self.over_time_s = self.rekey_time_s.max(self.reauth_time_s) / 10;
        }
        if self.jitter_time_s == ABSENT {
            // More would have it rekeyed before it is set up.
            let half =
                [self.rekey_time_s, self.reauth_time_s].into_iter().filter(|time| *time > 0).min().unwrap_or(0) / 2;
            self.jitter_time_s = self.over_time_s.min(half);
        }
        for child in &mut self.children {
            if child.life_time_s == ABSENT {
                child.life_time_s = child.rekey_time_s.saturating_add(child.rekey_time_s.div_ceil(10));
            }
            if child.jitter_time_s == ABSENT {
                child.jitter_time_s = child.life_time_s.saturating_sub(child.rekey_time_s).min(child.rekey_time_s / 2);
            }
        }
    }

    /// The string of a span; empty if its key was absent.
    #[must_use]
    pub fn text(&self, text: Text) -> &str {
        let from = usize::from(text.offset);
        let to = from.saturating_add(usize::from(text.len));
        self.text.get(from..to).and_then(|bytes| core::str::from_utf8(bytes).ok()).unwrap_or_default()
    }

    /// The strings of a list.
    pub fn texts(&self, list: &TextList) -> impl Iterator<Item = &str> {
        let len = usize::try_from(list.len).unwrap_or(LIST_CAP).min(LIST_CAP);
        let items: Vec<Text, LIST_CAP> = list.items.iter().take(len).copied().collect();
        items.into_iter().map(|item| self.text(item))
    }

    /// The CHILD_SAs that there are.
    pub fn children(&self) -> impl Iterator<Item = &Child> {
        self.children.iter().take(usize::try_from(self.children_len).unwrap_or(CHILD_CAP))
    }

    /// How many CHILD_SAs are dialled: those with `start_action` start, or, if there is none such, all.
    #[must_use]
    pub fn dialled_children(&self) -> u8 {
        let started = self.children().filter(|child| child.start_action & 1 != 0).count();
        let dialled = if started > 0 { started } else { self.children().count() };
        u8::try_from(dialled).unwrap_or(u8::MAX)
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}
