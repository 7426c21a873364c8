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
    line = lab.cpe.log.mark()
    ping = lab.ping(interval=0.02)
    ping.wait_answers(5)
    used = lab.cpe.events.wait("segw_standby", 15, state="used")
    mark = lab.cpe.events.mark()
    expect(not lab.cpe.events.since(0, "segw_standby", state="refused"), "found out although it may be chance")
    standby.at_rest(lab, 2, 1, 20)
    told = lab.cpe.events.wait("segw_standby", 15, mark, state="refused")
    expect(told["cause"] == REASON, f"odd event {told}")
    again = lab.cpe.events.wait("segw_standby", 5, mark, state="used")
    until(lambda: lab.cpe.status()["state"] == "ACTIVE" and lab.cpe.status()["active"] == 0, 5, lambda: f"the first address to be active: {lab.cpe.status()}")
    ping.wait_answers(5)
    for each in (used, again):
        begin, _, lost = ping.gap(each["arrived"] - 1, each["arrived"] + 1)
        print(f"the active one ended {each['arrived'] - begin:.2f} s after the last packet, {lost} packets lost")
    made = [each for each in standby.exchanges(lab, line) if each != "INFORMATIONAL"]
    expect(made == ["CREATE_CHILD_SA", "IKE_SA_INIT", "IKE_AUTH", "CREATE_CHILD_SA"], f"{made}")
    line = lab.cpe.log.mark()
    said = lab.cpe.status()["standby"]
    expect((said["state"], said["reason"]) == ("REFUSED", REASON), f"STATUS says {said}")
    hold(lambda: not lab.cpe.initiations(line), QUIET_S, lambda: f"tried again: {lab.cpe.initiations(line)}")
    ping.stop()
    lab.expect_only({"vpn": 1})
    until(lambda: [(name, len(sa.get("child-sas", {}))) for name, sa in gateway.sas()] == [("cpe0", 1)], 5, lambda: f"the gateway has {gateway.sas()}")
    return {"vpn": 1}
