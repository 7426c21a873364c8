"""Reauthentication: see description.txt."""

import pytest

from lab.wait import expect, until


def reauthenticate(lab, number):
    before = lab.cpe.sas()[0][1]["uniqueid"]
    mark, line = lab.cpe.events.mark(), lab.cpe.log.mark()
    lab.cpe.swanctl("--rekey", "--ike", "vpn", "--reauth")
    lab.cpe.log.wait("state change: DELETING => DESTROYING", 5, line)
    lab.expect_only({"vpn": number})
    expect(lab.cpe.sas()[0][1]["uniqueid"] != before, "the unique id is still the old one: was that a reauthentication?")
    dialled = [address for *_, address in lab.cpe.initiations(line)]
    expect(dialled == [f"10.9.0.{number}"], f"one dial to SEGW {number} expected, dialled {dialled}")
    until(lambda: lab.cpe.status()["active"] == number - 1, 2, lambda: f"SEGW {number} active: {lab.cpe.status()}")
    expect(lab.moves(mark) == [], f"a reauthentication moved the connection: {lab.moves(mark)}")


@pytest.mark.parametrize("cpe", [{}, {"make_before_break": True}], ids=["break-before-make", "make-before-break"])
def play(lab):
    lab.up()
    reauthenticate(lab, 1)
    lab.expect_carried(1)

    mark = lab.cpe.events.mark()
    lab.gateway(1).die()
    lab.wait_up(2, mark=mark)
    lab.gateway(1).come_back()
    reauthenticate(lab, 2)
    lab.expect_carried(2)

    mark = lab.cpe.events.mark()
    lab.gateway(2).delete_ike_sas()
    lab.wait_up(1, mark=mark)
    return {"vpn": 1}
