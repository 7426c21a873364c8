"""Alternating deaths: see description.txt."""

from lab.wait import expect

DEATHS = (1, 2, 1, 2)


def play(lab):
    lab.up()
    for dying in DEATHS:
        other = 3 - dying
        mark = lab.cpe.events.mark()
        lab.gateway(dying).die()
        lab.wait_up(other, mark=mark)
        lab.gateway(dying).come_back()
    wanted = [("segw_failover", f"10.9.0.{dying}", f"10.9.0.{3 - dying}") for dying in DEATHS]
    expect(lab.moves() == wanted, f"moves {wanted} expected, heard {lab.moves()}")

    records = lab.cpe.events.ok("HISTORY vpn")["connections"][0]["records"]
    told = [(r["from"], r["to"]) for r in records if r["kind"] == "FAILOVER"]
    expect(told == [(0, 1), (1, 0), (0, 1), (1, 0)], f"the history tells {records}")
    return {"vpn": 1}
