"""IKE rekey: see description.txt."""

from lab.wait import expect, until


def rekey(lab, charon, ike, number):
    """Rekey, and find the same connection on the same SEGW under another unique id."""
    before = lab.cpe.sas()[0][1]["uniqueid"]
    mark = lab.cpe.events.mark()
    charon.swanctl("--rekey", "--ike", ike)
    lab.cpe.events.wait("ike_rekey", 5, mark, new_ike_sa_name="vpn")
    lab.expect_only({"vpn": number})
    expect(lab.cpe.sas()[0][1]["uniqueid"] != before, "the unique id is still the old one: was that a rekey?")
    until(lambda: lab.cpe.status()["active"] == number - 1, 2, lambda: f"SEGW {number} active: {lab.cpe.status()}")
    expect(lab.moves(mark) == [], f"a rekey moved the connection: {lab.moves(mark)}")


def play(lab):
    lab.up()
    rekey(lab, lab.cpe, "vpn", 1)
    rekey(lab, lab.gateway(1), "cpe0", 1)
    lab.expect_carried(1)

    mark = lab.cpe.events.mark()
    lab.gateway(1).die()
    lab.wait_up(2, mark=mark)
    lab.gateway(1).come_back()
    rekey(lab, lab.cpe, "vpn", 2)
    rekey(lab, lab.gateway(2), "cpe0", 2)
    lab.expect_carried(2)

    # A loss after a rekey is a loss like any other.
    mark = lab.cpe.events.mark()
    lab.gateway(2).delete_ike_sas()
    lab.wait_up(1, mark=mark)
    expect(lab.moves(mark) == [("segw_failover", "10.9.0.2", "10.9.0.1")], f"one failover expected, heard {lab.moves(mark)}")
    return {"vpn": 1}
