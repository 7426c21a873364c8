"""Traffic dials: see description.txt."""

from lab.acquire import Acquire
from lab.wait import expect, hold, until


def play(lab):
    acquire = Acquire(lab.cpe)
    lab.cpe.start()

    def traps():
        return lab.cpe.swanctl("--list-pols", "--trap")

    connection = lab.cpe.connection()
    connection["children"][0]["start_action"] = "trap"
    lab.cpe.apply(connection)
    until(lambda: "vpn/net" in traps(), 5, "the trap")
    hold(lambda: not lab.cpe.sas(), 1, "it was dialled without traffic")
    expect(acquire.traffic() == 1, "there is no trap to hit")
    lab.wait_up(1)
    lab.expect_carried(1)
    status = lab.cpe.status()
    expect((status["state"], status["active"]) == ("ACTIVE", 0), f"STATUS says {status}")

    mark = lab.cpe.events.mark()
    lab.gateway(1).die()
    lab.wait_up(2, mark=mark)
    lab.expect_carried(2)
    expect("vpn/net" in traps(), "the failover took the trap away")
    acquire.traffic()       # no kernel says so while there is a CHILD_SA; charon 6 makes a second one of it
    hold(lambda: [each[:3] for each in lab.picture()] == [("vpn", "2", "ESTABLISHED")], 1,
         lambda: f"traffic while it is up dialled: {lab.picture()}")

    lab.cpe.swanctl("--terminate", "--ike", "vpn")
    lab.cpe.events.wait("segw_stopped", 5, mark)
    until(lambda: not lab.cpe.sas(), 5, "the end of the IKE_SA")
    expect("vpn/net" in traps(), "the operator's terminate took the trap away")
    mark = lab.cpe.events.mark()
    acquire.traffic()
    lab.wait_up(2, mark=mark)

    # The same again leaves it alone; another configuration has its own trap.
    lab.cpe.apply(connection)
    lab.expect_only({"vpn": 2})
    connection["children"][0] = lab.cpe.child(name="other", start_action="trap")
    mark = lab.cpe.events.mark()
    lab.cpe.apply(connection)
    until(lambda: "vpn/other" in traps() and "vpn/net" not in traps(), 5, lambda: f"the other trap alone: {traps()}")
    until(lambda: not lab.cpe.sas(), 5, "the end of the old IKE_SA")
    acquire.traffic()
    lab.wait_up(2, mark=mark)
    lab.cpe.events.ok("REMOVE_CONFIG vpn")
    until(lambda: "vpn" not in traps(), 5, lambda: f"the trap to go: {traps()}")
    until(lambda: not lab.cpe.sas(), 5, "the end of the IKE_SA")
    expect(acquire.traffic() == 0, "a trap is left")
    return {}
