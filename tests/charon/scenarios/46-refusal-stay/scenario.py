"""Stay where the credentials were refused: see description.txt."""

import secrets

from lab.wait import expect, until

RUNNING = (2,)
REFUSALS = 3
FAILOVER = {"jitter_pct": 0, "backoff_initial_ms": 500, "on_refusal": "stay", "connect_timeout_ms": 1500}


def play(lab):
    lab.gateway(1).secret = secrets.token_hex(20)
    lab.gateway(1).come_back()
    lab.cpe.start()
    lab.cpe.apply(lab.cpe.connection(failover=FAILOVER))
    backoffs = until(lambda: (found := lab.cpe.events.since(0, "segw_backoff", connection="vpn"))[REFUSALS - 1:] and found,
                     20, f"{REFUSALS} refusals")
    expect(all((e["from"], e["to"], e["cause"]) == ("10.9.0.1", "10.9.0.1", "AUTH_FAILED") for e in backoffs), f"odd events {backoffs}")
    dials = [(at, to) for at, *_, to in lab.cpe.initiations()]
    pauses = [b - a for (a, _), (b, _) in zip(dials, dials[1:])]
    announced = [e["delay_ms"] / 1000 for e in backoffs]
    print(f"SEGW 1 refused, asked again after {', '.join(f'{p:.2f}' for p in pauses)} s; "
          f"pauses announced {', '.join(f'{p:.2f}' for p in announced)} s")
    expect({to for _, to in dials} == {"10.9.0.1"} and not lab.moves(), f"dialled {dials}, moved {lab.moves()}")
    expect(all(pause >= least - 0.05 for pause, least in zip(pauses, announced)), f"asked again too early: {pauses}")
    expect(announced == sorted(announced), f"the pauses do not grow: {announced}")

    mark = lab.cpe.events.mark()
    lab.gateway(1).secret = lab.secret
    lab.gateway(1).load()               # and it runs on: one that starts anew would be dead for a moment
    lab.wait_up(1, mark=mark)
    mark = lab.cpe.events.mark()
    lab.gateway(1).die()                # that is no refusal
    lab.wait_up(2, mark=mark)
    expect(lab.moves(mark) == [("segw_failover", "10.9.0.1", "10.9.0.2")], f"one failover expected, heard {lab.moves(mark)}")

    lab.gateway(1).secret = secrets.token_hex(20)
    lab.gateway(1).come_back()
    lab.cpe.events.ok("TERMINATE vpn")
    until(lambda: lab.picture() == [], 5, lambda: f"the IKE_SA to end: {lab.picture()}")
    lab.cpe.apply(lab.cpe.connection(failover=FAILOVER | {"on_refusal": "next"}))     # the same, so it stays stopped
    mark = lab.cpe.events.mark()
    lab.cpe.events.ok("SWITCH vpn primary")
    lab.wait_up(2, mark=mark)
    return {"vpn": 2}
