"""A network that charon never hears of: see description.txt."""

import time

from lab.fault import BLAME
from lab.gateway import address
from lab.netns import HOST
from lab.settings import merged
from lab.wait import expect, slack

ROUTES = 1000           # four times what its socket holds
OURS = address(HOST)
UP_MAX_S = slack(3.0)
NAMES = {"segw1.example": "10.9.0.1", "segw2.example": "10.9.0.2"}
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None,     # charon's defaults
       "plugins": {"extsock": {"adopt": True}}}


def boot(lab, segws, **extra):
    cpe = lab.cpe
    cpe.namespace.ip("addr", "flush", "dev", "eth0")
    cpe.stock_connections = cpe.stock_conf(merged(cpe.stock_connection(
        1, name="vpn", remote_addrs=",".join(segws), children={"net-1": {"start_action": "start"}}), {"vpn": extra}))
    line = cpe.log.mark()
    cpe.start()
    cpe.events.wait("segw_hold", 3, connection="vpn")

    cpe.freeze()
    batch = lab.folder / "routes"
    routes = [f"route {{}} blackhole 172.16.{n >> 8}.{n & 255}" for n in range(ROUTES)]
    batch.write_text("".join(f"{each.format('add')}\n" for each in routes))
    cpe.namespace.ip("-batch", batch)
    cpe.namespace.ip("addr", "add", f"{OURS}/32", "dev", "eth0")
    cpe.namespace.ip("route", "add", "default", "dev", "eth0")      # it names no source: charon would have to know one
    cpe.thaw()
    began = time.time()
    mark = cpe.events.mark()
    lab.wait_up(1, mark=mark)
    took = cpe.events.wait("tunnel_up", 1, mark)["arrived"] - began
    told = f"{', '.join(segws)} {extra or ''}"
    print(f"{told}: up {took:.2f} s after the network, at most {UP_MAX_S:g} s")
    expect(took <= UP_MAX_S, f"{told}: up only after {took:.2f} s")
    expect(cpe.log.find("unable to receive from RT event socket", line), "the kernel has dropped nothing")
    expect(not cpe.log.find(f"{OURS} appeared", line), "charon knows its address")
    expect(not [e for e in cpe.events.since() if e["event"] in BLAME], "somebody was blamed")
    lab.expect_carried(1)
    cpe.stop()

    batch.write_text("".join(f"{each.format('del')}\n" for each in routes))
    cpe.namespace.ip("-batch", batch)


def play(lab):
    lab.cpe.resolves({name: [each] for name, each in NAMES.items()})
    boot(lab, list(NAMES.values()))
    boot(lab, list(NAMES))
    boot(lab, list(NAMES.values()), local_addrs=OURS)
    return {}
