"""Connect timeout, independent of charon's retransmission: see description.txt."""

import time

from lab.wait import expect, hold, slack, until

CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
TIMEOUT_S = 1.5
SLACK_S = slack(0.5)       # from giving up to the tunnel through the next SEGW
LOG_S = 0.005              # charon's log and libsegw count whole milliseconds


def given_up(lab, dial):
    """`dial` begins at SEGW 1, which does not answer; then SEGW 2 is up in time."""
    mark, line = lab.cpe.events.mark(), lab.cpe.log.mark()
    asked = time.time()     # before charon has a key and says that it dials
    dial()
    lab.wait_up(2, mark=mark)
    event = lab.cpe.events.wait("segw_failover", 1, mark, connection="vpn")
    expect((event["from"], event["to"], event["cause"]) == ("10.9.0.1", "10.9.0.2", "CONNECT_TIMEOUT"), f"odd event {event}")
    (began, *_, first), (next_began, *_, second) = lab.cpe.initiations(line)
    expect((first, second) == ("10.9.0.1", "10.9.0.2"), f"dialled {first}, {second}")
    up = lab.cpe.events.wait("tunnel_up", 1, mark)["arrived"]
    print(f"SEGW 1 given up after {next_began - began:.2f} s, SEGW 2 carries after {up - began:.2f} s, configured {TIMEOUT_S:g} s")
    expect(next_began - asked >= TIMEOUT_S - LOG_S, f"given up too early, after {next_began - asked:.3f} s")
    expect(up - began <= TIMEOUT_S + SLACK_S, f"{up - began:.2f} s, more than {TIMEOUT_S:g} + {SLACK_S:g}")


def alone(lab):
    """The tunnel to SEGW 2 is the only one, here and there."""
    def established():
        return [sa["state"] for _, sa in lab.gateway(1).sas() if sa["state"] == "ESTABLISHED"]
    hold(lambda: len(lab.picture()) == 1 and not established(), 2,
         lambda: f"the CPE has {lab.picture()}, SEGW 1 {lab.gateway(1).sas()}")
    expect(lab.cpe.status()["active"] == 1, f"STATUS says {lab.cpe.status()}")


def play(lab):
    lab.gateway(1).silence()
    lab.cpe.start()
    connection = lab.cpe.connection(dpd={"delay": 0}, failover={"connect_timeout_ms": int(1000 * TIMEOUT_S)})
    given_up(lab, lambda: lab.cpe.apply(connection))
    lab.gateway(1).heal()
    alone(lab)

    lab.cpe.events.ok("TERMINATE vpn")
    until(lambda: lab.picture() == [], 5, lambda: f"the IKE_SA to end: {lab.picture()}")
    lab.gateway(1).freeze()
    given_up(lab, lambda: lab.cpe.events.ok("INITIATE vpn"))
    line = lab.gateway(1).log.mark()
    lab.gateway(1).thaw()
    lab.gateway(1).log.wait("sending packet: from 10.9.0.1", 5, line)
    alone(lab)
    return {"vpn": 2}
