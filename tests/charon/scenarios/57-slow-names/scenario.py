"""A dead name server, and many who ask it: see description.txt."""

import time

from lab.vici import Vici
from lab.wait import expect, slack, until

SLOW = True
TRAPS, DIALLED = 8, 7
LOOKUPS = 4             # dials by name at once, a share of charon's threads
JUST_S = 1.5            # dials come that close together, a second after the ones before have failed
GOOD = "good.example"
UP_MAX_S = slack(2.0)   # for a connection whose name is known
FAILOVER = {"connect_timeout_ms": 1000, "backoff_limit_ms": 1000}
ASKING, FAILED = r"^dialling SEGW \S+ of connection 'slow\d+'$", "^resolving '.*' failed"


def slow(lab, number):
    child = lab.cpe.child(1, start_action="trap" if number < TRAPS else "start")
    return lab.cpe.connection((f"a{number}.example", f"b{number}.example"), net=1, name=f"slow{number}", children=[child],
                              failover=FAILOVER)


def timed(act):
    began = time.monotonic()
    return act(), time.monotonic() - began


def observe(lab, line):
    """Until the dialled names have failed twice; how long that takes a name, how long the answers took, scheduled jobs each time."""
    versions, stats, jobs = [], [], []
    vici = Vici(lab.cpe.vici_path, timeout=60)

    def look():
        versions.append(timed(lambda: lab.cpe.events.ok("VERSION", 60))[1])
        said, took = timed(lambda: vici.request("stats"))       # what `swanctl --stats` shows
        stats.append(took)
        jobs.append(int(said["scheduled"]))
        return len(lab.cpe.log.find(FAILED, line)) >= 2 * LOOKUPS
    until(look, 60, "the names to fail")
    vici.close()
    return lab.cpe.log.find(FAILED, line)[0][0].at - lab.cpe.log.find(f"{ASKING}|^installing", line)[0][0].at, versions, stats, jobs


def play(lab):
    # Nobody has this address: three seconds for each of two tries.
    lab.cpe.etc = {"hosts": f"10.9.0.1 {GOOD}\n", "nsswitch.conf": "hosts: files dns\n",
                   "resolv.conf": "nameserver 10.9.0.254\noptions timeout:3 attempts:2\n"}
    lab.cpe.start()
    many = [slow(lab, number) for number in range(TRAPS + DIALLED)]
    line = lab.cpe.log.mark()
    lab.cpe.apply(*many)
    name_s, versions, stats, jobs = observe(lab, line)
    print(f"a name fails after {name_s:.1f} s; the longest VERSION {max(versions):.2f} s, stats {max(stats):.2f} s, "
          f"at most {max(jobs)} jobs scheduled")
    for what, times in (("VERSION", versions), ("stats", stats)):
        expect(max(times) < name_s / 2, f"{what} took {max(times):.1f} s, and a name {name_s:.1f} s")
    expect(max(jobs) <= 2 * len(many), f"dials pile up: {jobs} jobs scheduled")

    until(lambda: sum(asked.at > time.time() - JUST_S for asked, _ in lab.cpe.log.find(ASKING, line)) >= LOOKUPS, 30,
          "more names to be asked for")
    mark = lab.cpe.events.mark()
    for connection in many:
        lab.cpe.events.ok(f"REMOVE_CONFIG {connection['name']}")
    applied = time.time()
    lab.cpe.apply(lab.cpe.connection((GOOD,)))
    took = lab.cpe.events.wait("tunnel_up", 90, mark, ike_sa_name="vpn")["arrived"] - applied
    print(f"{GOOD} is up after {took:.2f} s")
    expect(took <= name_s + UP_MAX_S, f"up only after {took:.1f} s, and a name takes {name_s:.1f} s")
    return {"vpn": 1}
