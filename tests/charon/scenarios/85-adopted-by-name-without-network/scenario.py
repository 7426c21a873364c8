"""What charon gave up before it was adopted: see description.txt."""

import time

from lab.fault import BLAME
from lab.wait import expect, hold, slack

QUIET_S = 3
UP_MAX_S = slack(2.0)
NAMES = {"segw1.example": "10.9.0.1", "segw2.example": "10.9.0.2"}
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None,     # charon's defaults
       "plugins": {"extsock": {"adopt": True}}}


def resolvable(lab, names):
    """The file is mounted, so it has to stay the same one."""
    (lab.cpe.folder / "hosts").write_text("".join(f"{address} {name}\n" for name, address in names.items()))


def boot(lab, what, dial):
    mark = lab.cpe.events.mark() if lab.cpe.alive else 0
    lab.cpe.link.down()
    if lab.cpe.alive:
        resolvable(lab, {})
    line = lab.cpe.log.mark()
    dial()
    lab.cpe.log.wait("unable to resolve", 5, line)

    def told():
        return [e for e in lab.cpe.events.since(mark) if e["event"] in BLAME]
    lab.cpe.events.wait("segw_hold", QUIET_S, mark, connection="vpn")
    hold(lambda: not told() and not lab.cpe.initiations(line), QUIET_S, lambda: f"told {told()}, dialled {lab.cpe.initiations(line)}")

    resolvable(lab, NAMES)
    lab.cpe.link.up()
    began = time.time()
    lab.wait_up(1, mark=mark)
    took = lab.cpe.events.wait("tunnel_up", 1, mark)["arrived"] - began
    print(f"{what}: up {took:.2f} s after the link, at most {UP_MAX_S:g} s")
    expect(took <= UP_MAX_S, f"up only after {took:.2f} s")
    expect(not told(), f"told {told()}")


def play(lab):
    lab.cpe.resolves({})
    lab.cpe.stock_connections = lab.cpe.stock_conf(lab.cpe.stock_connection(
        1, name="vpn", remote_addrs=",".join(NAMES), children={"net-1": {"start_action": "start"}}))
    boot(lab, "start_action", lab.cpe.start)
    lab.cpe.stop()
    del lab.cpe.stock_connections["connections"]["vpn"]["children"]["net-1"]["start_action"]
    lab.cpe.start()
    lab.cpe.events.wait("segw_adopted", 3, connection="vpn")
    boot(lab, "swanctl --initiate", lambda: lab.cpe.swanctl("--initiate", "--child", "net-1", check=False))
    return {"vpn": 1}
