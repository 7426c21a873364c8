//! Why an IKE_SA failed or was lost, in one word each, and how often.

named! {
    /// Why an IKE_SA failed or was lost.
    pub enum Cause {
        /// No answer to IKE_SA_INIT or IKE_AUTH.
        InitUnreachable = "INIT_UNREACHABLE",
        /// No answer on an established IKE_SA: DPD or any other exchange.
        RetransmitTimeout = "RETRANSMIT_TIMEOUT",
        /// The SEGW's name did not resolve.
        AddrFailed = "ADDR_FAILED",
        /// Charon gave up a half-open IKE_SA.
        HalfOpenTimeout = "HALF_OPEN_TIMEOUT",
        /// Either side refused the other's credentials.
        AuthFailed = "AUTH_FAILED",
        /// No common proposal, or another refusal in IKE_SA_INIT.
        NoProposal = "NO_PROPOSAL",
        /// Not up within `connect_timeout_ms`.
        ConnectTimeout = "CONNECT_TIMEOUT",
        /// Silent, and did not answer `probe_misses` questions; or for longer than `liveness_misses` allows.
        Liveness = "LIVENESS",
        /// It answers, and no data came in for `data_suspect_ms` though they went out.
        DataPlane = "DATA_PLANE",
        /// The IKE_SA came up, its CHILD_SA did not.
        ChildFailed = "CHILD_FAILED",
        /// The SEGW deleted the last CHILD_SA.
        ChildDeleted = "CHILD_DELETED",
        /// The SEGW deleted the IKE_SA.
        PeerDeleted = "PEER_DELETED",
        /// The IKE_SA's lifetime ended.
        Expired = "EXPIRED",
        /// Charon had no configuration to dial with, or could not start.
        NotDialled = "NOT_DIALLED",
        /// An operator called the move back.
        Operator = "OPERATOR",
        /// This host has no address, route or link towards the SEGW: no fault of the SEGW's.
        NoRoute = "NO_ROUTE",
        /// A certificate of the SEGW's is not valid yet or not any more, by this host's clock: while a router boots that clock
        /// is wrong far more often than the certificate.
        CertDates = "CERT_DATES",
        /// This host's kernel refused the CHILD_SA or its policies.
        InstallFailed = "INSTALL_FAILED",
        /// The SEGW sent the trial of a move to another SEGW (RFC 5685).
        Redirected = "REDIRECTED",
        /// This host's charon lacks what the dial needs: an algorithm, or credentials of its own.
        Lacking = "LACKING",
    }
}

/// Every cause.
pub const CAUSES: &[Cause] = Cause::ALL;

impl Cause {
    /// Whether one side refused the other, as opposed to the SEGW not being there.
    #[must_use]
    pub const fn is_refusal(self) -> bool {
        matches!(self, Self::AuthFailed | Self::NoProposal)
    }

    /// Whether another address of the same SEGW may do better.
    #[must_use]
    pub const fn is_of_address(self) -> bool {
        matches!(
            self,
            Self::InitUnreachable
                | Self::RetransmitTimeout
                | Self::HalfOpenTimeout
                | Self::ConnectTimeout
                | Self::Liveness
                | Self::PeerDeleted
        )
    }

    /// Whether it counts against the SEGW.
    #[must_use]
    pub const fn is_blame(self) -> bool {
        !matches!(self, Self::Operator | Self::Redirected) && !self.is_own()
    }

    /// Whether the fault is this host's own, or that of its network: another SEGW may still do, but none is blamed, and
    /// when all have failed so the pause is short.
    #[must_use]
    pub const fn is_own(self) -> bool {
        matches!(
            self,
            Self::NoRoute | Self::NotDialled | Self::AddrFailed | Self::CertDates | Self::InstallFailed | Self::Lacking
        )
    }

    /// Whether anybody who sees our packets could have made it up: it came in a message that is not protected.
    #[must_use]
    pub const fn is_unproved(self) -> bool {
        matches!(self, Self::NoProposal)
    }
}

/// How often each cause occurred; a count that is full stays full.
#[derive(Clone, Debug, Default)]
pub struct Tally([u16; CAUSES.len()]);

impl Tally {
    /// Counts one.
    pub fn add(&mut self, cause: Cause) {
        if let Some((_, count)) = CAUSES.iter().zip(&mut self.0).find(|(known, _)| **known == cause) {
            *count = count.saturating_add(1);
        }
    }

    /// Takes one back.
    pub fn take_back(&mut self, cause: Cause) {
        if let Some((_, count)) = CAUSES.iter().zip(&mut self.0).find(|(known, _)| **known == cause) {
            *count = count.saturating_sub(1);
        }
    }

    /// What occurred, and how often.
    pub fn iter(&self) -> impl Iterator<Item = (Cause, u16)> {
        CAUSES.iter().copied().zip(self.0).filter(|(_, count)| *count > 0)
    }
}
