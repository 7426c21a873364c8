"""The SEGW sends DELETE: see description.txt."""

from lab.log import DELETE_RECEIVED
from lab.wait import expect, slack


def play(lab):
    lab.up()
    mark, line = lab.cpe.events.mark(), lab.cpe.log.mark()
    lab.gateway(1).delete_ike_sas()
    lab.wait_up(2, mark=mark)
    expect(lab.moves(mark) == [("segw_failover", "10.9.0.1", "10.9.0.2")], f"one failover expected, heard {lab.moves(mark)}")
    event = lab.cpe.events.since(mark, "segw_failover")[0]
    expect("DELETE" in event["cause"], f"the cause should tell of the DELETE: {event}")
    said = lab.cpe.log.find(DELETE_RECEIVED, line)
    dialled = lab.cpe.initiations(line)
    expect([a for *_, a in dialled] == ["10.9.0.2"], f"dialled {dialled}")
    expect(dialled[0][0] - said[0][0].at < slack(0.2), f"the next SEGW was not dialled at once: {said}, {dialled}")
    return {"vpn": 2}
