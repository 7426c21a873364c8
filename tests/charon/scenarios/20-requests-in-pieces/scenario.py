"""Framing and several clients: see description.txt."""

import json
import threading

from lab.wait import Failed, expect

CLIENTS, REQUESTS = 8, 25


def byte_by_byte(client, text):
    for byte in text.encode():
        client.send(bytes([byte]))
    return client.reply()


def many(lab):
    """Every client asks in a loop at the same time; each reply is to its own question."""
    problems = []

    def ask(client, number):
        try:
            for turn in range(REQUESTS):
                verb = ("STATUS", "VERSION", "HISTORY")[(number + turn) % 3]
                reply = client.ok(verb)
                expect(reply["reply"] == verb, f"asked {verb}, got {reply}")
        except (Failed, OSError) as error:
            problems.append(error)
    threads = [threading.Thread(target=ask, args=(lab.cpe.client(), n)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    expect(not problems, f"of {CLIENTS} clients at once: {problems}")


def play(lab):
    lab.cpe.start()
    first, second = lab.cpe.client(), lab.cpe.client()
    idle = lab.cpe.connection(children=[lab.cpe.child(start_action="none")])
    idle["name"] = "idle-1"
    idle["local_auth"]["secret"] = 'a brace } and a quote " and a {'    # none of them ends the request

    # Split: byte by byte, and without a newline after the JSON.
    reply = byte_by_byte(first, "APPLY_CONFIG " + json.dumps(idle))
    expect(reply["reply"] == "APPLY_CONFIG" and reply["ok"] and reply["connections"] == ["idle-1"], f"byte by byte: {reply}")
    for client in (first, second, lab.cpe.events):
        client.wait("config_applied", 5, connection="idle-1")
    expect(byte_by_byte(second, "VERSION\n")["ok"], "VERSION byte by byte")

    # Two halves with another client's request between them.
    first.send("STATUS idl")
    second.ok("STATUS")
    first.send("e-1\n")
    expect(first.reply()["connections"][0]["connection"] == "idle-1", "a request in two halves")

    # Joined: five in one, the JSON spread over lines and with no newline behind it.
    pretty = json.dumps(idle, indent=2)
    first.send(f"VERSION\nSTATUS\r\nAPPLY_CONFIG {pretty}HISTORY\n\nREMOVE_CONFIG idle-1\n")
    replies = [first.reply() for _ in range(5)]
    expect([r["reply"] for r in replies] == ["VERSION", "STATUS", "APPLY_CONFIG", "HISTORY", "REMOVE_CONFIG"]
           and all(r["ok"] for r in replies), f"five in one: {replies}")
    second.wait("config_removed", 5, connection="idle-1")

    # A client that goes away in the middle of a request harms nobody.
    third = lab.cpe.client()
    third.send("APPLY_CONFIG {\"name\":")
    third.close()
    many(lab)
    expect(lab.cpe.alive, "charon is gone")

    reply = first.request("APPLY_CONFIG " + json.dumps(lab.cpe.connection()))
    expect(reply["ok"], f"{reply}")
    for client in (first, second, lab.cpe.events):
        client.wait("tunnel_up", 10, ike_sa_name="vpn")
    for client in (first, second):
        numbers = [e["seq"] for e in client.since(0)]
        expect(numbers == sorted(set(numbers)), f"events out of order or twice: {numbers}")
    return {"vpn": 1}
