"""A gateway that keeps one IKE_SA for each peer: see description.txt."""

from lab import standby
from lab.gateway import address
from lab.wait import expect, hold, until

GATEWAYS = 1
SLOW = True
SECOND = address(2)
QUIET_S = 15        # charon waits 10 s before it ends the other one
REASON = "SEGW_UNIQUE_IKE_SA"


def play(lab):
    gateway = lab.gateway(1)
    gateway.namespace.ip("addr", "add", f"{SECOND}/24", "dev", "eth0")
    gateway.addresses.append(SECOND)
    gateway.reconfigure(lambda conf: conf["connections"]["cpe0"].update({"unique": "replace", "local_addrs": ",".join(gateway.addresses)}))
    lab.cpe.start()
    standby.apply(lab)
    standby.at_rest(lab, 1, 2)
    ping = lab.ping(interval=0.02)
    ping.wait_answers(5)
    line, mark = lab.cpe.log.mark(), 0
    told = lab.cpe.events.wait("segw_standby", 15, mark, state="refused")
    expect(told["cause"] == REASON, f"odd event {told}")
    lab.cpe.events.wait("segw_standby", 5, mark, state="used")
    until(lambda: lab.cpe.status()["state"] == "ACTIVE" and lab.cpe.status()["active"] == 1, 5, lambda: f"the other address to be active: {lab.cpe.status()}")
    ping.wait_answers(5)
    begin, _, lost = ping.gap(told["arrived"] - 1)
    print(f"the active one ended {told['arrived'] - begin:.2f} s after the last packet, {lost} packets lost")
    expect([each for each in standby.exchanges(lab, line) if each != "INFORMATIONAL"] == ["CREATE_CHILD_SA"], f"{standby.exchanges(lab, line)}")
    said = lab.cpe.status()["standby"]
    expect((said["state"], said["reason"]) == ("REFUSED", REASON), f"STATUS says {said}")
    hold(lambda: not lab.cpe.initiations(line), QUIET_S, lambda: f"tried again: {lab.cpe.initiations(line)}")
    ping.stop()
    lab.expect_only({"vpn": 2})
    until(lambda: [(name, len(sa.get("child-sas", {}))) for name, sa in gateway.sas()] == [("cpe0", 1)], 5, lambda: f"the gateway has {gateway.sas()}")
    # The same through the first address again, so that the lab can count behind it.
    mark = lab.cpe.events.mark()
    gateway.reconfigure(lambda conf: conf["connections"]["cpe0"].pop("unique"))
    lab.cpe.events.ok("SWITCH vpn primary")
    lab.cpe.events.wait("segw_switch", 5, mark)
    lab.expect_only({"vpn": 1})
    return {"vpn": 1}
