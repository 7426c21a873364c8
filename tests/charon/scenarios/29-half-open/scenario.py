"""A SEGW that never answers IKE_AUTH: see description.txt."""

from lab.log import DESTROYING
from lab.wait import expect

CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
TIMEOUT_S = 1.5
SLACK_S = 0.5


def play(lab):
    lab.gateway(1).half_open()
    lab.up(lab.cpe.connection(dpd={"delay": 0}, failover={"connect_timeout_ms": int(1000 * TIMEOUT_S)}), number=2)
    event = lab.cpe.events.wait("segw_failover", 1, 0, connection="vpn")
    expect((event["from"], event["to"], event["cause"]) == ("10.9.0.1", "10.9.0.2", "CONNECT_TIMEOUT"), f"odd event {event}")
    expect(lab.cpe.log.find("establishing CHILD_SA"), "IKE_SA_INIT was not answered: this is another case")
    (began, *_, first), (next_began, *_, second) = lab.cpe.initiations()
    expect((first, second) == ("10.9.0.1", "10.9.0.2"), f"dialled {first}, {second}")
    up = lab.cpe.events.wait("tunnel_up", 1)["arrived"]
    print(f"SEGW 1 given up after {next_began - began:.2f} s, SEGW 2 carries after {up - began:.2f} s, configured {TIMEOUT_S:g} s")
    expect(next_began - began >= TIMEOUT_S - 0.05, f"given up too early, after {next_began - began:.3f} s")
    expect(up - began <= TIMEOUT_S + SLACK_S, f"{up - began:.2f} s, more than {TIMEOUT_S:g} + {SLACK_S:g}")
    expect(len(lab.cpe.log.find(DESTROYING)) == 1, "only the IKE_SA to SEGW 1 should have ended")
    lab.gateway(1).heal()
    return {"vpn": 2}
