"""An adopted connection after a restart: see description.txt."""

from lab.state import says
from lab.wait import expect, slack

CONNECT_MS = 20_000     # so late that nobody can take it for what moved the connection
SOON_S = min(slack(5), 15)      # a look each second; a dial
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None,     # charon's defaults
       "plugins": {"extsock": {"adopt": True, "state_interval_ms": 300, "failover": {
           "liveness_interval_ms": 500, "liveness_misses": 2, "connect_timeout_ms": CONNECT_MS, "stable_ms": 0,
           "failback": "hold_down", "hold_down_ms": 2000, "hold_down_limit_ms": 2000}}}}
HOME, AWAY = "10.9.0.1", "10.9.0.2"


def load(lab, *connections):
    """What swanctl.conf has."""
    lab.cpe.stock_connections = lab.cpe.stock_conf(*connections)
    if lab.cpe.alive:
        lab.cpe.load()


def play(lab):
    path = lab.folder / "extsock.state"
    lab.cpe.settings["plugins"]["extsock"]["state_file"] = str(path)
    connection = lab.cpe.stock_connection(1, name="vpn", remote_addrs=f"{HOME},{AWAY}", keyingtries=0, dpd_delay=0,
                                          children={"net-1": {"start_action": "start"}})
    load(lab, connection)
    lab.cpe.start()
    lab.wait_up(1)
    says(path, f"vpn {HOME}")

    mark = lab.cpe.events.mark()
    lab.gateway(1).silence()
    lab.wait_up(2, mark=mark)
    says(path, f"vpn {AWAY}")

    lab.cpe.stop()
    says(path, f"vpn {AWAY}")
    line = lab.cpe.log.mark()
    lab.cpe.start()
    lab.wait_up(2)
    up = lab.cpe.events.wait("tunnel_up", 1, ike_sa_name="vpn")["arrived"]
    dials = lab.cpe.initiations(line)
    print(f"after the restart dialled {[to for *_, to in dials]}, up {up - dials[0][0]:.2f} s after the first")
    expect([to for *_, to in dials] in ([HOME, AWAY], [AWAY]), f"dialled {dials}")
    expect(up - dials[0][0] < SOON_S, f"up only {up - dials[0][0]:.2f} s after charon's dial")
    lab.expect_only({"vpn": 2})

    mark = lab.cpe.events.mark()
    lab.gateway(1).heal()
    lab.cpe.events.wait("segw_failback", 15, mark, connection="vpn")
    lab.expect_only({"vpn": 1})
    says(path, f"vpn {HOME}")

    load(lab)
    says(path)
    load(lab, connection)
    lab.wait_up(1)
    says(path, f"vpn {HOME}")
    return {"vpn": 1}
