"""A dial of which one packet is lost, with connect timeouts shorter than charon's own retransmission."""

from .wait import expect, slack, until

REPEAT_S = 0.5
MORE_MAX_S = slack(0.5)
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None,     # charon's defaults
       "plugins": {"extsock": {"adopt": True, "failover": {"connect_timeout_ms": 1500, "stable_ms": 0}}}}
CHILD = {"start_action": "start", "close_action": "start"}


def adopted(lab, **extra):
    """SEGW 1 carries an adopted connection that charon dials by itself when its SEGW ends it."""
    lab.cpe.stock_connections = lab.cpe.stock_conf(lab.cpe.stock_connection(
        1, name="vpn", remote_addrs="10.9.0.1,10.9.0.2", keyingtries=0, dpd_delay="30s", children={"net-1": CHILD}, **extra))
    lab.cpe.start()
    lab.wait_up(1)
    lab.cpe.events.wait("segw_adopted", 5, connection="vpn")


def initiate(lab):
    """A dial of ours: the IKE_SA is ended, and later dialled by the function that is returned."""
    lab.cpe.events.ok("TERMINATE vpn")
    until(lambda: lab.picture() == [], 5, lambda: f"the IKE_SA to end: {lab.picture()}")
    return lambda: lab.cpe.events.ok("INITIATE vpn")


def redial(lab, what, number, lost, dial):
    """`dial` leads to SEGW `number`, and the packet `lost`, as for `lose`: once it is repeated that SEGW carries, and no other is dialled."""
    gateway, mark, line = lab.gateway(number), lab.cpe.events.mark(), lab.cpe.log.mark()
    gateway.lose(*lost)
    dial()
    lab.wait_up(number, mark=mark)
    dials = lab.cpe.initiations(line)
    expect({to for *_, to in dials} == {f"10.9.0.{number}"}, f"dialled {dials}")
    took = lab.cpe.events.wait("tunnel_up", 1, mark)["arrived"] - dials[0][0]
    print(f"{what}: SEGW {number} carries after {took:.2f} s")
    expect(gateway.lost() == 1, f"{gateway.lost()} packets lost")
    expect(REPEAT_S <= took <= REPEAT_S + MORE_MAX_S, f"{took:.2f} s, not within {REPEAT_S} and {REPEAT_S + MORE_MAX_S} s")
    gateway.heal()
