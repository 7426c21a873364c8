"""A name that resolves to this host: see description.txt."""

from lab.wait import expect, until

OWN, NAME, BOTH = "10.9.0.100", "own.example", "both.example"
AT_ONCE_S = 2.0


def play(lab):
    lab.cpe.resolves({NAME: [OWN], BOTH: [OWN, "10.9.0.1"]})
    lab.cpe.start()
    for name, number in ((NAME, 2), (BOTH, 1)):
        mark, connection = lab.cpe.events.mark(), lab.cpe.connection()
        connection["ike_cfg"]["remote_addrs"] = [name, "10.9.0.2"]
        lab.cpe.apply(connection)
        lab.wait_up(number, mark=mark, seconds=AT_ONCE_S)
        counted = [(segw["failures"], segw["causes"]) for segw in lab.cpe.status()["segws"]]
        expect(counted == [(0, {}), (0, {})], f"counted {counted}")
        if number == 2:
            lab.cpe.events.ok("REMOVE_CONFIG vpn")
            until(lambda: not lab.picture(), 5, "the end")
    dialled = [to for *_, to in lab.cpe.initiations()]
    expect(dialled == ["10.9.0.2", "10.9.0.1"], f"dialled {dialled}")
    return {"vpn": 1}
