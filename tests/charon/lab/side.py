"""One side of a comparison: a field condition, played on charon alone, or with the plugin, and what traffic it cost."""

import time
from dataclasses import asdict, dataclass

from .netns import NETWORK
from .tunnel import NAME, Tunnel
from .wait import Failed, hold, until

ALONE, ADOPTED, APPLIED = SIDES = ("alone", "adopted", "applied")     # whose connection it is: nobody's, swanctl.conf's, a client's
CHARON = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}      # as charon has it by itself
INTERVAL_S = 0.05               # between two packets of the traffic
REST_S = 1                      # a rekeying or a DELETE that is just under way
UP_S = 20                       # until a tunnel is up where nothing is wrong
MOVES = ("segw_failover", "segw_failback", "segw_switch", "segw_move_failed")


@dataclass
class Outcome:
    """What a condition cost on one side."""

    silence: float              # seconds: the longest in traffic, or until the first answer
    over: bool                  # whether it was over when the observation ended
    ike_sas: int                # at rest
    children: int               # installed at rest
    moves: int                  # that the plugin told
    blamed: dict                # SEGW that was healthy -> causes that the plugin counted
    dialled: list               # host numbers, from the begin of the condition on
    complaints: list            # what else was wrong


class Side:
    """A lab with its CPE on one side. A condition calls `up` or `start`, then `begin`, does what it does, then `observe`."""

    def __init__(self, lab, mode, condition):
        self.lab = lab
        self.cpe = lab.cpe
        self.mode = mode
        self.guarded = mode == APPLIED or mode == ADOPTED and condition.adoptable
        self.failover = condition.failover
        self.nets = condition.nets
        self.healthy = condition.healthy
        self.tells = condition.tells
        self.tunnel = Tunnel(lab.secret)
        self.complaints = []
        self._pings = []
        self._began = self._ended = None
        self._mark = self._line = 0
        self._first = False         # only the first answer counts: there was no tunnel before
        extsock = {"adopt": True, "failover": self.failover} if mode == ADOPTED else {}
        self.cpe.settings = {**self.cpe.settings, **CHARON, **({"plugins": {"extsock": extsock}} if extsock else {})}

    def gateway(self, number):
        return self.lab.gateway(number)

    @property
    def wan(self):
        return self.lab.wans[0]

    # configuration

    def configure(self):
        """What is in `tunnel` becomes the CPE's configuration, as an operator of this side changes it."""
        if self.mode == APPLIED:
            self.cpe.apply(self.tunnel.json(self.failover))
            return
        self.cpe.stock_connections = self.tunnel.swanctl()
        self.cpe.load()

    def start(self):
        """Start charon with its configuration; nothing needs to come up."""
        if self.mode != APPLIED:
            self.cpe.stock_connections = self.tunnel.swanctl()
        self.cpe.start()
        if self.mode == APPLIED:
            self.configure()

    def up(self, traffic=True):
        """Start, and wait until SEGW 1 carries all children; `traffic` flows through them from now on."""
        self.start()
        self.wait_up()
        if traffic:
            self.traffic()

    def wait_up(self, number=1, seconds=UP_S):
        wanted = [(NAME, str(number), "ESTABLISHED", ["INSTALLED"] * len([c for c in self.tunnel.children if c.start]))]
        until(lambda: self.lab.picture() == wanted, seconds, lambda: f"{wanted}; there is {self.lab.picture()}")

    def traffic(self):
        self._pings = [self.lab.ping(net, INTERVAL_S) for net in self.nets]

    # what passes

    def begin(self, first=False):
        """The condition begins. With `first` there was no tunnel before: traffic begins now, and its first answer counts."""
        for ping in self._pings:
            ping.wait_answers(3)
        self._mark = self.cpe.events.mark() if self.guarded else 0
        self._line = self.cpe.log.mark()
        self._began = time.time()
        self._first = first
        if first:
            self.traffic()

    def last(self, seconds):
        """So much time passes, and charon lives."""
        hold(lambda: self.cpe.alive, seconds, "the CPE's charon is gone")

    def observe(self, seconds):
        """Look on for so long, from now; an idle tunnel is used only at the end of it."""
        if self._first:
            self._until_answered(seconds)
        else:
            self.last(seconds)
            if not self._pings:
                self._began, self._first = time.time(), True
                self.traffic()
                self._until_answered(UP_S)
        self._ended = time.time()

    def _until_answered(self, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not all(ping.answers for ping in self._pings):
            self.last(0.1)

    # what came of it

    def _silence(self, ping):
        """(the longest silence of one ping, whether it was over)."""
        answers = [at for at, _ in list(ping.answers) if at <= self._ended]
        if self._first:
            return (answers[0] - self._began, True) if answers else (self._ended - self._began, False)
        before = [at for at in answers if at <= self._began][-1:] or [self._began]
        moments = before + [at for at in answers if at > self._began] + [self._ended]
        gaps = [(later - earlier, later) for earlier, later in zip(moments, moments[1:])]
        longest, end = max(gaps)
        return longest, end != self._ended

    def outcome(self, at_rest=1):
        """What the condition cost; `at_rest` IKE_SAs are wanted."""
        silence, over = max((self._silence(ping) for ping in self._pings), key=lambda each: each[0], default=(0.0, True))
        for ping in self._pings:
            ping.kill()
        self._rest(at_rest)
        sas, picture = self.cpe.sas(), self.lab.picture()
        found = Outcome(round(silence, 2), over, len(picture), sum(states.count("INSTALLED") for *_, states in picture), 0, {},
                        [to.rpartition(".")[2] for *_, to in self.cpe.initiations(self._line)], self.complaints)
        if self.guarded:
            status = self.cpe.status()
            told = {event["event"] for event in self.cpe.events.since(0)}
            self.complaints += [f"no event {name}" for name in self.tells if name not in told]
            found.moves = len([e for e in self.cpe.events.since(self._mark) if e["event"] in MOVES])
            found.blamed = {str(n): s["causes"] for n, s in enumerate(status["segws"], 1) if n in self.healthy and s["failures"]}
            self._compare(status, sas, at_rest)
        return asdict(found)

    def _rest(self, at_rest):
        """What comes to rest by itself does so now."""
        try:
            until(lambda: [row[2] for row in self.lab.picture()] == ["ESTABLISHED"] * at_rest, REST_S, "")
        except Failed:
            pass                    # what there is then is the finding

    def _compare(self, status, sas, at_rest):
        """STATUS says what charon has, which is all that is wanted."""
        wanted = len([child for child in self.tunnel.children if child.start])
        there = sum(child["state"] == "INSTALLED" for _, sa in sas for child in sa.get("child-sas", {}).values())
        if at_rest and there != wanted * len(sas):
            self.complaints.append(f"{there} of {wanted} CHILD_SAs of each IKE_SA at rest")
        if at_rest and status["state"] != "ACTIVE":
            self.complaints.append(f"STATUS says {status['state']}")
        elif at_rest and len(sas) == 1:
            said, is_ = status["segws"][status["active"]]["address"], sas[0][1]["remote-host"]
            if said.startswith(NETWORK) and said != is_:
                self.complaints.append(f"STATUS says {said}, the IKE_SA is with {is_}")
        elif not at_rest and status["state"] != "STOPPED":
            self.complaints.append(f"STATUS says {status['state']}")
