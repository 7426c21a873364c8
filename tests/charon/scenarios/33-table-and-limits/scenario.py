"""The limits of clients and of connections: see description.txt."""

import json

from lab.wait import Failed, expect, until

CLIENTS, CONNECTIONS = 3, 16
CPE = {"plugins": {"extsock": {"max_clients": CLIENTS}}}


def clients(lab):
    others = [lab.cpe.client() for _ in range(CLIENTS - 1)]     # the lab's own is one
    for each in others:
        each.ok("VERSION")
    extra = lab.cpe.client()
    until(lambda: extra.closed, 5, "the client that is one too many to be disconnected")
    said = extra.reply()
    expect((said["ok"], said["error"]) == (False, "too many clients"), f"it was told {said}")
    mark = others[0].mark()
    for each in (lab.cpe.events, *others):
        each.ok("STATUS vpn")
    lab.cpe.events.ok("SWITCH vpn next")
    others[0].wait("segw_switch", 5, mark, connection="vpn")
    lab.expect_only({"vpn": 2})
    others[0].close()

    def welcome():
        try:
            return lab.cpe.client().request("VERSION")["ok"]
        except (Failed, OSError):
            return False                # charon has not seen the other one leave yet
    until(welcome, 5, "room for a client after one left")


def connections(lab):
    idle = lab.cpe.child(start_action="none")
    many = [lab.cpe.connection(children=[idle]) | {"name": f"idle{n}"} for n in range(1, CONNECTIONS + 1)]

    def now():
        return [c["connection"] for c in lab.cpe.events.ok("STATUS")["connections"]], sorted(lab.cpe.connections())

    def refused(what, *wanted):
        before = now()
        body = wanted[0] if len(wanted) == 1 else {"connections": list(wanted)}
        reply = lab.cpe.events.request("APPLY_CONFIG " + json.dumps(body))
        expect(reply["ok"] is False and "16" in reply["error"], f"{what} should be refused: {reply}")
        expect(now() == before, f"{what}: was {before}, is {now()}")

    refused("17 at once", *many)                        # 16, and vpn
    lab.cpe.apply(*many[:CONNECTIONS - 1])
    expect(len(now()[0]) == CONNECTIONS and len(now()[1]) == CONNECTIONS, f"16 connections expected: {now()}")
    refused("the 17th", many[-1])
    refused("the 17th behind one that is there", many[0] | {"dpd": {"delay": 7}}, many[-1])
    lab.cpe.events.ok("REMOVE_CONFIG idle1")
    lab.cpe.apply(many[-1])
    expect("idle16" in now()[0] and "idle16" in now()[1], f"a connection for which there is room: {now()}")
    expect({name for _, name, _, _ in lab.cpe.initiations()} == {"vpn"}, "an idle connection was dialled")


def play(lab):
    lab.up()
    clients(lab)
    connections(lab)
    return {"vpn": 2}
