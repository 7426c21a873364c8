"""SEGWs over IPv6 and IPv4: see description.txt."""

from lab.wait import expect, until

IPV6 = True
SIX, FOUR = "fd09::1", "10.9.0.2"


def remote(lab):
    return [sa["remote-host"] for _, sa in lab.cpe.sas()]


def play(lab):
    lab.up(lab.cpe.connection(("fd09::1", 2)))
    expect(remote(lab) == [SIX], f"IKE_SA to {remote(lab)}")
    ping = lab.ping()
    ping.wait_answers(5)

    mark = lab.cpe.events.mark()
    lab.gateway(1).die()
    lab.wait_up(2, mark=mark)
    expect(remote(lab) == [FOUR], f"IKE_SA to {remote(lab)}")
    expect(lab.moves(mark) == [("segw_failover", SIX, FOUR)], f"one failover expected, heard {lab.moves(mark)}")
    ping.wait_answers(5)

    lab.gateway(1).come_back()
    for target, number, source, destination in (("fd09::1", 1, FOUR, SIX), ("next", 2, SIX, FOUR), ("FD09:0::0:1", 1, FOUR, SIX)):
        mark = lab.cpe.events.mark()
        lab.cpe.events.ok(f"SWITCH vpn {target}")
        lab.wait_up(number, mark=mark)
        expect(remote(lab) == [destination], f"SWITCH {target}: IKE_SA to {remote(lab)}")
        expect(lab.moves(mark) == [("segw_switch", source, destination)], f"SWITCH {target}: heard {lab.moves(mark)}")
        until(lambda: not lab.gateway(3 - number).sas(), 5, lambda: f"SEGW {3 - number} to be left clean")
        ping.wait_answers(5)
    ping.stop()
    return {"vpn": 1}
