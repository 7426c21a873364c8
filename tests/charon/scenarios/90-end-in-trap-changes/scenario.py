"""SIGTERM within trap changes on a slow kernel: see description.txt."""

import json
import random
import time

import pytest

from lab import esp
from lab.plugin import slow_netlink
from lab.policies import Policies
from lab.wait import expect, until

CONNECTIONS, NETS = 3, 3
ANSWER_MS = 5
MOMENTS = 200 if esp.KERNEL else 20
SEED = 55


def traps(lab, child):
    """A request for traps, of children of that name."""
    many = [lab.cpe.connection(net=1, name=f"c{number}", children=[lab.cpe.child(
        1, name=child, start_action="trap", remote_ts=[f"10.{50 + number}.{net}.0/24" for net in range(NETS)])])
        for number in range(CONNECTIONS)]
    return "APPLY_CONFIG " + json.dumps({"connections": many})


def remove(number):
    return f"REMOVE_CONFIG c{number}\n"


def ends(lab, policies, requests, moment):
    """One life: there are traps, these requests change them, SIGTERM comes when `moment` returns; how long the end took."""
    line = lab.cpe.log.mark()
    lab.cpe.start()
    lab.cpe.events.ok(traps(lab, "first"))
    until(lambda: policies.traps() == CONNECTIONS, 10, "all traps")
    for request in requests:
        lab.cpe.events.send(request)
    moment(line)
    took = lab.cpe.stop()
    expect(policies.left(line) == 0, f"{policies.left(line)} policies are left")
    if esp.KERNEL:
        left = lab.cpe.namespace.ip("xfrm", "policy")
        expect(not left, f"left in the kernel: {left}")
    return took


def undisturbed(lab, policies, requests, last):
    """How long it is from the requests to the last line of charon's log that tells of the change."""
    def seen(line):
        nonlocal whole
        began = time.time()
        whole = until(lambda: lab.cpe.log.find(last, line)[CONNECTIONS - 1:], 10, "the change")[0][0].at - began
    whole = 0.0
    ends(lab, policies, requests, seen)
    return whole


@pytest.mark.timeout(60 + 6 * MOMENTS)
def play(lab):
    policies = Policies(lab.cpe, 0 if esp.KERNEL else ANSWER_MS)
    slow_netlink(lab.cpe, ANSWER_MS)
    changes = {"replaced": ([traps(lab, "second")], "^installing 'second'"),
               "removed": ([remove(number) for number in range(CONNECTIONS)], "^uninstalling 'first'")}
    dice = random.Random(SEED)
    for what, (requests, last) in changes.items():
        # The last trap takes as long as one of the others.
        whole = undisturbed(lab, policies, requests, last) * CONNECTIONS / (CONNECTIONS - 1)
        took = [ends(lab, policies, requests, lambda _: time.sleep(dice.uniform(0, whole))) for _ in range(MOMENTS // 2)]
        print(f"{MOMENTS // 2} moments while traps are {what}, {whole:.2f} s: no policy left, ended after at most {max(took):.2f} s")
    return {}
