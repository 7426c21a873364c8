"""Every SEGW refuses: see description.txt."""

import secrets

from lab.wait import expect, hold

RUNNING = ()
WATCH_S = 4


def play(lab):
    for gateway in lab.gateways.values():
        gateway.secret = secrets.token_hex(20)
        gateway.come_back()
    lab.cpe.start()
    lab.cpe.apply(lab.cpe.connection(failover={"auth_penalty_ms": 3000}))
    lab.cpe.events.wait("segw_backoff", 5, connection="vpn")
    hold(lambda: len(lab.cpe.initiations()) <= 12, WATCH_S, lambda: f"a tight loop: {len(lab.cpe.initiations())} dials")
    for number in lab.gateways:
        dials = [at for at, *_, address in lab.cpe.initiations() if address == f"10.9.0.{number}"]
        pauses = [b - a for a, b in zip(dials, dials[1:])]
        expect(all(pause > 0.4 for pause in pauses), f"SEGW {number} was dialled again after {pauses}")

    mark = lab.cpe.events.mark()
    for gateway in lab.gateways.values():
        gateway.secret = lab.secret
        gateway.forget()
    event = lab.cpe.events.wait("tunnel_up", 20, mark, ike_sa_name="vpn")
    expect(event, "up")
    return {"vpn": int(lab.picture()[0][1])}
