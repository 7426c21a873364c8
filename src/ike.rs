//! Follows every IKE_SA by its unique id and tells loss from intent. Knows nothing about the order of SEGWs.
// Heads up! Before working on this file read strongSwan's ike_sa.c (delete_, retransmit, reestablish), ike_delete.c and
// ike_rekey.c: which states and alerts an IKE_SA goes through on its way to IKE_DESTROYING is their doing.

use crate::cause::Cause;
use crate::children::UpChildren;
use crate::connection::Slot;
#[cfg(feature = "json")]
use crate::detail::Detail;
use crate::segw::SegwId;
use crate::time::Sometime;

/// `ike_sa_state_t` of strongSwan's `sa/ike_sa.h`, same words, same order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum IkeState {
    /// Just created, not initiating yet.
    Created = 0,
    /// Initiating.
    Connecting = 1,
    /// Set up.
    Established = 2,
    /// Managed elsewhere (high availability).
    Passive = 3,
    /// Being replaced by a new IKE_SA.
    Rekeying = 4,
    /// Replaced.
    Rekeyed = 5,
    /// Being deleted.
    Deleting = 6,
    /// Being destroyed: every IKE_SA ends here.
    Destroying = 7,
}

impl IkeState {
    /// The state of that number.
    #[must_use]
    pub const fn from_u32(number: u32) -> Option<Self> {
        Some(match number {
            0 => Self::Created,
            1 => Self::Connecting,
            2 => Self::Established,
            3 => Self::Passive,
            4 => Self::Rekeying,
            5 => Self::Rekeyed,
            6 => Self::Deleting,
            7 => Self::Destroying,
            _ => return None,
        })
    }

    /// The name charon logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::Connecting => "CONNECTING",
            Self::Established => "ESTABLISHED",
            Self::Passive => "PASSIVE",
            Self::Rekeying => "REKEYING",
            Self::Rekeyed => "REKEYED",
            Self::Deleting => "DELETING",
            Self::Destroying => "DESTROYING",
        }
    }
}

/// What charon's tasks and conditions say at a state change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// `COND_ORIGINAL_INITIATOR`; without it the SEGW has initiated the IKE_SA.
    pub initiator: bool,
    /// `COND_AUTHENTICATED` before the IKE_SA was established: it replaces another one (rekeying).
    pub authenticated: bool,
    /// `COND_REAUTHENTICATING`; where it enters `IKE_DELETING`, that this is why.
    pub reauthenticating: bool,
    /// Our own delete, reauthentication or rekeying is the active task.
    pub local_delete: bool,
    /// The peer's DELETE is being handled.
    pub peer_delete: bool,
    /// Our own DELETE was queued or is unanswered.
    pub delete_pending: bool,
    /// The IKE_SA's lifetime has really ended.
    pub expired: bool,
    /// Charon has no task for it any more: it gave the IKE_SA up by itself (`initiate` in task_manager_v2.c).
    pub idle: bool,
    /// Charon ends it because its configuration is loaded anew, or because it was not used: no operator does.
    pub laid_down: bool,
    /// With that: the connection is to be set up again.
    pub again: bool,
}

impl Facts {
    /// Nothing is known.
    pub const NONE: Self = Self {
        initiator: false,
        authenticated: false,
        reauthenticating: false,
        local_delete: false,
        peer_delete: false,
        delete_pending: false,
        expired: false,
        idle: false,
        laid_down: false,
        again: false,
    };
}

/// The part an IKE_SA plays for its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The one that is dialled or carries traffic.
    Main,
    /// The second one of a make-before-break move.
    Trial,
    /// One without CHILD_SAs to the SEGW that would be next: it carries nothing, and its end is no loss.
    Standby,
    /// Another one that charon made: a rekeying's or reauthentication's successor before the handover, or a duplicate.
    Spare,
    /// Superseded, or ended by us: its end means nothing.
    Leaving,
}

/// Who asked for an IKE_SA's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deletion {
    None,
    Local,
    /// We did, to set it up anew.
    Reauthentication,
    Peer,
}

/// One tracked IKE_SA.
#[derive(Clone, Debug)]
pub struct IkeSa {
    /// Charon's unique id.
    pub unique_id: u32,
    /// The slot of its connection.
    pub connection: Slot,
    /// The SEGW it is to.
    pub segw: SegwId,
    /// Its part.
    pub role: Role,
    /// Its last state.
    pub state: IkeState,
    /// How often a CHILD_SA of it was refused.
    pub refused: u8,
    /// CHILD_SAs that are up.
    pub children: UpChildren,
    /// The SEGW has initiated it.
    pub inbound: bool,
    /// Charon dialled it in place of a lost one, only with the CHILD_SAs that were being set up there.
    pub incomplete: bool,
    /// The IKE_SA that charon made it replaces, to replace it.
    pub replaces: Option<u32>,
    /// When to end it: traffic has moved on, but answers to what it carried may still be on their way; or it is one that
    /// charon dials beside another, which has no limit of its own.
    pub end_at: Sometime,
    /// Since when it waits for the SEGW's next message, as long as it is set up.
    pub waits_since: Sometime,
    /// What was answered since it was last dialled: a message of the SEGW's came in.
    #[cfg(feature = "json")]
    answered: bool,
    /// Who refused it, and why, as far as is known.
    #[cfg(feature = "json")]
    reason: Option<Detail>,
    /// A standby that took the place of a dial, and has no CHILD_SA yet.
    pub warm: bool,
    /// Whether the SEGW has answered at all.
    pub heard: bool,
    /// `ike_updown(up)` was seen.
    pub up: bool,
    /// `ike_updown(down)` was seen.
    down: bool,
    deletion: Deletion,
    /// The last reason that charon gave for trouble.
    alert: Option<Cause>,
}

/// What the end of an IKE_SA means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It failed or was lost.
    Lost(Cause),
    /// Somebody on this side wanted it.
    Intended,
    /// Charon laid the connection down; whether it is to be set up again.
    LaidDown(bool),
}

/// What a replacement that charon made by itself means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replacement {
    /// The same SEGW again, after the old IKE_SA was deleted for it (reauthentication, break-before-make).
    Redialled,
    /// The old IKE_SA is lost and charon dials at once.
    Lost(Cause),
    /// The old IKE_SA is to go, and so is this one (a terminate met a pending CHILD_SA).
    Unwanted,
    /// The old IKE_SA carries on meanwhile (redirect, reauthentication make-before-break).
    MakeBeforeBreak,
}

impl IkeSa {
    /// An IKE_SA that was just heard of.
    #[must_use]
    #[inline(never)]
    pub const fn new(unique_id: u32, connection: Slot, segw: SegwId, role: Role) -> Self {
        Self {
            unique_id,
            connection,
            segw,
            role,
            state: IkeState::Created,
            refused: 0,
            children: UpChildren::unnamed(0),
            inbound: false,
            incomplete: false,
            replaces: None,
            end_at: Sometime::NONE,
            waits_since: Sometime::NONE,
            #[cfg(feature = "json")]
            answered: false,
            #[cfg(feature = "json")]
            reason: None,
            warm: false,
            heard: false,
            up: false,
            down: false,
            deletion: Deletion::None,
            alert: None,
        }
    }

    /// Becomes the one that carries traffic or is dialled.
    pub const fn lead(&mut self) {
        self.role = Role::Main;
        self.end_at = Sometime::NONE;
    }

    /// A standby takes the place of a dial: what it went through before says nothing about that.
    pub const fn warm_up(&mut self, role: Role) {
        self.enter(self.state, Facts::NONE);
        (self.role, self.warm, self.heard) = (role, true, false);
    }

    /// Notes an alert; the last reason counts, unless an own fault led to it.
    pub const fn alert(&mut self, cause: Cause) {
        let led_to = matches!(
            (self.alert, cause),
            (Some(Cause::CertDates), Cause::AuthFailed)
                | (Some(Cause::InstallFailed), Cause::ChildFailed)
                | (Some(_), Cause::Lacking)
        );
        if !led_to {
            self.alert = Some(cause);
        }
    }

    /// Notes that a message of the SEGW's came in.
    #[cfg(feature = "json")]
    pub const fn answer(&mut self) {
        self.answered = true;
    }

    /// Notes who refused it and why; the first that is told is the most exact.
    #[cfg(feature = "json")]
    pub const fn note_reason(&mut self, reason: Detail) {
        if self.reason.is_none() {
            self.reason = Some(reason);
        }
    }

    /// What exactly went wrong if it failed for this cause.
    #[cfg(feature = "json")]
    #[must_use]
    pub const fn detail(&self, cause: Cause) -> Option<Detail> {
        match cause {
            Cause::InitUnreachable | Cause::ConnectTimeout | Cause::HalfOpenTimeout | Cause::RetransmitTimeout => {
                match (self.state, self.answered) {
                    (IkeState::Created | IkeState::Connecting, false) => Some(Detail::InitUnanswered),
                    (IkeState::Created | IkeState::Connecting, true) => Some(Detail::AuthUnanswered),
                    (IkeState::Established, _) if matches!(cause, Cause::ConnectTimeout) => {
                        Some(Detail::ChildUnanswered)
                    }
                    _ => None,
                }
            }
            Cause::AuthFailed | Cause::NoProposal | Cause::ChildFailed | Cause::CertDates => self.reason,
            _ => None,
        }
    }

    /// Why its CHILD_SA did not come up.
    #[must_use]
    pub const fn child_failure(&self) -> Cause {
        match self.alert {
            Some(Cause::InstallFailed) => Cause::InstallFailed,
            _ => Cause::ChildFailed,
        }
    }

    /// Notes `ike_updown`. Whether it changed anything: charon also reports the end of what never was up
    /// (`process_response` in task_manager_v2.c).
    pub const fn updown(&mut self, up: bool) -> bool {
        let changed = self.up != up;
        self.up = up;
        self.down |= !up;
        changed
    }

    /// Notes a state change short of the end.
    pub const fn enter(&mut self, state: IkeState, facts: Facts) {
        if matches!(state, IkeState::Deleting) {
            self.deletion = match (facts.local_delete, facts.peer_delete) {
                (true, _) if facts.reauthenticating => Deletion::Reauthentication,
                (true, _) => Deletion::Local,
                (false, true) => Deletion::Peer,
                (false, false) => self.deletion,
            };
        }
        if matches!(state, IkeState::Established) {
            // What went wrong while it was set up did not keep it from coming up.
            self.alert = None;
            #[cfg(feature = "json")]
            {
                self.reason = None;
            }
        }
        #[cfg(feature = "json")]
        if matches!(state, IkeState::Connecting) {
            self.answered = false;
        }
        self.state = state;
    }

    /// What it means that charon replaces this IKE_SA by a new one while it is still there (`ike_reestablish_pre`).
    #[must_use]
    pub fn replacement(&self, facts: Facts) -> Replacement {
        match (facts.reauthenticating, self.state, self.deletion, self.alert) {
            (true, IkeState::Deleting, ..) => Replacement::Redialled,
            (false, IkeState::Deleting, Deletion::Local | Deletion::Reauthentication, _) => Replacement::Unwanted,
            (false, IkeState::Deleting, ..) => Replacement::Lost(Cause::PeerDeleted),
            (false, _, _, Some(cause)) => Replacement::Lost(cause),
            _ => Replacement::MakeBeforeBreak,
        }
    }

    /// It as the rekeyed IKE_SA `new`, which takes over its CHILD_SAs; the old one need not be followed any more.
    #[must_use]
    pub fn rekeyed(&self, new: u32) -> Self {
        Self { unique_id: new, state: IkeState::Established, deletion: Deletion::None, alert: None, ..self.clone() }
    }

    /// Whether it carries traffic; `children`: how many CHILD_SAs are dialled with it, none: it is up by itself.
    #[must_use]
    pub fn is_up(&self, children: u8) -> bool {
        if children == 0 { self.up } else { self.children.count() > 0 }
    }

    /// Whether it can be, or become, what carries traffic.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.state < IkeState::Rekeyed
    }

    /// Whether it ends, having been up, without any word of why.
    #[must_use]
    pub fn is_unexplained(&self) -> bool {
        self.alert.is_none() && matches!(self.state, IkeState::Established | IkeState::Rekeying)
    }

    /// What it means that it enters `IKE_DESTROYING` from `self.state`. The first match wins.
    #[must_use]
    pub fn verdict(&self, facts: Facts) -> Verdict {
        if facts.expired {
            return Verdict::Lost(Cause::Expired);
        }
        if facts.laid_down && self.deletion != Deletion::Peer {
            return Verdict::LaidDown(facts.again);
        }
        let given_up = matches!(self.deletion, Deletion::Reauthentication) && self.alert.is_some();
        if facts.delete_pending && !given_up {
            // Forced, or never answered: ours either way.
            return Verdict::Intended;
        }
        match (self.state, self.deletion) {
            (IkeState::Deleting, Deletion::Peer) => Verdict::Lost(Cause::PeerDeleted),
            // Charon dials none anew if the SEGW has deleted its CHILD_SAs meanwhile ("no CHILD_SA to recreate" in ike_sa.c).
            (IkeState::Deleting, Deletion::Reauthentication) => Verdict::LaidDown(true),
            (IkeState::Deleting | IkeState::Rekeyed | IkeState::Passive, _) => Verdict::Intended,
            (IkeState::Established | IkeState::Rekeying, _) => {
                Verdict::Lost(self.alert.unwrap_or(Cause::RetransmitTimeout))
            }
            (IkeState::Created, _) => self.alert.map_or(Verdict::Intended, Verdict::Lost),
            // `delete_` ends a half-open IKE_SA without an alert or a down event and leaves its tasks; a failure leaves one of
            // the former or, after too many COOKIE or INVALID_KE_PAYLOAD, no tasks.
            (IkeState::Connecting | IkeState::Destroying, _) => match (self.alert, self.down || facts.idle) {
                (Some(cause), _) => Verdict::Lost(cause),
                (None, true) => Verdict::Lost(Cause::NoProposal),
                (None, false) => Verdict::Intended,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Deletion, Facts, IkeSa, IkeState, Replacement, Role, Verdict};
    use crate::cause::Cause;

    const NONE: Facts = Facts { initiator: true, ..Facts::NONE };

    /// One row per case: how the IKE_SA got to IKE_DESTROYING, and what it means.
    #[test]
    fn every_way_to_the_end() {
        type Story = fn(&mut IkeSa);
        let local = Facts { local_delete: true, ..NONE };
        let peer = Facts { peer_delete: true, ..NONE };
        let rows: [(&str, IkeState, Story, Facts, Verdict); 19] = [
            (
                "too many INVALID_KE_PAYLOAD",
                IkeState::Connecting,
                |_| (),
                Facts { idle: true, ..NONE },
                Verdict::Lost(Cause::NoProposal),
            ),
            (
                "no answer to IKE_SA_INIT",
                IkeState::Connecting,
                |sa| sa.alert(Cause::InitUnreachable),
                NONE,
                Verdict::Lost(Cause::InitUnreachable),
            ),
            (
                "an algorithm that our charon lacks: no tasks, and no alert of charon's",
                IkeState::Connecting,
                |sa| sa.alert(Cause::Lacking),
                Facts { idle: true, ..NONE },
                Verdict::Lost(Cause::Lacking),
            ),
            (
                "refused by the SEGW, whatever our charon lacks",
                IkeState::Connecting,
                |sa| {
                    sa.alert(Cause::NoProposal);
                    sa.alert(Cause::Lacking);
                },
                NONE,
                Verdict::Lost(Cause::NoProposal),
            ),
            (
                "AUTH refused: a down event although it never was up",
                IkeState::Connecting,
                |sa| {
                    sa.alert(Cause::AuthFailed);
                    sa.updown(false);
                },
                NONE,
                Verdict::Lost(Cause::AuthFailed),
            ),
            (
                "an error notify in IKE_SA_INIT without an alert",
                IkeState::Connecting,
                |sa| {
                    sa.updown(false);
                },
                NONE,
                Verdict::Lost(Cause::NoProposal),
            ),
            ("terminated while dialling", IkeState::Connecting, |_| (), NONE, Verdict::Intended),
            (
                "the name did not resolve",
                IkeState::Created,
                |sa| sa.alert(Cause::AddrFailed),
                NONE,
                Verdict::Lost(Cause::AddrFailed),
            ),
            ("terminated before dialling", IkeState::Created, |_| (), NONE, Verdict::Intended),
            (
                "DPD timeout",
                IkeState::Established,
                |sa| sa.alert(Cause::RetransmitTimeout),
                NONE,
                Verdict::Lost(Cause::RetransmitTimeout),
            ),
            (
                "MOBIKE path probing gave up, no alert",
                IkeState::Established,
                |_| (),
                NONE,
                Verdict::Lost(Cause::RetransmitTimeout),
            ),
            (
                "rekeying unanswered",
                IkeState::Rekeying,
                |sa| sa.alert(Cause::RetransmitTimeout),
                NONE,
                Verdict::Lost(Cause::RetransmitTimeout),
            ),
            ("the SEGW's DELETE", IkeState::Deleting, |_| (), peer, Verdict::Lost(Cause::PeerDeleted)),
            ("our DELETE, answered", IkeState::Deleting, |_| (), local, Verdict::Intended),
            (
                "our DELETE, as the tunnel was not used",
                IkeState::Deleting,
                |_| (),
                Facts { laid_down: true, again: true, ..local },
                Verdict::LaidDown(true),
            ),
            (
                "our DELETE, unanswered",
                IkeState::Deleting,
                |sa| sa.alert(Cause::RetransmitTimeout),
                Facts { delete_pending: true, ..local },
                Verdict::Intended,
            ),
            (
                "forced while an exchange is outstanding",
                IkeState::Established,
                |_| (),
                Facts { delete_pending: true, ..NONE },
                Verdict::Intended,
            ),
            (
                "lifetime ended",
                IkeState::Deleting,
                |_| (),
                Facts { expired: true, ..local },
                Verdict::Lost(Cause::Expired),
            ),
            ("rekeyed, deleted by the peer", IkeState::Rekeyed, |_| (), NONE, Verdict::Intended),
        ];
        for (name, state, story, facts, verdict) in rows {
            let mut sa = IkeSa::new(1, 0, 0, Role::Main);
            story(&mut sa);
            sa.enter(state, facts);
            assert_eq!(sa.verdict(facts), verdict, "{name}");
        }
    }

    /// One row per case: what the old IKE_SA was when charon replaced it, and what it means.
    #[test]
    fn every_way_to_be_replaced() {
        let reauthenticating = Facts { reauthenticating: true, ..NONE };
        let local = Facts { local_delete: true, ..NONE };
        let peer = Facts { peer_delete: true, ..NONE };
        let (up, deleting) = (IkeState::Established, IkeState::Deleting);
        let rows = [
            ("reauthenticated, the old one first", deleting, local, None, reauthenticating, Replacement::Redialled),
            ("reauthenticated, the new one first", up, NONE, None, reauthenticating, Replacement::MakeBeforeBreak),
            ("ended while a CHILD_SA was pending", deleting, local, None, NONE, Replacement::Unwanted),
            ("deleted by the SEGW", deleting, peer, None, NONE, Replacement::Lost(Cause::PeerDeleted)),
            ("deleted by nobody knows whom", deleting, NONE, None, NONE, Replacement::Lost(Cause::PeerDeleted)),
            ("silent", up, NONE, Some(Cause::RetransmitTimeout), NONE, Replacement::Lost(Cause::RetransmitTimeout)),
            ("redirected", up, NONE, None, NONE, Replacement::MakeBeforeBreak),
        ];
        for (name, state, facts, alert, now, means) in rows {
            let mut sa = IkeSa::new(1, 0, 0, Role::Main);
            sa.enter(state, facts);
            if let Some(cause) = alert {
                sa.alert(cause);
            }
            assert_eq!(sa.replacement(now), means, "{name}");
        }
    }

    /// What both sides have said of a DELETE does not become unsaid.
    #[test]
    fn who_deleted_it_stays_known() {
        for (facts, verdict) in [
            (Facts { local_delete: true, ..NONE }, Verdict::Intended),
            (Facts { local_delete: true, reauthenticating: true, ..NONE }, Verdict::LaidDown(true)),
            (Facts { peer_delete: true, ..NONE }, Verdict::Lost(Cause::PeerDeleted)),
        ] {
            let mut sa = IkeSa::new(1, 0, 0, Role::Main);
            sa.enter(IkeState::Established, NONE);
            sa.enter(IkeState::Deleting, facts);
            sa.enter(IkeState::Deleting, NONE);
            assert_eq!(sa.verdict(NONE), verdict);
        }
    }

    /// What was said to and of the old one is not true of the new one.
    #[test]
    fn a_rekeyed_ike_sa_begins_anew() {
        let mut old = IkeSa::new(1, 0, 0, Role::Main);
        old.enter(IkeState::Established, NONE);
        old.enter(IkeState::Deleting, Facts { local_delete: true, ..NONE });
        old.alert(Cause::RetransmitTimeout);
        let new = old.rekeyed(2);
        assert_ne!((old.state, old.deletion, old.alert), (new.state, new.deletion, new.alert));
        assert_eq!((new.unique_id, new.state), (2, IkeState::Established));
        assert_eq!((new.deletion, new.alert), (Deletion::None, None));
    }

    #[test]
    fn one_that_ends_is_not_alive() {
        let alive = [IkeState::Connecting, IkeState::Established, IkeState::Rekeying];
        let in_state = |state| {
            let mut sa = IkeSa::new(1, 0, 0, Role::Main);
            sa.enter(state, NONE);
            sa.is_alive()
        };
        assert_eq!(alive.map(in_state), [true; 3]);
        assert_eq!([IkeState::Rekeyed, IkeState::Deleting, IkeState::Destroying].map(in_state), [false; 3]);
    }

    #[test]
    fn without_children_to_dial_an_ike_sa_is_up_by_itself() {
        let mut sa = IkeSa::new(1, 0, 0, Role::Main);
        assert!(!sa.is_up(0));
        assert!(sa.updown(true) && sa.is_up(0) && !sa.is_up(1));
        assert!(!sa.updown(true), "nothing new");
    }

    #[test]
    fn what_our_kernel_refused_is_told_from_what_the_segw_did() {
        let mut sa = IkeSa::new(1, 0, 0, Role::Main);
        assert_eq!(sa.child_failure(), Cause::ChildFailed);
        sa.alert(Cause::InstallFailed);
        assert_eq!(sa.child_failure(), Cause::InstallFailed);
    }
}
