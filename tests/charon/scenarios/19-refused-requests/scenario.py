"""Requests that must be refused: see description.txt."""

import copy
import json

from lab.wait import expect


def changed(connection, **paths):
    """A copy with ike_cfg__remote_addrs=... put at ike_cfg.remote_addrs."""
    result = copy.deepcopy(connection)
    result["name"] = paths.pop("name", "other")
    for path, value in paths.items():
        *outer, last = path.split("__")
        section = result
        for key in outer:
            section = section[int(key)] if isinstance(section, list) else section[key]
        section[last] = value
    return result


def cases(good):
    """(what, JSON text, start of the path that the reply must name; None where there is no place)"""
    remote = "ike_cfg.remote_addrs"
    nine = ", ".join(f"10.9.0.{n}" for n in range(1, 10))
    for what, value in (("nine SEGWs", nine), ("an empty item", "10.9.0.1,,10.9.0.2"), ("an empty list", ""),
                        ("a trailing comma", "10.9.0.1,"), ("a duplicate", "10.9.0.1, 10.9.0.1"), ("%any", "%any"),
                        ("a subnet", "10.9.0.1, 10.9.0.0/24"), ("a range", "10.9.0.1-10.9.0.9"),
                        ("an array of nine", [f"10.9.0.{n}" for n in range(1, 10)]), ("a number", 5)):
        yield what, changed(good, ike_cfg__remote_addrs=value), remote
    yield "an unknown key", changed(good, ike_cfg__remote_addr="10.9.0.1"), "ike_cfg.remote_addr"
    yield "an unknown key at the top", changed(good, fallback="yes"), "fallback"
    yield "an unknown key in a child", changed(good, children__0__local_tss=["10.2.0.0/24"]), "children[0].local_tss"
    yield "a wrong type", changed(good, dpd__delay="soon"), "dpd.delay"
    yield "a negative number", changed(good, dpd__delay=-1), "dpd.delay"
    yield "a name of 64 characters", changed(good, name="n" * 64), "name"
    yield "an empty name", changed(good, name=""), "name"
    yield "an unknown IKE proposal", changed(good, ike_cfg__proposals=["aes256-sha256-modp2048", "rot13-md0"]), "ike_cfg.proposals[1]"
    yield "an unknown ESP proposal", changed(good, children__0__esp_proposals=["rot13"]), "children[0].esp_proposals[0]"
    yield "a traffic selector that is none", changed(good, children__0__remote_ts=["behind the hill"]), "children[0].remote_ts[0]"
    yield "a bad second", {"connections": [changed(good), changed(good, name="third", dpd__delay="x")]}, "connections[1].dpd.delay"
    yield "one name twice", {"connections": [changed(good), changed(good)]}, "connections[1].name"


MALFORMED = ('{"name" "x"}', '{"name":"x",}', '{name:"x"}', '{"name":"x" "dpd":{}}', '{"name":tru}', "{}", "[]", "", "vpn")


def play(lab):
    lab.up()
    good = lab.cpe.connection()

    def now():
        connections = lab.cpe.events.ok("STATUS")["connections"]
        for connection in connections:
            del connection["heard_ms"]      # goes on by itself, as the others here
            for each in (*connection["segws"], *connection["children"]):
                for key in ("connected_ms", "srtt_ms", "rttvar_ms", "traffic"):
                    each.pop(key, None)
        return connections, sorted(lab.cpe.connections()), lab.cpe.swanctl("--list-conns")
    before = now()

    def refused(what, text, place=None):
        reply = lab.cpe.events.request(f"APPLY_CONFIG {text}")
        expect(reply.get("ok") is False, f"{what} was not refused: {reply}")
        expect(reply.get("error"), f"{what}: no message in {reply}")
        expect(place is None or reply.get("path", "").startswith(place), f"{what}: path {place} expected in {reply}")
        expect(lab.secret not in json.dumps(reply), f"{what}: the key is in the reply")
        expect(now() == before, f"{what}: was {before}, is {now()}")

    for what, document, place in cases(good):
        refused(what, json.dumps(document), place)
    for text in MALFORMED:
        refused(f"malformed {text!r}", text)
    for text in ("STATUS nobody", "INITIATE nobody", "TERMINATE nobody", "REMOVE_CONFIG nobody", "START_DPD nobody",
                 "HISTORY nobody", "FLY vpn", "status vpn", "INITIATE", "REMOVE_CONFIG"):
        reply = lab.cpe.events.request(text)
        expect(reply.get("ok") is False and reply.get("error"), f"{text!r} was not refused: {reply}")
    expect(now() == before, "a refused request changed something")

    # And what is right is taken: the last of the good ones, to see that refusals leave no trace that harms.
    lab.cpe.events.ok("APPLY_CONFIG " + json.dumps(changed(good, name="idle", children__0__start_action="none")))
    expect("idle" in lab.cpe.connections(), "charon does not list what was applied")
    lab.cpe.events.ok("REMOVE_CONFIG idle")
    expect(now()[1] == before[1], "REMOVE_CONFIG left a connection behind")
    return {"vpn": 1}
