"""A reload under three children: see description.txt."""

from lab.wait import expect, hold, until

CPE = {"plugins": {"extsock": {"adopt": True}}}
NETS = (0, 1, 9)
QUIET_S = 2


def child(net, side, other, **extra):
    return {"local_ts": f"10.{side}.{net}.0/24", "remote_ts": f"10.{other}.{net}.0/24", "esp_proposals": "aes128gcm16", **extra}


def whole(lab):
    return [row[2:] for row in lab.picture()] == [("ESTABLISHED", ["INSTALLED"] * 3)]


def play(lab):
    for gateway in lab.gateways.values():
        gateway.conf = gateway.swanctl_conf()
        gateway.conf["connections"]["cpe0"]["children"] = {f"net{net}": child(net, 1, 2) for net in NETS}
        gateway.namespace.ip("addr", "add", "10.1.9.1/32", "dev", "lo")
        gateway.load()
    lab.cpe.namespace.ip("addr", "add", "10.2.9.1/32", "dev", "lo")
    stock = lab.cpe.stock_connection(1, name="vpn", remote_addrs="10.9.0.1,10.9.0.2")
    stock["vpn"]["children"] = {f"net{net}": child(net, 2, 1, start_action="start") for net in NETS}
    lab.cpe.stock_connections = lab.cpe.stock_conf(stock)
    lab.cpe.start()
    until(lambda: whole(lab), 5, lambda: f"three children: {lab.picture()}")
    mark = lab.cpe.events.mark()
    for reauth in ("2h", "3h", "4h"):
        before = lab.cpe.sas()[0][1]["uniqueid"]
        stock["vpn"]["reauth_time"] = reauth
        lab.cpe.load()
        until(lambda: before not in [sa["uniqueid"] for _, sa in lab.cpe.sas()] and whole(lab), 5, lambda: f"one new IKE_SA: {lab.picture()}")
        hold(lambda: whole(lab), QUIET_S, lambda: f"one IKE_SA with three children: {lab.picture()}")
        lab.cpe.wait_status(state="ACTIVE", active=0)
    expect(not lab.moves(mark), f"moved {lab.moves(mark)}")

    mark = lab.cpe.events.mark()
    lab.gateway(1).die()
    lab.cpe.events.wait("segw_failover", 30, mark, connection="vpn")
    until(lambda: [row[1:] for row in lab.picture()] == [("2", "ESTABLISHED", ["INSTALLED"] * 3)], 10, lambda: f"three children at SEGW 2: {lab.picture()}")
    lab.cpe.swanctl("--terminate", "--ike", "vpn")
    until(lambda: not lab.cpe.sas(), 5, "the end")
    return {}
