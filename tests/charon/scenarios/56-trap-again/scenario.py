"""A trap whose SEGW's name has no address at first: see description.txt."""

from lab.acquire import Acquire
from lab.wait import expect, until

NAME = "segw.example"


def play(lab):
    acquire = Acquire(lab.cpe)
    lab.cpe.resolves({NAME: ["0.0.0.0"]})
    lab.cpe.start()

    def traps():
        return lab.cpe.swanctl("--list-pols", "--trap")

    connection = lab.cpe.connection((NAME,), children=[lab.cpe.child(start_action="trap")])
    lab.cpe.apply(connection)
    lab.cpe.log.wait("installing 'net' failed", 5)
    expect("vpn" not in traps() and acquire.traffic() == 0, f"a trap to nowhere: {traps()}")

    (lab.cpe.folder / "hosts").write_text(f"10.9.0.1 {NAME}\n")    # the file that charon sees as /etc/hosts
    expect(acquire.traffic() == 0, "the trap was tried again without being asked to, this scenario shows nothing")
    lab.cpe.apply(connection)
    until(lambda: "vpn/net" in traps(), 5, lambda: f"the trap: {traps()}")
    expect(acquire.traffic() == 1, "there is no trap to hit")
    lab.wait_up(1)
    lab.expect_carried(1)
    lab.cpe.events.ok("REMOVE_CONFIG vpn")
    until(lambda: "vpn" not in traps() and not lab.cpe.sas(), 5, lambda: f"the end of trap and IKE_SA: {traps()}{lab.picture()}")
    return {}
