"""SIGTERM while traps change: see description.txt."""

import json
import time

from lab.policies import Policies
from lab.wait import expect, until

CONNECTIONS, NETS = 15, 8
NAME_S = 30                                     # a name takes so long to fail, longer than charon may take to end
AFTER_MS = (5, 10, 15, 20, 25, 30, 40, 50, 60)  # from a request to SIGTERM


def traps(lab, child):
    """A request for many traps, of children of that name."""
    many = [lab.cpe.connection(net=1, name=f"c{number}", children=[lab.cpe.child(
        1, name=child, start_action="trap", remote_ts=[f"10.{50 + number}.{net}.0/24" for net in range(NETS)])])
        for number in range(CONNECTIONS)]
    return "APPLY_CONFIG " + json.dumps({"connections": many})


def changing(lab, policies, after_ms):
    """All traps are replaced, and SIGTERM comes into that, this time so much later; how long charon took to end."""
    line = lab.cpe.log.mark()
    lab.cpe.start()
    lab.cpe.events.ok(traps(lab, "first"))
    until(lambda: len(lab.cpe.log.find("^installing 'first'", line)) == CONNECTIONS, 10, "all traps to be installed")
    lab.cpe.events.send(traps(lab, "second"))
    time.sleep(after_ms / 1000)
    took = lab.cpe.stop()
    expect(policies.left(line) == 0, f"{policies.left(line)} policies are left")
    return took


def resolving(lab):
    """A trap is removed while its name is being resolved, and SIGTERM comes; how long charon took to end."""
    line = lab.cpe.log.mark()
    lab.cpe.start()
    lab.cpe.apply(lab.cpe.connection(("slow.example",), children=[lab.cpe.child(start_action="trap")]))
    lab.cpe.log.wait("^installing 'net'", 5, line)
    lab.cpe.events.ok("REMOVE_CONFIG vpn")
    return lab.cpe.stop()


def play(lab):
    # Nobody has this address.
    lab.cpe.etc = {"hosts": "", "nsswitch.conf": "hosts: files dns\n",
                   "resolv.conf": f"nameserver 10.9.0.254\noptions timeout:{NAME_S} attempts:1\n"}
    policies = Policies(lab.cpe)
    print(f"a name being resolved: ended after {resolving(lab):.2f} s")
    took = [changing(lab, policies, after) for after in AFTER_MS]
    print(f"traps changing: ended {len(took)} times, after at most {max(took):.2f} s")
    return {}
