"""A key for each SEGW: see description.txt."""

from lab.gateway import client_identity
from lab.segws import responder
from lab.wait import expect

RUNNING = ()


def play(lab):
    me, names, keys = client_identity(0), ["10.9.0.1", "10.9.0.2"], [f"{lab.secret}{number}" for number in (1, 2)]
    for number, (name, key) in enumerate(zip(names, keys), 1):
        responder(lab.gateway(number), {"auth": "psk", "id": name}, {"auth": "psk", "id": me}, {"ike": {"id": me, "secret": f'"{key}"'}})
    lab.cpe.start()

    def connection(keys):
        made = lab.cpe.connection(remote_auth={"id": names, "secret": keys})
        made["local_auth"].pop("secret", None)
        return made
    mark = lab.cpe.events.mark()
    lab.cpe.apply(connection(keys[::-1]))
    lab.cpe.events.wait("segw_backoff", 5, mark)
    expect(not lab.cpe.events.since(mark, "tunnel_up"), "a SEGW came up with another's key")
    mark = lab.cpe.events.mark()
    lab.cpe.apply(connection(keys))
    lab.wait_up(1, mark=mark)
    mark = lab.cpe.events.mark()
    lab.gateway(1).die()
    lab.wait_up(2, mark=mark)
    lab.expect_carried(2)
    return {"vpn": 2}
