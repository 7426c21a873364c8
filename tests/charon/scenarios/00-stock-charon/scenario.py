"""The lab with a stock charon: see description.txt."""

from lab.wait import expect

STOCK = True


def play(lab):
    both = lab.cpe.stock_connection(1, name="vpn", remote_addrs="10.9.0.1,10.9.0.2")
    lab.cpe.stock_connections = lab.cpe.stock_conf(both)
    lab.cpe.start()
    lab.cpe.swanctl("--initiate", "--child", "net-1")
    lab.expect_only({"vpn": 1})
    lab.expect_carried(1)

    mark = lab.cpe.log.mark()
    lab.gateway(1).die()
    lab.cpe.log.wait("state change: ESTABLISHED => DESTROYING", 10, mark)
    lab.expect_only({})
    lab.cpe.swanctl("--initiate", "--child", "net-1", check=False)
    dialled = {address for _, _, _, address in lab.cpe.initiations()}
    expect(dialled == {"10.9.0.1"}, f"stock charon dialled {dialled}: the premise of this project is gone")
    return {}
