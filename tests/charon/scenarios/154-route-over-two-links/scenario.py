"""A route over several links: see description.txt."""

from lab.wait import expect, until

NET = "10.9.0.0/24"


def balance(lab):
    """The only route: half of what is sent leaves by each."""
    for _ in lab.wans:
        lab.cpe.namespace.ip("route", "del", "default")
    hops = [word for wan in (1, 2) for word in ("nexthop", "via", f"10.8.{wan}.1", "dev", f"eth{wan - 1}")]
    lab.cpe.namespace.ip("route", "replace", NET, *hops)


def play(lab):
    lab.wan()
    lab.wan()
    balance(lab)
    lab.up()
    mark = lab.cpe.events.mark()
    lab.gateway(1).die()
    lab.wait_up(2, mark=mark)
    expect(lab.moves(mark) == [("segw_failover", "10.9.0.1", "10.9.0.2")], f"{lab.moves(mark)}")
    mark = lab.cpe.events.mark()
    for wan in lab.wans:
        wan.link.pull()
    lab.cpe.events.wait("segw_hold", 10, mark, connection="vpn")
    for wan in lab.wans:
        wan.link.put()
    balance(lab)
    lab.cpe.events.wait("segw_resumed", 10, mark, connection="vpn")
    until(lambda: lab.picture() == [("vpn", "2", "ESTABLISHED", ["INSTALLED"])], 10, lambda: f"up on SEGW 2: {lab.picture()}")
    expect(lab.moves(mark) == [], f"moved: {lab.moves(mark)}")
    return {"vpn": 2}
