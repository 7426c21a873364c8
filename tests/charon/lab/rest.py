"""What a charon costs at rest, with the plugin and alone in the same seconds."""

import os
import re
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from types import SimpleNamespace

from .lab import Lab

# Charon's defaults; each connection has an IKE_SA of its own, though all are alike.
REST = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None, "reuse_ikesa": False,
        "filelog": {"lab": {"default": 0, "ike": 0}}}
# One arena: which of 16 threads allocates first is chance, and each arena of its own would show as growth.
ENVIRONMENT = {"MALLOC_ARENA_MAX": "1"}


def spent(pid):
    """Milliseconds of processor time of a process until now."""
    return sum(int((task / "schedstat").read_text().split()[0]) for task in Path(f"/proc/{pid}/task").iterdir()) / 1e6


def processor(pid):
    """Seconds of processor time of a process until now, in steps of a hundredth; those of threads that have ended count, too."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid):
    """Resident memory of a process in kB, with the libraries that it shares with others."""
    return int(re.search(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.M)[1])


def anonymous(pid):
    """Private memory of a process in kB. Pages of a file that the lab has just copied would count until the kernel has written them."""
    return int(re.search(r"^Anonymous:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)[1])


@contextmanager
def at_rest(plugin, connections):
    """The process of a charon with so many tunnels without traffic, asked each second if they still live."""
    with Lab(gateways=2, stock=not plugin, cpe=REST) as lab:
        cpe = lab.cpe
        cpe.environment = ENVIRONMENT
        names = [f"vpn{number}" for number in range(connections)]
        if plugin:
            cpe.start()
            liveness = {"liveness_interval_ms": 1000, "liveness_misses": 5}
            cpe.apply(*({**cpe.connection(dpd={"delay": 0}, failover=liveness), "name": name, "unique": "never"} for name in names))
        else:
            cpe.stock_connections = cpe.stock_conf(*(cpe.stock_connection(1, name=name, dpd_delay="1s", unique="never") for name in names))
            cpe.start()
            for name in names:
                cpe.swanctl("--initiate", "--ike", name, "--child", "net-1")
        lab.expect_only(dict.fromkeys(names, 1), 20)
        yield cpe.pid


def compared(connections, spans, seconds):
    """Of charon `alone` and of `ours`: `cpu`, milliseconds a second and connection, `private` and `resident` in kB; and `adds`, the cpu
    that the plugin adds. What else the machine does costs both; the middle one of several spans counts."""
    with at_rest(False, connections) as alone, at_rest(True, connections) as ours:
        shares = []
        for _ in range(spans):
            before, began = (spent(alone), spent(ours)), time.monotonic()
            time.sleep(seconds)
            scale = (time.monotonic() - began) * connections
            shares.append(((spent(alone) - before[0]) / scale, (spent(ours) - before[1]) / scale))
        sides = [SimpleNamespace(cpu=median(share[side] for share in shares), private=anonymous(pid), resident=resident(pid))
                 for side, pid in enumerate((alone, ours))]
    return SimpleNamespace(alone=sides[0], ours=sides[1], adds=median(with_us - without for without, with_us in shares))
