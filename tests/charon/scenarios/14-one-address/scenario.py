"""One address: see description.txt."""

from lab.wait import expect, until

RUNNING = ()
GIVE_UP_S = 1.09        # what the lab's retransmissions take
INITIAL_S, LIMIT_S = 0.5, 2.0
JITTER = 0.10


def play(lab):
    lab.cpe.start()
    lab.cpe.apply(lab.cpe.connection((1,)))
    lab.cpe.events.wait("segw_alone", 2, connection="vpn")
    until(lambda: len(lab.cpe.initiations()) >= 4, 20, lambda: f"four tries, there are {lab.cpe.initiations()}")

    tries = [at for at, *_ in lab.cpe.initiations()]
    pauses = [b - a - GIVE_UP_S for a, b in zip(tries, tries[1:])]
    for number, pause in enumerate(pauses):
        least = min(INITIAL_S * 2 ** number, LIMIT_S) * (1 - JITTER) - 0.1
        expect(pause >= least, f"pause {number} should be at least {least:.2f} s; the pauses are {pauses}")
    delays = [e["delay_ms"] for e in lab.cpe.events.since(0, "segw_backoff")]
    expect(delays == sorted(delays) and delays[0] >= 450, f"the announced delays should grow: {delays}")
    expect(lab.moves() == [], f"there is nowhere to move to, heard {lab.moves()}")

    mark = lab.cpe.events.mark()
    lab.gateway(1).come_back()
    lab.wait_up(1, mark=mark)
    return {"vpn": 1}
