"""A line that is slower than init_timeout_ms: see description.txt."""

from lab.blame import Blame
from lab.wait import expect, until

SLOW = True
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
WAY_S = 0.7
WATCHED_S = 12      # more than the first question and all that were asked again in a line that is quick
FAILOVER = {"init_timeout_ms": 1000, "stable_ms": 0}


def play(lab):
    wan = lab.wan()
    wan.behave(delay=WAY_S)
    lab.cpe.start()
    line = lab.cpe.log.mark()
    lab.cpe.apply(lab.cpe.connection(dpd={"delay": 0}, failover=FAILOVER))
    lab.wait_up(2)
    first = lab.cpe.status()["segws"][0]
    expect(first["causes"] == {"CONNECT_TIMEOUT": 1}, f"SEGW 1: {first}")
    blame = Blame(lab)
    blame.expect_none(WATCHED_S)

    lab.cpe.events.ok("TERMINATE vpn")
    until(lambda: lab.picture() == [], 10, lambda: f"the IKE_SA to end: {lab.picture()}")
    mark = lab.cpe.events.mark()
    lab.cpe.events.ok("INITIATE vpn")
    lab.wait_up(1, mark=mark)
    times = [(at, to) for at, *_, to in lab.cpe.initiations(line)]
    print(f"{WAY_S:g} s each way, init_timeout_ms 1000: dialled {[to for _, to in times]}")
    expect([to for _, to in times] == ["10.9.0.1", "10.9.0.2", "10.9.0.1"], f"dialled {times}")
    moves = lab.cpe.events.since(mark, "segw_failover")
    expect(not moves, f"left again: {moves}")
    wan.behave()
    return {"vpn": 1}
