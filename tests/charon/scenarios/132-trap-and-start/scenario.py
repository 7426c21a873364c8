"""start_action trap|start: see description.txt."""

from lab.policies import Policies
from lab.wait import until


def play(lab):
    policies = Policies(lab.cpe)
    lab.cpe.start()
    lab.cpe.apply(lab.cpe.connection(children=[lab.cpe.child(start_action="trap|start")]))
    lab.wait_up(1)
    until(lambda: policies.traps() == 1, 5, "the trap")
    mark = lab.cpe.events.mark()
    lab.gateway(1).die()
    lab.wait_up(2, mark=mark)
    lab.expect_carried(2)
    until(lambda: policies.traps() == 1, 5, "the trap after the failover")
    return {"vpn": 2}
