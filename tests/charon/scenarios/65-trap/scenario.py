"""Traffic dials: see description.txt."""

from lab.policies import Policies
from lab.wait import expect, hold, until


def play(lab):
    policies = Policies(lab.cpe)
    lab.cpe.start()
    connection = lab.cpe.connection()
    connection["children"][0]["start_action"] = "trap"
    lab.cpe.apply(connection)
    until(lambda: policies.traps() == 1, 5, "the trap")
    hold(lambda: not lab.cpe.sas(), 1, "it was dialled without traffic")
    expect(policies.traffic() == 1, "there is no trap to hit")
    lab.wait_up(1)
    lab.expect_carried(1)
    status = lab.cpe.status()
    expect((status["state"], status["active"]) == ("ACTIVE", 0), f"STATUS says {status}")

    mark = lab.cpe.events.mark()
    lab.gateway(1).die()
    lab.wait_up(2, mark=mark)
    lab.expect_carried(2)
    expect(policies.traps() == 1, "the failover took the trap away")
    policies.traffic()       # no kernel says so while there is a CHILD_SA; charon 6 makes a second one of it
    hold(lambda: [each[:3] for each in lab.picture()] == [("vpn", "2", "ESTABLISHED")], 1,
         lambda: f"traffic while it is up dialled: {lab.picture()}")

    lab.cpe.swanctl("--terminate", "--ike", "vpn")
    lab.cpe.events.wait("segw_stopped", 5, mark)
    until(lambda: not lab.cpe.sas(), 5, "the end of the IKE_SA")
    expect(policies.traps() == 1, "the operator's terminate took the trap away")
    mark = lab.cpe.events.mark()
    policies.traffic()
    lab.wait_up(2, mark=mark)

    # The same again leaves it alone; another configuration has its own trap.
    lab.cpe.apply(connection)
    lab.expect_only({"vpn": 2})
    connection["children"][0] = lab.cpe.child(name="other", start_action="trap")
    mark, line = lab.cpe.events.mark(), lab.cpe.log.mark()
    lab.cpe.apply(connection)
    lab.cpe.log.wait("^installing 'other'", 5, line)
    lab.cpe.log.wait("^uninstalling 'net'", 5, line)
    until(lambda: not lab.cpe.sas(), 5, "the end of the old IKE_SA")
    policies.traffic()
    lab.wait_up(2, mark=mark)
    lab.cpe.events.ok("REMOVE_CONFIG vpn")
    until(lambda: policies.traps() == 0, 5, "the trap to go")
    until(lambda: not lab.cpe.sas(), 5, "the end of the IKE_SA")
    expect(policies.traffic() == 0, "a trap is left")
    return {}
