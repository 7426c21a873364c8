"""Operator terminates: see description.txt."""

from lab.wait import expect, hold, until

QUIET_S = 2     # longer than the backoff of this connection could be


def stays_down(lab, terminate):
    line, mark = lab.cpe.log.mark(), lab.cpe.events.mark()
    terminate()
    until(lambda: lab.picture() == [], 5, lambda: f"the IKE_SA to end: {lab.picture()}")
    until(lambda: lab.cpe.status()["state"] == "STOPPED", 2, lambda: f"state STOPPED: {lab.cpe.status()}")
    hold(lambda: not lab.cpe.initiations(line), QUIET_S, lambda: f"dialled although stopped: {lab.cpe.initiations(line)}")
    expect(not lab.moves(mark), f"a move although stopped: {lab.moves(mark)}")
    expect(lab.cpe.status()["state"] == "STOPPED", f"not STOPPED any more: {lab.cpe.status()}")


def comes_up(lab, number):
    mark = lab.cpe.events.mark()
    lab.cpe.events.ok("INITIATE vpn")
    lab.wait_up(number, mark=mark)


def play(lab):
    lab.up()
    stays_down(lab, lambda: lab.cpe.swanctl("--terminate", "--ike", "vpn"))
    comes_up(lab, 1)
    stays_down(lab, lambda: lab.cpe.events.ok("TERMINATE vpn"))
    comes_up(lab, 1)

    mark = lab.cpe.events.mark()
    lab.gateway(1).die()
    lab.wait_up(2, mark=mark)
    stays_down(lab, lambda: lab.cpe.swanctl("--terminate", "--ike", "vpn", "--force"))
    lab.gateway(1).come_back()
    lab.cpe.swanctl("--initiate", "--child", "net")     # the operator's own way up counts as well
    until(lambda: lab.cpe.status()["state"] == "ACTIVE", 5, lambda: f"state ACTIVE: {lab.cpe.status()}")
    return {"vpn": int(lab.picture()[0][1])}
