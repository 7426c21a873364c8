"""Adoption waits for no IKE_SA: see description.txt."""

import time
from threading import Thread

from lab.charon import PLUGINS
from lab.slow_dns import SlowDns
from lab.wait import expect, hold, slack, until

ADOPTED_MAX_S = slack(1.0)
LOOKS_S = 2             # while the script runs: in which it is looked for twice
GUARDED_S = 8           # until the scenario fails
CPE = {"load": f"{PLUGINS} updown",
       "plugins": {"extsock": {"adopt": False, "connections": {"busy": {"adopt": False}},
                               "failover": {"liveness_interval_ms": 1000, "liveness_misses": 3}}}}


def adopt(lab, yes):
    lab.cpe.settings["plugins"]["extsock"]["adopt"] = yes
    lab.cpe.reload_settings()
    return time.monotonic()


def states(lab):
    return [each["state"] for each in lab.cpe.events.ok("STATUS")["connections"]]


def took(lab, since):
    until(lambda: states(lab) == ["ACTIVE"], GUARDED_S, lambda: f"the IKE_SA to be guarded: {states(lab)}")
    return time.monotonic() - since


def play(lab):
    script, slow = lab.folder / "updown", lab.folder / "slow"
    script.write_text(f"#!/bin/sh\n[ -e {slow} ] || exit 0\nmv {slow} {slow}.now\nwhile [ -e {slow}.now ]; do sleep 0.05; done\n")
    script.chmod(0o755)
    dns = SlowDns(lab, lab.cpe.stock_connection(
        1, name="vpn", remote_addrs="10.9.0.1,10.9.0.2", dpd_delay="0s", children={"net-1": {"updown": str(script)}}))
    lab.cpe.start()

    slow.touch()
    dial = Thread(target=lab.cpe.swanctl, args=("--initiate", "--child", "net-1"), daemon=True)
    dial.start()
    running = lab.folder / "slow.now"
    until(running.exists, 5, "the script to run")
    began = adopt(lab, True)
    until(lambda: states(lab) == ["IDLE"], 2, lambda: f"the connection to be adopted without its IKE_SA: {states(lab)}")
    hold(lambda: states(lab) == ["IDLE"], LOOKS_S, lambda: f"guarded although it is busy: {states(lab)}")
    running.unlink()
    busy = took(lab, time.monotonic())
    print(f"busy itself for {time.monotonic() - began - busy:.2f} s, guarded {busy:.2f} s later, at most {ADOPTED_MAX_S:g} s")
    expect(busy <= ADOPTED_MAX_S, f"guarded only {busy:.2f} s after it was busy")
    dial.join()

    adopt(lab, False)
    until(lambda: states(lab) == [], 5, lambda: f"the connection to be released: {states(lab)}")
    dns.dial()
    beside = took(lab, adopt(lab, True))
    dns.expect_waiting()
    print(f"beside a slow name: guarded after {beside:.2f} s, at most {ADOPTED_MAX_S:g} s")
    expect(beside <= ADOPTED_MAX_S, f"guarded only after {beside:.2f} s")
    dns.end()
    return {"vpn": 1}
