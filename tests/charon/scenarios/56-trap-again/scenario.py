"""A trap whose SEGW's name has no address at first: see description.txt."""

from lab.policies import Policies
from lab.wait import expect, until

NAME = "segw.example"


def play(lab):
    policies = Policies(lab.cpe)
    lab.cpe.resolves({NAME: ["0.0.0.0"]})
    lab.cpe.start()

    connection = lab.cpe.connection((NAME,), children=[lab.cpe.child(start_action="trap")])
    lab.cpe.apply(connection)
    lab.cpe.log.wait("installing 'net' failed", 5)
    expect(policies.traffic() == 0, "a trap to nowhere")

    (lab.cpe.folder / "hosts").write_text(f"10.9.0.1 {NAME}\n")    # the file that charon sees as /etc/hosts
    expect(policies.traffic() == 0, "the trap was tried again without being asked to, this scenario shows nothing")
    lab.cpe.apply(connection)
    until(lambda: policies.traps() == 1, 5, "the trap")
    expect(policies.traffic() == 1, "there is no trap to hit")
    lab.wait_up(1)
    lab.expect_carried(1)
    lab.cpe.events.ok("REMOVE_CONFIG vpn")
    until(lambda: policies.traps() == 0 and not lab.cpe.sas(), 5, lambda: f"the end of trap and IKE_SA: {policies.traps()}{lab.picture()}")
    return {}
