"""A loss while a CHILD_CREATE is pending: see description.txt."""

from lab.wait import expect, until


def children(lab):
    """(SEGW, names of the CHILD_SAs that are installed) of each IKE_SA."""
    return [(sa["remote-host"].rpartition(".")[2], sorted(c["name"] for c in sa["child-sas"].values() if c["state"] == "INSTALLED"))
            for _, sa in lab.cpe.sas()]


def lose(lab, dying):
    """SEGW `dying` vanishes, and before charon notices, the operator asks for one more CHILD_SA."""
    other = str(3 - dying)
    mark, line = lab.cpe.events.mark(), lab.cpe.log.mark()
    lab.gateway(dying).die()
    lab.cpe.swanctl("--initiate", "--child", "extra", "--timeout", "1", check=False)
    until(lambda: [(n, "net" in names) for n, names in children(lab)] == [(other, True)], 10,
          lambda: f"one IKE_SA on SEGW {other} with CHILD_SA net; there are {children(lab)}")
    dialled = [address for *_, address in lab.cpe.initiations(line)]
    expect(dialled == [f"10.9.0.{other}"], f"one dial, to SEGW {other}, expected; dialled {dialled}")
    expect(lab.moves(mark) == [("segw_failover", f"10.9.0.{dying}", f"10.9.0.{other}")], f"one failover expected, heard {lab.moves(mark)}")
    until(lambda: lab.cpe.status()["active"] == int(other) - 1, 2, lambda: f"SEGW {other} active: {lab.cpe.status()}")
    lab.gateway(dying).come_back()
    if any("extra" in names for _, names in children(lab)):
        lab.cpe.swanctl("--terminate", "--child", "extra")


def play(lab):
    extra = {**lab.cpe.child(start_action="none"), "name": "extra", "local_ts": ["10.2.0.0/25"], "remote_ts": ["10.1.0.0/25"]}
    lab.up(lab.cpe.connection(children=[lab.cpe.child(), extra]))
    lose(lab, 1)
    mark = lab.cpe.events.mark()
    lab.cpe.swanctl("--rekey", "--ike", "vpn")
    lab.cpe.events.wait("ike_rekey", 5, mark)
    lab.expect_only({"vpn": 2})
    lose(lab, 2)
    return {"vpn": 1}
