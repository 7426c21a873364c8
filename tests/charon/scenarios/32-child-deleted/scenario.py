"""A CHILD_SA is deleted, by the SEGW and by the operator: see description.txt."""

from lab.wait import expect, hold, until


def play(lab):
    lab.up()
    ping = lab.ping()
    ping.wait_answers(5)
    mark, line = lab.cpe.events.mark(), lab.cpe.log.mark()
    lab.gateway(1).swanctl("--terminate", "--child", "net0")
    event = lab.cpe.events.wait("segw_failover", 5, mark, connection="vpn")
    expect((event["from"], event["to"], event["cause"]) == ("10.9.0.1", "10.9.0.2", "CHILD_DELETED"), f"odd event {event}")
    lab.wait_up(2, mark=mark)
    lab.expect_only({"vpn": 2})
    until(lambda: not lab.gateway(1).sas(), 5, lambda: f"SEGW 1 to be left clean: {lab.gateway(1).sas()}")
    expect([to for *_, to in lab.cpe.initiations(line)] == ["10.9.0.2"], f"dialled {lab.cpe.initiations(line)}")
    expect(len(lab.moves(mark)) == 1, f"one move expected, heard {lab.moves(mark)}")
    ping.wait_answers(5)
    ping.stop()

    mark, line = lab.cpe.events.mark(), lab.cpe.log.mark()
    lab.cpe.swanctl("--terminate", "--child", "net")
    lab.cpe.events.wait("tunnel_down", 5, mark, ike_sa_name="vpn")
    hold(lambda: not lab.cpe.initiations(line) and not lab.moves(mark), 2,
         lambda: f"taken for a loss: dialled {lab.cpe.initiations(line)}, heard {lab.moves(mark)}")
    expect(lab.picture() == [("vpn", "2", "ESTABLISHED", [])], f"there is {lab.picture()}")
    print(f"after the operator's --terminate --child STATUS says {lab.cpe.status()['state']}")

    mark = lab.cpe.events.mark()
    lab.cpe.swanctl("--initiate", "--child", "net")
    lab.wait_up(2, mark=mark)
    return {"vpn": 2}
