"""The line loses packets, or is long."""

from lab.wait import expect

from .condition import condition

LOOK_S = 60
LIVENESS = {"liveness_interval_ms": 1000, "liveness_misses": 5}
SEED = 13


def lossy(side, percent, traffic):
    wan = side.lab.wan()
    side.up(traffic)
    wan.behave(loss=percent / 100, seed=SEED)
    side.begin()
    side.last(LOOK_S)
    expect(not traffic or all(wan.lost()), "no packet was lost: that was no lossy line")
    wan.behave()
    side.observe(1)


def rows():
    for percent in (1, 2, 5, 10):
        for traffic, word in ((False, "idle"), (True, "busy")):
            condition(f"loss-{percent}-{word}", f"{percent} % of the packets are lost each way for {LOOK_S} s, {word}; liveness 1 s x 5", failover=LIVENESS)(
                lambda side, percent=percent, traffic=traffic: lossy(side, percent, traffic))


rows()


@condition("rtt-600", "a round trip of 600 ms: dialled, and used for 30 s")
def long(side):
    side.lab.wan().behave(delay=0.3)
    side.start()
    side.begin(first=True)
    side.observe(30)
    side.last(30)
