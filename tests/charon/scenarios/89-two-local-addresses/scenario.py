"""One of two local addresses: see description.txt."""

from lab.netns import HOST, NETWORK
from lab.wait import expect, until

HERE, OTHER = f"{NETWORK}.{HOST}", f"{NETWORK}.{HOST + 1}"


def local(lab):
    return [fields["local-host"] for _, fields in lab.cpe.sas()]


def play(lab):
    lab.up(lab.cpe.connection(ike_cfg={"local_addrs": [OTHER, HERE]}, failover={"liveness_interval_ms": 500, "liveness_misses": 2}))
    expect(local(lab) == [HERE], f"dialled from {local(lab)}")
    mark, line = lab.cpe.events.mark(), lab.cpe.log.mark()
    lab.cpe.swanctl("--rekey", "--ike", "vpn", "--reauth")
    lab.cpe.log.wait("state change: DELETING => DESTROYING", 5, line)
    lab.expect_only({"vpn": 1})
    expect(lab.moves(mark) == [] and local(lab) == [HERE], f"reauthenticated from {local(lab)}, moved {lab.moves(mark)}")
    lab.gateway(1).delete_ike_sas()
    lab.wait_up(2, mark=mark)
    mark = lab.cpe.events.mark()
    lab.gateway(2).die()
    lab.wait_up(1, mark=mark)
    expect(local(lab) == [HERE], f"dialled from {local(lab)}")

    lab.cpe.events.ok("TERMINATE vpn")
    until(lambda: lab.picture() == [], 5, lambda: f"the IKE_SA to end: {lab.picture()}")
    lab.cpe.namespace.ip("addr", "del", f"{HERE}/24", "dev", "eth0")
    lab.cpe.namespace.ip("addr", "add", f"{OTHER}/24", "dev", "eth0")
    lab.cpe.link.up()
    mark = lab.cpe.events.mark()
    lab.cpe.events.ok("INITIATE vpn")
    lab.wait_up(1, mark=mark)
    expect(local(lab) == [OTHER], f"dialled from {local(lab)}")
    return {"vpn": 1}
