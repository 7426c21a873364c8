//! What exactly went wrong, where a cause alone leaves open whether the SEGW was silent or refused, and who refused whom.

/// What exactly went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Nothing came back to IKE_SA_INIT.
    InitUnanswered,
    /// IKE_SA_INIT was answered, IKE_AUTH was not: port 4500 or IP fragments may be blocked.
    AuthUnanswered,
    /// The IKE_SA came up, nothing was heard of its CHILD_SA.
    ChildUnanswered,
    /// The SEGW: AUTHENTICATION_FAILED.
    SegwAuthentication,
    /// The SEGW: NO_PROPOSAL_CHOSEN.
    SegwProposal,
    /// The SEGW: INVALID_SYNTAX.
    SegwSyntax,
    /// The SEGW: TS_UNACCEPTABLE.
    SegwSelectors,
    /// The SEGW: INTERNAL_ADDRESS_FAILURE or FAILED_CP_REQUIRED.
    SegwAddress,
    /// The SEGW: NO_ADDITIONAL_SAS.
    SegwNoMore,
    /// The SEGW: TEMPORARY_FAILURE.
    SegwTemporary,
    /// The SEGW: CONGESTION, of 3GPP TS 24.302.
    SegwCongestion,
    /// The SEGW: another error notify.
    SegwOther,
    /// The SEGW: no IKE_SA without CHILD_SAs.
    SegwNotChildless,
    /// The SEGW: one IKE_SA for each peer.
    SegwUnique,
    /// This host had no credentials to use.
    HereCredentials,
    /// This host does not accept the SEGW's identity, key or signature.
    HereIdentity,
    /// This host does not accept its certificate: not valid at this time.
    HereDates,
    /// It is revoked.
    HereRevoked,
    /// No authority that is trusted has issued it.
    HereUntrusted,
    /// Another fault of its certificate.
    HereCertificate,
}

impl Detail {
    /// The name in `STATUS`, `HISTORY` and the log: who, and the reason.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InitUnanswered => "NO_ANSWER_TO_IKE_SA_INIT",
            Self::AuthUnanswered => "NO_ANSWER_TO_IKE_AUTH",
            Self::ChildUnanswered => "NO_CHILD_SA",
            Self::SegwAuthentication => "SEGW_AUTHENTICATION_FAILED",
            Self::SegwProposal => "SEGW_NO_PROPOSAL_CHOSEN",
            Self::SegwSyntax => "SEGW_INVALID_SYNTAX",
            Self::SegwSelectors => "SEGW_TS_UNACCEPTABLE",
            Self::SegwAddress => "SEGW_ADDRESS_FAILURE",
            Self::SegwNoMore => "SEGW_NO_ADDITIONAL_SAS",
            Self::SegwTemporary => "SEGW_TEMPORARY_FAILURE",
            Self::SegwCongestion => "SEGW_CONGESTION",
            Self::SegwOther => "SEGW_OTHER",
            Self::SegwNotChildless => "SEGW_NO_CHILDLESS_IKE_SA",
            Self::SegwUnique => "SEGW_UNIQUE_IKE_SA",
            Self::HereCredentials => "HERE_NO_CREDENTIALS",
            Self::HereIdentity => "HERE_PEER_AUTH_FAILED",
            Self::HereDates => "HERE_CERT_EXPIRED",
            Self::HereRevoked => "HERE_CERT_REVOKED",
            Self::HereUntrusted => "HERE_CERT_UNTRUSTED",
            Self::HereCertificate => "HERE_CERT_INVALID",
        }
    }

    /// What an error notify of the SEGW's says (RFC 7296 §3.10.1). `None`: it asks for another try, or is none.
    #[must_use]
    pub const fn of_notify(number: u16) -> Option<Self> {
        Some(match number {
            7 => Self::SegwSyntax,
            14 => Self::SegwProposal,
            // INVALID_KE_PAYLOAD.
            17 => return None,
            24 => Self::SegwAuthentication,
            35 => Self::SegwNoMore,
            36 | 37 => Self::SegwAddress,
            38 => Self::SegwSelectors,
            43 => Self::SegwTemporary,
            15_500 => Self::SegwCongestion,
            1..=16_383 => Self::SegwOther,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Detail;

    #[test]
    fn notifies() {
        for (number, detail) in [
            (24, Some(Detail::SegwAuthentication)),
            (14, Some(Detail::SegwProposal)),
            (17, None),
            (38, Some(Detail::SegwSelectors)),
            (40, Some(Detail::SegwOther)),
            (43, Some(Detail::SegwTemporary)),
            (15_500, Some(Detail::SegwCongestion)),
            // COOKIE and other status notifies.
            (16_390, None),
            (0, None),
        ] {
            assert_eq!(Detail::of_notify(number), detail, "{number}");
        }
    }
}
