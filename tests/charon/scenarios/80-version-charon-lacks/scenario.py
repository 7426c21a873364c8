"""A dial of an unknown IKE version: see description.txt."""

from lab.wait import expect, until


def play(lab):
    lab.cpe.stock_connections = lab.cpe.stock_conf(lab.cpe.stock_connection(1, name="odd", net=1, version=3))
    lab.up(lab.cpe.connection())
    line = lab.cpe.log.mark()
    for _ in range(2):
        lab.cpe.swanctl("--initiate", "--child", "net-1", check=False, timeout=8)
    until(lambda: lab.cpe.log.find("IKE version 3 not supported", line), 5, "charon to refuse the version")
    expect(lab.cpe.alive, "charon died")
    return {"vpn": 1}
