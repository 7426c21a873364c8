"""charon stopped in backoff: see description.txt."""

from lab.wait import expect, hold

RUNNING = ()
CPE = {"retransmit_timeout": 0.05}      # a dead SEGW is given up at once: the scenario is about the pause


def stopped(lab, initial_ms, lag_s=0.0):
    lab.cpe.start()
    lab.cpe.apply(lab.cpe.connection(failover={"backoff_initial_ms": initial_ms, "backoff_limit_ms": 60000}))
    lab.cpe.events.wait("segw_backoff", 10, connection="vpn")
    hold(lambda: lab.cpe.alive, lag_s, "charon ended by itself")
    line = lab.cpe.log.mark()
    lab.cpe.stop()
    return lab.cpe.initiations(line)


def play(lab):
    dialled = stopped(lab, 30000)
    expect(not dialled, f"dialled during shutdown: {dialled}")
    for lag_s in (0.06, 0.08, 0.10):        # the pause is 90 to 100 ms
        dialled = stopped(lab, 100, lag_s)
        expect(len(dialled) <= 1, f"more than the dial that was due: {dialled}")
    return {}
