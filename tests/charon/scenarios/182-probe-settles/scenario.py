"""The target is dead behind both SEGWs: see description.txt."""

from lab.probes import PROBE, actions, probe_state, wait_probe
from lab.wait import expect, hold, until

SLOW = True
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
SETTLED_S = 15          # three times as long as a SEGW would be left after
CHAIN = ("add chain inet lab site { type filter hook input priority 10; }",
         "add rule inet lab site ip daddr 10.1.0.1 icmp type echo-request {verdict}")


def host(lab, verdict):
    """The host behind both SEGWs is dead: what becomes of packets for it. None: it is back."""
    for number in (1, 2):
        nft = lambda text: lab.gateway(number).namespace.run("nft", text)
        nft(CHAIN[0])
        nft("flush chain inet lab site")
        if verdict:
            nft(CHAIN[1].replace("{verdict}", verdict))


def settles(lab, verdict, number, other):
    mark = lab.cpe.events.mark()
    host(lab, verdict)
    lab.wait_up(other, mark=mark, seconds=20)
    until(lambda: actions(lab, mark) == ["move", "settle"], 20, lambda: f"move, settle: {actions(lab, mark)}")
    settled = lab.cpe.events.mark()
    hold(lambda: not lab.moves(settled) and not actions(lab, settled), SETTLED_S,
         lambda: f"moved: {lab.moves(settled)} {actions(lab, settled)}")
    probe_state(lab, "SILENT")
    text = lab.cpe.events.ok("EXPLAIN vpn")["text"]
    expect("through the other SEGWs as well" in text, f"EXPLAIN says {text}")
    print(f"{verdict}: SEGW {other} was tried, no move in {SETTLED_S} s")
    mark = lab.cpe.events.mark()
    host(lab, None)
    wait_probe(lab, "resume", mark)
    probe_state(lab, "ANSWERS")
    expect(not lab.moves(mark), f"moved: {lab.moves(mark)}")


def play(lab):
    lab.up(lab.cpe.connection(dpd={"delay": 0}, probe=PROBE))
    probe_state(lab, "ANSWERS")
    settles(lab, "drop", 1, 2)
    settles(lab, "reject with icmp type host-unreachable", 2, 1)
    mark = lab.cpe.events.mark()
    lab.gateway(1).lose_esp()
    wait_probe(lab, "move", mark)
    lab.wait_up(2, mark=mark)
    wait_probe(lab, "resume", mark)
    lab.gateway(1).heal()
    return {"vpn": 2}
