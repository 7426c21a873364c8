"""SWITCH to secondary and back: see description.txt."""

from lab.wait import expect, slack, until

SLOW = True
LOST_MAX = slack(10)       # packets of 50 ms per move: half a second, where a loss costs two


def switch(lab, target, number):
    other = 3 - number
    mark = lab.cpe.events.mark()
    lab.cpe.events.ok(f"SWITCH vpn {target}")
    event = lab.cpe.events.wait("segw_switch", 5, mark, connection="vpn")
    expect((event["from"], event["to"]) == (f"10.9.0.{other}", f"10.9.0.{number}"), f"SWITCH {target}: odd event {event}")
    lab.wait_up(number, mark=mark)
    lab.expect_only({"vpn": number})
    until(lambda: not lab.gateway(other).sas(), 5, lambda: f"SEGW {other} to be left clean: {lab.gateway(other).sas()}")
    until(lambda: lab.cpe.status()["active"] == number - 1, 2, lambda: f"SEGW {number} active: {lab.cpe.status()}")
    expect(lab.moves(mark) == [("segw_switch", f"10.9.0.{other}", f"10.9.0.{number}")],
           f"SWITCH {target}: one move expected, heard {lab.moves(mark)}")


def play(lab):
    lab.up()
    ping = lab.ping()
    ping.wait_answers(5)
    targets = [("secondary", 2), ("primary", 1), ("next", 2), ("next", 1), ("1", 2), ("0", 1), ("10.9.0.2", 2), ("10.9.0.1", 1)]
    for target, number in targets:
        switch(lab, target, number)
        ping.wait_answers(3)
    lost = ping.stop()
    expect(lost <= LOST_MAX * len(targets), f"{lost} packets lost in {len(targets)} moves")

    mark = lab.cpe.events.mark()
    for target in ("vpn 2", "vpn 10.9.0.9", "vpn tertiary", "vpn", "nobody primary", "vpn -1"):
        reply = lab.cpe.events.request(f"SWITCH {target}")
        expect(reply["ok"] is False and reply["error"], f"SWITCH {target} should be refused: {reply}")
    expect(lab.moves(mark) == [], f"a refused SWITCH moved: {lab.moves(mark)}")
    return {"vpn": 1}
