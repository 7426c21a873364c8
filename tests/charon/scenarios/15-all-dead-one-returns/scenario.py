"""All dead, one returns: see description.txt."""

from lab.wait import expect


def play(lab):
    lab.up()
    mark, line = lab.cpe.events.mark(), lab.cpe.log.mark()
    lab.gateway(1).die()
    lab.gateway(2).die()
    backoff = lab.cpe.events.wait("segw_backoff", 15, mark, connection="vpn")
    expect(backoff["delay_ms"] >= 450, f"a backoff below its initial value less jitter: {backoff}")
    lab.cpe.wait_status(state="BACKOFF", active=None)       # of this pause or, on a slow machine, of the next
    lab.cpe.events.wait_event(lambda e: e.get("event") == "segw_backoff" and e is not backoff, 15, mark, "a second round")
    dialled = [address for *_, address in lab.cpe.initiations(line)]
    expect(dialled[:3] == ["10.9.0.2", "10.9.0.1", "10.9.0.2"], f"a round starts at the primary, dialled {dialled}")

    mark = lab.cpe.events.mark()
    lab.gateway(2).come_back()
    lab.wait_up(2, mark=mark)
    lab.cpe.wait_status(state="ACTIVE")
    return {"vpn": 2}
