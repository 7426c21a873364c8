"""SEGWs that drop the CPE at once: see description.txt."""

from lab.wait import expect


def play(lab):
    lab.up(lab.cpe.connection(failover={"stable_ms": 60000}))
    mark, line = lab.cpe.events.mark(), lab.cpe.log.mark()
    lab.gateway(1).delete_ike_sas()
    lab.wait_up(2, mark=mark)
    expect(not lab.cpe.events.since(mark, "segw_backoff"), "a pause before the list was through")

    mark = lab.cpe.events.mark()
    lab.gateway(2).delete_ike_sas()
    backoff = lab.cpe.events.wait("segw_backoff", 5, mark, connection="vpn")
    expect(backoff["delay_ms"] >= 450, f"a backoff below its initial value less jitter: {backoff}")
    lab.wait_up(1, mark=mark)
    dialled = [(at, address) for at, *_, address in lab.cpe.initiations(line)]
    expect([a for _, a in dialled] == ["10.9.0.2", "10.9.0.1"], f"dialled {dialled}")
    expect(dialled[1][0] - dialled[0][0] >= 0.4, f"no pause between the rounds: {dialled}")
    return {"vpn": 1}
