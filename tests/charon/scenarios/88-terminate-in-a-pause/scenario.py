"""An operator's word where there is no IKE_SA: see description.txt."""

from lab.wait import expect, hold, until

RUNNING = ()
QUIET_S = 3         # longer than the pause
CPE = {"plugins": {"extsock": {"adopt": True, "failover": {
    "backoff_initial_ms": 1500, "backoff_limit_ms": 1500, "jitter_pct": 0, "connect_timeout_ms": 400, "stable_ms": 0}}}}


def wait_state(lab, state, seconds=8):
    until(lambda: lab.cpe.status()["state"] == state, seconds, lambda: f"{state}: {lab.cpe.status()}")


def terminated(lab, what):
    line = lab.cpe.log.mark()
    said = lab.cpe.swanctl("--terminate", "--ike", "vpn", check=False)
    print(f"{what}: swanctl says {said.split()}")
    wait_state(lab, "STOPPED", 1)
    hold(lambda: not lab.cpe.initiations(line) and lab.cpe.status()["state"] == "STOPPED", QUIET_S,
         lambda: f"dialled although stopped: {lab.cpe.initiations(line)}, {lab.cpe.status()['state']}")


def play(lab):
    lab.cpe.stock_connections = lab.cpe.stock_conf(lab.cpe.stock_connection(
        1, name="vpn", remote_addrs="10.9.0.1,10.9.0.2", keyingtries=0, children={"net-1": {"start_action": "start"}}))
    lab.cpe.start()
    wait_state(lab, "BACKOFF")
    lab.cpe.swanctl("--terminate", "--ike", "other", check=False)
    expect(lab.cpe.status()["state"] != "STOPPED", "another connection's name stops this one")
    wait_state(lab, "BACKOFF")
    terminated(lab, "in a pause")

    lab.cpe.link.down()
    lab.cpe.events.ok("INITIATE vpn")
    wait_state(lab, "HOLD")
    terminated(lab, "on hold")
    lab.cpe.link.up()
    lab.gateway(1).come_back()
    mark = lab.cpe.events.mark()
    lab.cpe.swanctl("--initiate", "--child", "net-1")
    lab.wait_up(1, mark=mark)
    return {"vpn": 1}
