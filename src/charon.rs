//! What charon says: the facts of its bus as plain data, the second of the three inputs.

use crate::cause::Cause;
#[cfg(feature = "json")]
use crate::detail::Detail;
use crate::ike::{Facts, IkeState};
use crate::reach::Outcome;
use crate::segw::SegwSet;

/// What an alert of charon's bus (`alert_t`, bus/bus.h) means here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Alert {
    /// Nothing of interest.
    None = 0,
    /// `ALERT_PEER_INIT_UNREACHABLE`
    InitUnreachable = 1,
    /// `ALERT_RETRANSMIT_SEND_TIMEOUT`
    RetransmitTimeout = 2,
    /// `ALERT_RETRANSMIT_SEND`: one more retransmit.
    Retransmit = 3,
    /// `ALERT_PEER_ADDR_FAILED`
    AddrFailed = 4,
    /// `ALERT_HALF_OPEN_TIMEOUT`
    HalfOpenTimeout = 5,
    /// `ALERT_LOCAL_AUTH_FAILED`: the SEGW refused us.
    LocalAuthFailed = 6,
    /// `ALERT_PEER_AUTH_FAILED`: we refused the SEGW.
    PeerAuthFailed = 7,
    /// `ALERT_PROPOSAL_MISMATCH_IKE`
    ProposalMismatch = 8,
    /// The CHILD_SA failed, the IKE_SA stays: `ALERT_KEEP_ON_CHILD_SA_FAILURE` and its kin.
    ChildFailed = 9,
    /// `ALERT_IKE_SA_EXPIRED`; spurious unless [`Facts::expired`] confirms it.
    Expired = 10,
    /// Any other.
    Other = 11,
    /// An INITIATE action found no configuration of that name.
    NoConfig = 12,
    /// An INITIATE action found no address, route or link towards the SEGW.
    NoRoute = 13,
    /// `ALERT_CERT_EXPIRED`: a certificate is not valid at the time that this host's clock tells, before or after.
    CertDates = 14,
    /// `ALERT_INSTALL_CHILD_SA_FAILED`, `ALERT_INSTALL_CHILD_POLICY_FAILED`: this host's kernel refused.
    InstallFailed = 15,
    /// `ALERT_CERT_REVOKED`: a certificate of the SEGW's is revoked.
    CertRevoked = 16,
    /// `ALERT_CERT_UNTRUSTED_ROOT`, `ALERT_CERT_NO_ISSUER`: no authority that is trusted has issued it.
    CertUntrusted = 17,
    /// `ALERT_CERT_VALIDATION_FAILED`, `ALERT_CERT_EXCEEDED_PATH_LEN`, `ALERT_CERT_POLICY_VIOLATION`.
    CertInvalid = 18,
    /// No alert of charon's: the IKE_SA could not be set up for an algorithm that this host's charon lacks.
    Lacking = 19,
    /// `ALERT_LOCAL_AUTH_FAILED` before the SEGW was asked: charon has no secret or key of ours to use.
    NoCredentials = 20,
}

impl Alert {
    /// The alert of that number; what is not known is `Other`.
    #[must_use]
    pub const fn from_u32(number: u32) -> Self {
        match number {
            0 => Self::None,
            1 => Self::InitUnreachable,
            2 => Self::RetransmitTimeout,
            3 => Self::Retransmit,
            4 => Self::AddrFailed,
            5 => Self::HalfOpenTimeout,
            6 => Self::LocalAuthFailed,
            7 => Self::PeerAuthFailed,
            8 => Self::ProposalMismatch,
            9 => Self::ChildFailed,
            10 => Self::Expired,
            12 => Self::NoConfig,
            13 => Self::NoRoute,
            14 => Self::CertDates,
            15 => Self::InstallFailed,
            16 => Self::CertRevoked,
            17 => Self::CertUntrusted,
            18 => Self::CertInvalid,
            19 => Self::Lacking,
            20 => Self::NoCredentials,
            _ => Self::Other,
        }
    }

    /// The name in the event `alert`; `None` for what is no news.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::InitUnreachable => "PEER_INIT_UNREACHABLE",
            Self::RetransmitTimeout => "RETRANSMIT_SEND_TIMEOUT",
            Self::Retransmit => "RETRANSMIT_SEND",
            Self::AddrFailed => "PEER_ADDR_FAILED",
            Self::HalfOpenTimeout => "HALF_OPEN_TIMEOUT",
            Self::LocalAuthFailed => "LOCAL_AUTH_FAILED",
            Self::PeerAuthFailed => "PEER_AUTH_FAILED",
            Self::ProposalMismatch => "PROPOSAL_MISMATCH_IKE",
            Self::ChildFailed => "CHILD_SA_FAILED",
            Self::Expired => "IKE_SA_EXPIRED",
            Self::CertDates => "CERT_EXPIRED",
            Self::InstallFailed => "INSTALL_CHILD_FAILED",
            Self::CertRevoked => "CERT_REVOKED",
            Self::CertUntrusted => "CERT_UNTRUSTED",
            Self::CertInvalid => "CERT_INVALID",
            Self::Lacking => "LACKING",
            Self::NoCredentials => "NO_CREDENTIALS",
            Self::None | Self::Other | Self::NoConfig | Self::NoRoute => return None,
        })
    }

    /// The cause of failure it is a sign of, if any.
    #[must_use]
    pub const fn cause(self) -> Option<Cause> {
        Some(match self {
            Self::InitUnreachable => Cause::InitUnreachable,
            Self::RetransmitTimeout => Cause::RetransmitTimeout,
            Self::AddrFailed => Cause::AddrFailed,
            Self::HalfOpenTimeout => Cause::HalfOpenTimeout,
            Self::LocalAuthFailed | Self::PeerAuthFailed => Cause::AuthFailed,
            Self::ProposalMismatch => Cause::NoProposal,
            Self::NoConfig => Cause::NotDialled,
            Self::NoRoute => Cause::NoRoute,
            Self::CertDates => Cause::CertDates,
            Self::InstallFailed => Cause::InstallFailed,
            Self::Lacking | Self::NoCredentials => Cause::Lacking,
            Self::None
            | Self::Retransmit
            | Self::ChildFailed
            | Self::Expired
            | Self::Other
            | Self::CertRevoked
            | Self::CertUntrusted
            | Self::CertInvalid => return None,
        })
    }

    /// Who refused whom, if it tells of that.
    #[cfg(feature = "json")]
    #[must_use]
    pub const fn reason(self) -> Option<Detail> {
        Some(match self {
            // The SEGW's error notify, which comes before, says more.
            Self::LocalAuthFailed | Self::NoCredentials => Detail::HereCredentials,
            Self::PeerAuthFailed => Detail::HereIdentity,
            Self::CertDates => Detail::HereDates,
            Self::CertRevoked => Detail::HereRevoked,
            Self::CertUntrusted => Detail::HereUntrusted,
            Self::CertInvalid => Detail::HereCertificate,
            _ => return None,
        })
    }
}

/// What clients are told of a CHILD_SA.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChildSa<'a> {
    /// Its name.
    pub name: &'a str,
    /// State, as charon names it.
    pub state: &'a str,
    /// Inbound SPI, in network order as charon holds it.
    pub spi_in: u32,
    /// Outbound SPI.
    pub spi_out: u32,
    /// `esp` or `ah`.
    pub protocol: &'a str,
    /// `tunnel`, `transport` or `beet`.
    pub mode: &'a str,
    /// Encryption algorithm.
    pub enc_alg: &'a str,
    /// Integrity algorithm; empty with an AEAD.
    pub integ_alg: &'a str,
    /// Local traffic selectors.
    pub local_ts: &'a str,
    /// Remote traffic selectors.
    pub remote_ts: &'a str,
    /// Local address.
    pub local: &'a str,
}

/// One fact of the bus, or the outcome of an action. Where it says `connection`, that is the IKE_SA's name.
#[derive(Clone, Copy, Debug)]
pub enum IkeEvent<'a> {
    /// `ike_state_change`
    State {
        /// The IKE_SA.
        unique_id: u32,
        /// Its name.
        connection: &'a str,
        /// The SEGW's address, without port.
        remote: &'a str,
        /// The new state.
        state: IkeState,
        /// What its tasks and conditions say.
        facts: Facts,
    },
    /// `ike_updown`
    UpDown {
        /// The IKE_SA.
        unique_id: u32,
        /// Its name.
        connection: &'a str,
        /// The SEGW's address, without port.
        remote: &'a str,
        /// Its state.
        state: IkeState,
        /// Up or down.
        up: bool,
    },
    /// `ike_rekey`
    Rekeyed {
        /// The replaced IKE_SA.
        old: u32,
        /// The one that takes over.
        new: u32,
        /// Their name.
        connection: &'a str,
    },
    /// `ike_reestablish_pre`: charon is about to dial `new` in place of `old`. After an error it is not to be dialled.
    Reestablish {
        /// The IKE_SA that is, or will be, gone.
        old: u32,
        /// The one that is dialled.
        new: u32,
        /// What the old one's tasks and conditions say.
        facts: Facts,
    },
    /// `ike_reestablish_post`
    Reestablished {
        /// The IKE_SA that is, or will be, gone.
        old: u32,
        /// The one that is dialled.
        new: u32,
        /// Whether dialling could start.
        initiated: bool,
    },
    /// `child_updown`
    ChildUpDown {
        /// The IKE_SA.
        unique_id: u32,
        /// Its name.
        connection: &'a str,
        /// The SEGW's address, without port.
        remote: &'a str,
        /// The CHILD_SA.
        child: ChildSa<'a>,
        /// Up or down.
        up: bool,
        /// `peer_delete`: the SEGW deleted this CHILD_SA.
        facts: Facts,
    },
    /// `child_rekey`
    ChildRekeyed {
        /// Name of the IKE_SA.
        connection: &'a str,
        /// Name of the CHILD_SA.
        child: &'a str,
    },
    /// `alert`
    Alert {
        /// The IKE_SA.
        unique_id: u32,
        /// What it means.
        alert: Alert,
        /// The CHILD_SA that it is about; empty if it is about none, or charon does not tell.
        child: &'a str,
    },
    /// An IKE message of the SEGW came in (`message`).
    Heard {
        /// The IKE_SA.
        unique_id: u32,
        /// How long the SEGW took to answer, in milliseconds, if the message answers a request that was sent once.
        answer_ms: Option<u32>,
    },
    /// A message of the SEGW's has an error notify (`message`).
    Notify {
        /// The IKE_SA.
        unique_id: u32,
        /// Its number, RFC 7296 §3.10.1.
        notify: u16,
    },
    /// A message of the SEGW's has a notify that tells of its load (`message`): it counts once the IKE_SA fails.
    Hint {
        /// The IKE_SA.
        unique_id: u32,
        /// The notify's number.
        notify: u16,
        /// The last octet of its data, 0 if it has none.
        data: u8,
        /// The message is protected.
        protected: bool,
    },
    /// The answer to a MEASURE action.
    Counted {
        /// The IKE_SA.
        unique_id: u32,
        /// Packets that came in through its CHILD_SAs so far; `None` if there is no such IKE_SA any more.
        packets: Option<u64>,
        /// Packets that went out through them.
        sent: u64,
        /// There is a route towards its SEGW.
        route: bool,
    },
    /// The answer to a REACH action.
    Reached {
        /// The action's connection.
        connection: &'a str,
        /// The action's serial.
        serial: u32,
        /// What has become of it.
        outcome: Outcome,
    },
    /// The SEGW tells us to go to another one (RFC 5685). After an error that is not to be followed.
    Redirect {
        /// The IKE_SA.
        unique_id: u32,
        /// The address or name of the other one.
        target: &'a str,
    },
    /// The SEGW's answer to IKE_SA_INIT does not have CHILDLESS_IKEV2_SUPPORTED (RFC 6023). After an error that answer is to be
    /// ignored.
    NotChildless {
        /// The IKE_SA.
        unique_id: u32,
    },
    /// Addresses, routes or links of this host may have changed.
    Roam,
    /// The answer to a ROUTES action.
    Routes {
        /// The action's connection.
        connection: &'a str,
        /// The SEGWs that there is a route to.
        routes: SegwSet,
    },
    /// An IKE_SA that was there before its connection was adopted.
    Found {
        /// The IKE_SA.
        unique_id: u32,
        /// Its name.
        connection: &'a str,
        /// The SEGW's address, without port.
        remote: &'a str,
        /// Its state.
        state: IkeState,
        /// Whether it has been up.
        up: bool,
        /// CHILD_SAs that are up.
        children: u8,
        /// What its tasks and conditions say.
        facts: Facts,
    },
    /// Charon is shutting down: nothing is dialled any more.
    Shutdown,
    /// An INITIATE action got its IKE_SA and is about to dial.
    Dialling {
        /// The IKE_SA.
        unique_id: u32,
        /// The action's connection.
        connection: &'a str,
        /// The action's serial.
        serial: u32,
        /// The SEGW's name has addresses that were not dialled since the SEGW was turned to.
        more: bool,
    },
    /// An INITIATE action could not be carried out.
    NotDialled {
        /// The action's connection.
        connection: &'a str,
        /// The action's serial.
        serial: u32,
        /// Why.
        alert: Alert,
    },
}
