"""Subscriptions: see description.txt."""

import json

from lab.extsock import connect
from lab.wait import expect, until

ROUNDS = 1500       # two events each that the sleeper does not want: far more than its queue has room for

FILTERS = {
    "all": {},
    "moves": {"events": ["segw_failover", "tunnel_up"]},
    "idle": {"connections": ["idle"]},
    "both": {"events": ["config_applied"], "connections": ["idle", "nobody"]},
    "nothing": {"events": ["segw_exhausted"]},
}
REFUSED = ('{"events":["no_such_event"]}', '{"event":["tunnel_up"]}', '{"events":"tunnel_up"}', '{"connections":[1]}',
           '{"connections":["a b"]}', "[]", "vpn", "")


def about(event):
    return event.get("connection") or event.get("ike_sa_name") or event.get("old_ike_sa_name")


def wants(wish, event):
    return ((not wish.get("events") or event["event"] in wish["events"])
            and (not wish.get("connections") or about(event) in wish["connections"]))


def bare(events):
    return [{key: value for key, value in event.items() if key not in ("arrived", "at")} for event in events]


def play(lab):
    lab.up()
    clients = {name: lab.cpe.client() for name in FILTERS}
    for name, client in clients.items():
        # In one piece with others: the reply has its place among theirs.
        client.send("VERSION\nSUBSCRIBE " + json.dumps(FILTERS[name]) + "STATUS vpn\n")
        replies = [client.reply() for _ in range(3)]
        expect([r["reply"] for r in replies] == ["VERSION", "SUBSCRIBE", "STATUS"] and all(r["ok"] for r in replies), f"{replies}")
    for text in REFUSED:
        reply = clients["moves"].request(f"SUBSCRIBE {text}")
        expect(reply["ok"] is False and reply["error"], f"SUBSCRIBE {text} was not refused: {reply}")

    marks = {name: client.mark() for name, client in clients.items()}
    mark = lab.cpe.events.mark()
    idle = lab.cpe.connection((1, 2), net=1, children=[lab.cpe.child(1, start_action="none")])
    idle["name"] = "idle"
    text = "APPLY_CONFIG " + json.dumps(idle)
    lab.cpe.events.ok(text)
    lab.gateway(1).delete_ike_sas()
    lab.wait_up(2, mark=mark, seconds=5)
    lab.cpe.events.ok("REMOVE_CONFIG idle")
    # What comes later by itself is not looked at.
    last = lab.cpe.events.wait("config_removed", 5, mark, connection="idle")["seq"]

    def heard(client, since):
        return bare(event for event in client.since(since) if event["seq"] <= last)
    everything = heard(lab.cpe.events, mark)
    for name, client in clients.items():
        wanted = [event for event in everything if wants(FILTERS[name], event)]
        until(lambda: heard(client, marks[name]) == wanted, 5, lambda: f"{name}: {wanted}, it heard {heard(client, marks[name])}")
        expect(wanted or name == "nothing", f"{name}: there was nothing to hear")

    # Back to everything: from the reply on, and not a bit of what came before.
    client = clients["nothing"]
    mark = client.mark()
    client.ok("SUBSCRIBE {}")
    lab.cpe.events.ok(text)
    client.wait("config_applied", 5, mark, connection="idle")

    # The sleeper wants one event among thousands: its queue stays empty, so it misses none.
    sleeper = connect(lab.cpe.socket_path)
    sleeper.sendall(b'SUBSCRIBE {"events":["segw_failover"]}')
    told = sleeper.recv(65536)
    while b'"reply"' not in told:
        told = sleeper.recv(65536)      # an event from before it was done
    for _ in range(ROUNDS):
        lab.cpe.events.ok("REMOVE_CONFIG idle")
        lab.cpe.events.ok(text)
    mark = lab.cpe.events.mark()
    lab.gateway(2).delete_ike_sas()
    lab.wait_up(1, mark=mark, seconds=5)
    sleeper.settimeout(5)
    heard = [json.loads(line)["event"] for line in sleeper.recv(65536).splitlines()]
    sleeper.close()
    expect(heard == ["segw_failover"], f"the sleeper heard {heard}")
    return {"vpn": 1}
