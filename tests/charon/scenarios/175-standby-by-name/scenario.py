"""A warm standby at a SEGW that is a name: see description.txt."""

from lab import standby
from lab.wait import expect, until

NAMES = ("segw1.example", "segw2.example")


def play(lab):
    for gateway in lab.gateways.values():
        gateway.one_connection()
    lab.cpe.resolves({NAMES[0]: ["10.9.0.1"], NAMES[1]: ["10.9.0.2"]})
    lab.cpe.start()
    connection = lab.cpe.connection(NAMES, dpd={"delay": 0}, failover={**standby.STANDBY, "backoff_initial_ms": 500, "backoff_limit_ms": 1000})
    lab.cpe.apply(connection)
    standby.at_rest(lab, 1, 2)
    mark = lab.cpe.events.mark()
    lab.gateway(1).delete_ike_sas()
    standby.at_rest(lab, 2, 1, 20)
    expect(lab.moves(mark) == [("segw_failover", *NAMES)], f"moves {lab.moves(mark)}")
    expect((NAMES[1], "used", None) in standby.said(lab, mark), f"told {standby.said(lab, mark)}")

    # Nobody knows the name of the one that is to be the standby.
    lab.cpe.resolves({NAMES[1]: ["10.9.0.2"]})
    mark = lab.cpe.events.mark()
    lab.gateway(1).delete_ike_sas()
    until(lambda: any(row[0] == NAMES[0] and row[1] not in ("up", "used") for row in standby.said(lab, mark)), 10,
          lambda: f"the standby to be told as gone: {standby.said(lab, mark)}")
    lab.expect_only({"vpn": 2})
    lab.expect_carried(2)
    lab.cpe.resolves({NAMES[0]: ["10.9.0.1"], NAMES[1]: ["10.9.0.2"]})
    standby.at_rest(lab, 2, 1, 30)
    expect(not lab.moves(mark), f"moves {lab.moves(mark)}")
    lab.cpe.apply({**connection, "failover": {"standby": "off"}})
    lab.expect_only({"vpn": 2})
    return {"vpn": 2}
