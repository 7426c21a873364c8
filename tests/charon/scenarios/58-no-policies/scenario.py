"""No policies where none are wanted: see description.txt."""

from lab.wait import expect, until

CPE = {"filelog": {"lab": {"esp": 2, "knl": 2}}}     # whoever does ESP says what policies it gets


def policies(lab, net, since):
    """What was said of policies added for that inner network; a kernel updates the one that the CHILD_SA has."""
    return [line.text for line, _ in lab.cpe.log.find(rf"^(adding|updating) policy 10\.1\.{net}\.", since)]


def failed_switch(lab, net, **child):
    """A connection comes up and is moved to a dead SEGW in vain, then it is removed; the policies of all that, and of the move."""
    connection = lab.cpe.connection(net=net, children=[lab.cpe.child(net, **child)], failover={"connect_timeout_ms": 1000})
    name, mark, line = connection["name"], lab.cpe.events.mark(), lab.cpe.log.mark()
    lab.cpe.apply(connection)
    lab.wait_up(1, name, mark)
    before = lab.cpe.log.mark()
    lab.cpe.events.ok(f"SWITCH {name} secondary")
    lab.cpe.events.wait("segw_move_failed", 15, mark, connection=name)
    moving = policies(lab, net, before)
    lab.cpe.events.ok(f"REMOVE_CONFIG {name}")
    until(lambda: not lab.cpe.sas(), 5, lambda: f"the end of the IKE_SA: {lab.picture()}")
    return policies(lab, net, line), moving


def play(lab):
    lab.cpe.start()
    lab.gateway(2).silence()
    _, moving = failed_switch(lab, 0)
    print(f"a move with policies: {', '.join(moving)}")
    expect(moving, "no policy was seen where there must be some")
    every, _ = failed_switch(lab, 1, policies=False)
    expect(not every, f"a child without policies got {every}")
    return {}
