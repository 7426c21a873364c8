"""Wrong PSK at the first SEGW: see description.txt."""

import secrets

from lab.wait import expect, hold, slack

RUNNING = (2,)


def play(lab):
    lab.gateway(1).secret = secrets.token_hex(20)
    lab.gateway(1).come_back()
    lab.up(number=2)
    event = lab.cpe.events.since(0, "segw_failover")[0]
    expect("AUTH" in event["cause"], f"the cause should tell of authentication: {event}")
    expect(lab.secret not in lab.cpe.log.path.read_text(), "the key is in charon's log")

    dialled = [(at, address) for at, _, _, address in lab.cpe.initiations()]
    expect([a for _, a in dialled] == ["10.9.0.1", "10.9.0.2"], f"dialled {dialled}")
    expect(dialled[1][0] - dialled[0][0] < slack(0.5), f"the second was not dialled at once: {dialled}")
    hold(lambda: len(lab.cpe.initiations()) == 2, 1.5, "SEGW 1 was dialled again while SEGW 2 is up")
    return {"vpn": 2}
