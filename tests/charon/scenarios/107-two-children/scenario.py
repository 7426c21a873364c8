"""Two children: see description.txt."""

import json

from lab.wait import expect, slack, until

SLOW = True
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
FAILOVER = {"liveness_interval_ms": 1000, "liveness_misses": 3, "connect_timeout_ms": 3000}
BACK_S = 10         # until one that is missing is there again
ACCEPTED_S = 20     # the same, after it was refused for a while
MOVE_S = 8
QUIET_MAX_S = slack(0.5)


def on(lab, number, *nets, seconds):
    """There is one IKE_SA, with this SEGW, and these children."""
    wanted = [(str(number), sorted(f"net{net}" for net in nets))]

    def there():
        return [(sa["remote-host"].rpartition(".")[2], sorted(c["name"] for c in sa.get("child-sas", {}).values() if c["state"] == "INSTALLED"))
                for _, sa in lab.cpe.sas()]
    until(lambda: there() == wanted, seconds, lambda: f"{wanted}: {there()}, STATUS {lab.cpe.status()['state']}")


def play(lab):
    for gateway in lab.gateways.values():
        gateway.one_connection()
    lab.cpe.start()
    lab.cpe.apply(lab.cpe.connection(dpd={"delay": 0}, failover=FAILOVER,
                                     children=[lab.cpe.child(net, name=f"net{net}", close_action="start") for net in (0, 1)]))
    on(lab, 1, 0, 1, seconds=5)
    mark = lab.cpe.events.mark()
    lab.gateway(1).swanctl("--terminate", "--child", "net1")
    lab.cpe.events.wait("tunnel_down", 3, mark, child_sa_name="net1")
    on(lab, 1, 0, 1, seconds=BACK_S)
    expect(not lab.moves(mark), f"moved for one child: {lab.moves(mark)}")

    lab.gateway(1).die()
    on(lab, 2, 0, 1, seconds=12)

    # SEGW 1 has only the first child.
    pings = [lab.ping(net) for net in (0, 1)]
    lab.gateway(1).come_back()
    lab.gateway(1).one_connection(nets=(0,))
    began = [ping.wait_answers(5)[-1][0] for ping in pings]
    mark = lab.cpe.events.mark()
    lab.cpe.events.ok("SWITCH vpn primary")
    lab.cpe.events.wait("segw_move_failed", MOVE_S, mark, connection="vpn")
    on(lab, 2, 0, 1, seconds=MOVE_S)
    for net, ping in enumerate(pings):
        ping.wait_answers(3)
        last, first, _ = ping.gap(began[net])
        expect(first - last <= QUIET_MAX_S, f"net{net} silent for {first - last:.2f} s by a move that failed")
        ping.stop()

    lab.gateway(2).die()
    on(lab, 1, 0, seconds=12)
    until(lambda: "net1" in json.dumps(lab.cpe.status()), 2, lambda: f"STATUS to name the missing child: {lab.cpe.status()}")
    lab.gateway(1).one_connection()
    on(lab, 1, 0, 1, seconds=ACCEPTED_S)
    lab.cpe.events.ok("REMOVE_CONFIG vpn")
    until(lambda: not lab.cpe.sas(), 5, "the end")
    return {}
