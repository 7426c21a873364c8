//! Why an IKE_SA failed or was lost, in one word each.

/// Why an IKE_SA failed or was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// No answer to IKE_SA_INIT or IKE_AUTH.
    InitUnreachable,
    /// No answer on an established IKE_SA: DPD or any other exchange.
    RetransmitTimeout,
    /// The SEGW's name did not resolve.
    AddrFailed,
    /// Charon gave up a half-open IKE_SA.
    HalfOpenTimeout,
    /// Either side refused the other's credentials.
    AuthFailed,
    /// No common proposal, or another refusal in IKE_SA_INIT.
    NoProposal,
    /// Not up within `connect_timeout_ms`.
    ConnectTimeout,
    /// Silent for longer than `liveness_interval_ms` and `liveness_misses` allow.
    Liveness,
    /// The IKE_SA came up, its CHILD_SA did not.
    ChildFailed,
    /// The SEGW deleted the last CHILD_SA.
    ChildDeleted,
    /// The SEGW deleted the IKE_SA.
    PeerDeleted,
    /// The IKE_SA's lifetime ended.
    Expired,
    /// Charon had no configuration to dial with, or could not start.
    NotDialled,
    /// An operator called the move back.
    Operator,
}

impl Cause {
    /// The name in events, `STATUS` and `HISTORY`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InitUnreachable => "INIT_UNREACHABLE",
            Self::RetransmitTimeout => "RETRANSMIT_TIMEOUT",
            Self::AddrFailed => "ADDR_FAILED",
            Self::HalfOpenTimeout => "HALF_OPEN_TIMEOUT",
            Self::AuthFailed => "AUTH_FAILED",
            Self::NoProposal => "NO_PROPOSAL",
            Self::ConnectTimeout => "CONNECT_TIMEOUT",
            Self::Liveness => "LIVENESS",
            Self::ChildFailed => "CHILD_FAILED",
            Self::ChildDeleted => "CHILD_DELETED",
            Self::PeerDeleted => "PEER_DELETED",
            Self::Expired => "EXPIRED",
            Self::NotDialled => "NOT_DIALLED",
            Self::Operator => "OPERATOR",
        }
    }
}
