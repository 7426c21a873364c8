"""A SEGW that never answers IKE_AUTH: see description.txt."""

from lab.rounds import grow
from lab.log import DESTROYING
from lab.wait import expect, slack, until

SLOW = True
RUNNING = ()
PATIENT = {"dos_protection": False}     # a charon as SEGW would stop answering who leaves it half-open so often
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
TIMEOUT_S = 1.5
SLACK_S = slack(0.5)
EARLY_S = slack(0.05)    # it counts from before charon has a key and says that it dials
ROUNDS = 5
SHORT_S = 0.4       # connect timeout of the endless part
FOREVER = {"connect_timeout_ms": int(1000 * SHORT_S), "backoff_initial_ms": 200, "backoff_limit_ms": 2500, "jitter_pct": 10}


def forever(lab):
    lab.cpe.events.ok("REMOVE_CONFIG vpn")
    until(lambda: lab.picture() == [], 5, lambda: f"the IKE_SA to end: {lab.picture()}")
    lab.gateway(2).half_open()
    line = lab.cpe.log.mark()
    lab.cpe.apply(lab.cpe.connection(dpd={"delay": 0}, failover=FOREVER))
    until(lambda: len(lab.cpe.events.since(0, "segw_backoff")) > ROUNDS, 30, f"{ROUNDS} rounds")
    dialled = [(at, to) for at, *_, to in lab.cpe.initiations(line)][:2 * ROUNDS]
    expect([to for _, to in dialled] == ["10.9.0.1", "10.9.0.2"] * ROUNDS, f"dialled {dialled}")
    given_up = [b - a for (a, _), (b, _) in zip(dialled[::2], dialled[1::2])]
    print(f"given up after {', '.join(f'{s:.2f}' for s in given_up)} s, configured {SHORT_S:g} s")
    expect(all(SHORT_S - EARLY_S <= s <= SHORT_S + SLACK_S for s in given_up), f"given up after {given_up}")
    grow(lab, ROUNDS, FOREVER)
    mark = lab.cpe.events.mark()
    lab.gateway(1).heal()
    lab.wait_up(1, mark=mark)
    lab.gateway(2).heal()


def play(lab):
    for gateway in lab.gateways.values():
        gateway.settings = PATIENT
        gateway.come_back()
    lab.gateway(1).half_open()
    lab.up(lab.cpe.connection(dpd={"delay": 0}, failover={"connect_timeout_ms": int(1000 * TIMEOUT_S)}), number=2)
    event = lab.cpe.events.wait("segw_failover", 1, 0, connection="vpn")
    expect((event["from"], event["to"], event["cause"]) == ("10.9.0.1", "10.9.0.2", "CONNECT_TIMEOUT"), f"odd event {event}")
    expect(lab.cpe.log.find("establishing CHILD_SA"), "IKE_SA_INIT was not answered: this is another case")
    (began, *_, first), (next_began, *_, second) = lab.cpe.initiations()
    expect((first, second) == ("10.9.0.1", "10.9.0.2"), f"dialled {first}, {second}")
    up = lab.cpe.events.wait("tunnel_up", 1)["arrived"]
    print(f"SEGW 1 given up after {next_began - began:.2f} s, SEGW 2 carries after {up - began:.2f} s, configured {TIMEOUT_S:g} s")
    expect(next_began - began >= TIMEOUT_S - EARLY_S, f"given up too early, after {next_began - began:.3f} s")
    expect(up - began <= TIMEOUT_S + SLACK_S, f"{up - began:.2f} s, more than {TIMEOUT_S:g} + {SLACK_S:g}")
    expect(len(lab.cpe.log.find(DESTROYING)) == 1, "only the IKE_SA to SEGW 1 should have ended")
    forever(lab)
    return {"vpn": 1}
