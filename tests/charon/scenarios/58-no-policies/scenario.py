"""No policies where none are wanted: see description.txt."""

from lab.wait import expect, until

CPE = {"filelog": {"lab": {"esp": 2, "knl": 2}}}     # whoever does ESP says what policies it gets


def failed_switch(lab, **child):
    """The connection comes up and is moved to a dead SEGW in vain, then it is removed; the policies that were added on the way."""
    mark, line = lab.cpe.events.mark(), lab.cpe.log.mark()
    lab.cpe.apply(lab.cpe.connection(children=[lab.cpe.child(**child)], failover={"connect_timeout_ms": 1000}))
    lab.wait_up(1, mark=mark)
    before = lab.cpe.log.mark()
    lab.cpe.events.ok("SWITCH vpn secondary")
    lab.cpe.events.wait("segw_move_failed", 15, mark, connection="vpn")
    moving = [line.text for line, _ in lab.cpe.log.find("adding policy", before)]
    lab.cpe.events.ok("REMOVE_CONFIG vpn")
    until(lambda: not lab.cpe.sas(), 5, lambda: f"the end of the IKE_SA: {lab.picture()}")
    every = [line.text for line, _ in lab.cpe.log.find("adding policy", line)]
    return moving, every


def play(lab):
    lab.cpe.start()
    lab.gateway(2).silence()
    moving, _ = failed_switch(lab)
    print(f"a move with policies: {', '.join(moving)}")
    expect(moving, "no policy was seen where there must be some")
    _, every = failed_switch(lab, policies=False)
    expect(not every, f"a child without policies got {every}")
    return {}
