"""CHILD_SAs one by one."""

from lab.gateway import ESP_PROPOSALS
from lab.tunnel import NAME, Child

from .condition import condition

BACK_S = 15         # until a child is there again


def two(side):
    """Both SEGWs have the children of both networks in one connection."""
    side.tunnel.children = [Child(0), Child(1)]
    for gateway in side.lab.gateways.values():
        gateway.one_connection()


@condition("child-deleted", "the SEGW deletes one of two CHILD_SAs", nets=(0, 1))
def deleted(side):
    two(side)
    side.up()
    side.begin()
    side.gateway(1).swanctl("--terminate", "--child", "net1")
    side.observe(BACK_S)


@condition("child-deleted-often", "the SEGW deletes one of two CHILD_SAs each 3 s, four times", nets=(0, 1))
def deleted_often(side):
    two(side)
    side.up()
    side.begin()
    for _ in range(4):
        side.gateway(1).swanctl("--terminate", "--child", "net1")
        side.last(3)
    side.observe(5)


@condition("child-deleted-in-reauth", "the SEGW deletes the only CHILD_SA while the CPE reauthenticates, a round trip of 1 s", most_s=8)
def deleted_in_reauthentication(side):
    wan = side.lab.wan()
    side.up()
    wan.behave(delay=0.5)
    side.last(2)
    side.begin()
    line = side.cpe.log.mark()
    side.cpe.swanctl("--rekey", "--ike", NAME, "--reauth")
    side.cpe.log.wait("sending DELETE for IKE_SA", 5, line)        # it may have to wait for the answer to another request
    side.gateway(1).swanctl("--terminate", "--child", "net0")      # on its way before the request is there
    side.observe(15)


@condition("child-refused", "the SEGW refuses one of two CHILD_SAs, until 5 s later", nets=(0, 1), most_s=40)
def refused(side):
    two(side)
    gateway = side.gateway(1)
    gateway.one_connection(nets=(0,))
    side.start()
    side.last(5)
    gateway.one_connection()
    side.begin(first=True)
    side.observe(45)


@condition("child-rekey-refused", "the SEGW refuses each rekeying of the CHILD_SA, which ends after 12 s", healthy=())
def rekey_refused(side):
    # The proposals differ in the group only, which the first CHILD_SA has none of (RFC 7296 section 1.2).
    side.tunnel.children = [Child(0, esp_proposals=f"{ESP_PROPOSALS}-modp2048", rekey_s=6, life_s=12)]
    def change(conf):
        conf["connections"]["cpe0"]["children"]["net0"]["esp_proposals"] = f"{ESP_PROPOSALS}-modp3072"
    for gateway in side.lab.gateways.values():
        gateway.reconfigure(change)
    side.up()
    side.begin()
    side.observe(32)


@condition("child-expires", "the CHILD_SA ends after 6 s, nothing rekeys it")
def expires(side):
    side.tunnel.children = [Child(0, life_s=6)]
    side.up()
    side.begin()
    side.observe(14)
