"""A fault of the CPE's own: what the plugin must say, what it must not do meanwhile, and how it carries on."""

import time

from .wait import expect, hold, slack, until

HOLD_MAX_S = slack(2.0)        # until it is known that the fault is our own
RESUME_MAX_S = slack(1.5)      # from the network's return to traffic
AGAIN_MAX_S = slack(0.3)       # what flows again may be silent so long for a last time
BLAME = ("segw_failover", "segw_backoff", "segw_exhausted", "segw_next_address", "segw_move_failed")


def counted(status):
    """What a fault of our own must not add to."""
    return {"attempts": status["attempts"], "segws": [(s["attempts"], s["failures"]) for s in status["segws"]]}


class Fault:
    """One fault of the CPE's own on a connection that SEGW 1 carries; `ping` runs through the tunnel, or None does."""

    def __init__(self, lab, ping, what):
        self.lab = lab
        self.ping = ping
        self.what = what

    def begin(self, break_it):
        """Break it; the plugin says HOLD in time."""
        cpe = self.lab.cpe
        self.before, self.mark, self.line = counted(cpe.status()), cpe.events.mark(), cpe.log.mark()
        self.began = time.time()
        break_it()
        event = cpe.events.wait("segw_hold", HOLD_MAX_S + 4, self.mark, connection="vpn")
        took = event["arrived"] - self.began
        print(f"{self.what}: HOLD after {took:.2f} s, at most {HOLD_MAX_S:g} s")
        expect((event["from"], event["cause"]) == ("10.9.0.1", "NO_ROUTE"), f"odd event {event}")
        expect(took <= HOLD_MAX_S, f"HOLD only after {took:.2f} s")

    def last(self, seconds):
        """It lasts until so many seconds after its begin: nothing is dialled, no SEGW is blamed, it is not said to be over."""
        cpe = self.lab.cpe

        def told():
            return self._blame() + cpe.events.since(self.mark, "segw_resumed")
        hold(lambda: not cpe.initiations(self.line) and not told(), max(self.began + seconds - time.time(), 0),
             lambda: f"dialled {cpe.initiations(self.line)}, told {told()}")
        status = cpe.status()
        expect(status["state"] == "HOLD", f"HOLD expected, STATUS says {status}")
        expect(counted(status) == self.before, f"was {self.before}, after {seconds} s {counted(status)}")

    def _blame(self):
        return [e for e in self.lab.cpe.events.since(self.mark) if e["event"] in BLAME]

    def end(self, mend_it, limit=RESUME_MAX_S):
        """Mend it; SEGW 1 carries in time, by one IKE_SA, and no SEGW was ever blamed. Whether it kept its IKE_SA."""
        cpe, mark, line = self.lab.cpe, self.lab.cpe.events.mark(), self.lab.cpe.log.mark()
        kept = {sa["uniqueid"] for _, sa in cpe.sas()}
        lasted, began = time.time() - self.began, time.time()
        mend_it()
        event = cpe.events.wait("segw_resumed", limit + 4, mark, connection="vpn")
        took = (self.ping.wait_answers(1, after=began)[0][0] if self.ping else event["arrived"]) - began
        self.lab.expect_only({"vpn": 1})
        self.back = began + took
        dialled = [to for *_, to in cpe.initiations(line)]
        now = {sa["uniqueid"] for _, sa in cpe.sas()}
        how = "with the same IKE_SA" if now <= kept else f"with a new IKE_SA, dialled {dialled}"
        print(f"{self.what}, mended after {lasted:.1f} s: resumed after {event['arrived'] - began:.2f} s, "
              f"{f'traffic after {took:.2f} s' if self.ping else 'idle'}, at most {limit:g} s, {how}")
        expect(event["to"] == "10.9.0.1", f"odd event {event}")
        expect(took <= limit, f"carries only after {took:.2f} s")
        expect(set(dialled) <= {"10.9.0.1"}, f"dialled {dialled}")
        until(lambda: cpe.status()["state"] == "ACTIVE", 2, lambda: f"ACTIVE: {cpe.status()}")
        self.stays(0)
        return now <= kept

    def stays(self, seconds):
        """So long afterwards it is still so: no SEGW is blamed for what was on its way when the fault began, traffic flows on."""
        hold(lambda: not self._blame(), seconds, lambda: f"told {self._blame()}")
        expect(not self._blame(), f"told {self._blame()}")
        if self.ping and seconds:
            last, first, lost = self.ping.gap(self.back + 0.05)
            print(f"{self.what}: in the {seconds:g} s after, the longest silence was {first - last:.2f} s, {lost} packets lost")
            expect(first - last <= AGAIN_MAX_S, f"after it was back traffic was silent again for {first - last:.2f} s")
        status = self.lab.cpe.status()
        expect([s["failures"] for s in status["segws"]] == [f for _, f in self.before["segws"]], f"a SEGW was blamed: {status}")
        self.lab.expect_only({"vpn": 1})
