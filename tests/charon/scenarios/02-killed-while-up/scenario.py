"""Established, then killed: see description.txt."""

from lab.wait import expect


def play(lab):
    lab.up()
    ping = lab.ping()
    ping.wait_answers(5)
    mark = lab.cpe.events.mark()

    lab.gateway(1).die()
    event = lab.cpe.events.wait("segw_failover", 10, mark, connection="vpn")
    expect((event["from"], event["to"], event["cause"]) == ("10.9.0.1", "10.9.0.2", "RETRANSMIT_TIMEOUT"), f"odd event {event}")
    lab.cpe.log.wait(r"vpn: FAILOVER 10\.9\.0\.1 -> 10\.9\.0\.2: RETRANSMIT_TIMEOUT", 5)
    lab.wait_up(2, mark=mark)
    ping.wait_answers(5)
    ping.stop()
    expect(len(lab.moves(mark)) == 1, f"one move expected, heard {lab.moves(mark)}")
    return {"vpn": 2}
