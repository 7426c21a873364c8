"""The SEGW deletes one child of two: see description.txt."""

from lab.wait import expect, until

CPE = {"plugins": {"extsock": {"adopt": True}}}
BACK_S = 10


def installed(lab):
    return sorted(c["name"] for _, sa in lab.cpe.sas() for c in sa.get("child-sas", {}).values() if c["state"] == "INSTALLED")


def deleted(lab, what):
    """It comes back, on the same IKE_SA."""
    until(lambda: installed(lab) == ["net0", "net1"], 5, lambda: f"{what}: both up: {installed(lab)}")
    unique, mark = lab.cpe.sas()[0][1]["uniqueid"], lab.cpe.events.mark()
    lab.gateway(1).swanctl("--terminate", "--child", "net1")
    event = lab.cpe.events.wait("tunnel_down", 3, mark, child_sa_name="net1")
    until(lambda: installed(lab) == ["net0", "net1"], BACK_S,
          lambda: f"{what}: net1 to come back: {installed(lab)}, STATUS {lab.cpe.status()['state']}")
    again = lab.cpe.events.wait("tunnel_up", 2, mark, child_sa_name="net1")
    print(f"{what}: again after {again['arrived'] - event['arrived']:.2f} s")
    expect([sa["uniqueid"] for _, sa in lab.cpe.sas()] == [unique], f"{what}: that is another IKE_SA")
    expect(not lab.moves(mark), f"{what}: moved: {lab.moves(mark)}")


def play(lab):
    lab.gateway(1).one_connection()
    lab.cpe.start()
    for extra in ({"close_action": "start"}, {}):
        lab.cpe.apply(lab.cpe.connection(children=[lab.cpe.child(net, name=f"net{net}", **extra) for net in (0, 1)]))
        deleted(lab, f"applied, {extra}")
        lab.cpe.events.ok("REMOVE_CONFIG vpn")
        until(lambda: not lab.cpe.sas(), 5, "the end")
    stock = lab.cpe.stock_connection(1, name="vpn", remote_addrs="10.9.0.1,10.9.0.2")
    for extra in ({"close_action": "start"}, {}):
        stock["vpn"]["children"] = {f"net{net}": {"local_ts": f"10.2.{net}.0/24", "remote_ts": f"10.1.{net}.0/24", "esp_proposals": "aes128gcm16",
                                                  "start_action": "start", **extra} for net in (0, 1)}
        lab.cpe.stock_connections = lab.cpe.stock_conf(stock)
        mark = lab.cpe.events.mark()
        lab.cpe.load()
        lab.cpe.events.wait("segw_adopted", 5, mark, connection="vpn")
        deleted(lab, f"adopted, {extra}")
        lab.cpe.stock_connections = lab.cpe.stock_conf()
        lab.cpe.load()
        lab.cpe.swanctl("--terminate", "--ike", "vpn", check=False)
        until(lambda: not lab.cpe.sas(), 5, "the end")
        lab.cpe.events.wait("segw_released", 5, mark, connection="vpn")
    return {}
