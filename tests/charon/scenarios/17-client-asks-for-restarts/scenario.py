"""dpd_action and close_action start in the client's JSON: see description.txt."""

from lab.wait import expect, hold


def play(lab):
    child = lab.cpe.child(dpd_action="start", close_action="start")
    lab.up(lab.cpe.connection(children=[child]))

    mark, line = lab.cpe.events.mark(), lab.cpe.log.mark()
    lab.gateway(1).die()
    lab.wait_up(2, mark=mark)
    lab.gateway(1).come_back()
    hold(lambda: len(lab.cpe.initiations(line)) == 1, 1.5, lambda: f"more than one dial after DPD: {lab.cpe.initiations(line)}")
    lab.expect_only({"vpn": 2})

    mark, line = lab.cpe.events.mark(), lab.cpe.log.mark()
    lab.gateway(2).delete_ike_sas()
    lab.wait_up(1, mark=mark)
    hold(lambda: len(lab.cpe.initiations(line)) == 1, 1.5, lambda: f"more than one dial after DELETE: {lab.cpe.initiations(line)}")
    expect([a for *_, a in lab.cpe.initiations(line)] == ["10.9.0.1"], f"dialled {lab.cpe.initiations(line)}")
    return {"vpn": 1}
