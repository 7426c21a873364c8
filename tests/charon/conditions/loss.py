"""The line loses packets, or is long."""

from lab.wait import expect

from .condition import condition

LOOK_S, LONG_S = 60, 600
LIVENESS = {"liveness_interval_ms": 1000, "liveness_misses": 5}
POLICIES = {"liveness 1 s x 5": ("", LIVENESS), "defaults": ("-defaults", {})}
TRAFFIC = {"idle": False, "busy": True}
SEED = 13


def lossy(side, percent, traffic, seconds):
    wan = side.lab.wan()
    side.up(traffic)
    wan.behave(loss=percent / 100, seed=SEED)
    side.begin()
    side.last(seconds)
    expect(not traffic or all(wan.lost()), "no packet was lost: that was no lossy line")
    wan.behave()
    side.observe(1)


def enter(percent, word, policy, seconds, name, **more):
    condition(name, f"{percent} % of the packets are lost each way for {seconds} s, {word}; {policy}", failover=POLICIES[policy][1],
              **more)(lambda side: lossy(side, percent, TRAFFIC[word], seconds))


for percent in (1, 2, 5, 10):
    for word in TRAFFIC:
        enter(percent, word, "liveness 1 s x 5", LOOK_S, f"loss-{percent}-{word}")
for policy, (mark, _) in POLICIES.items():
    for word in TRAFFIC:
        enter(10, word, policy, LONG_S, f"long-loss-10-{word}{mark}", long_s=LONG_S)


@condition("rtt-600", "a round trip of 600 ms: dialled, and used for 30 s")
def long(side):
    side.lab.wan().behave(delay=0.3)
    side.start()
    side.begin(first=True)
    side.observe(30)
    side.last(30)
