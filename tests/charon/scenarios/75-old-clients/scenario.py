"""Today's client programs: see description.txt."""

import json
import select

from lab.extsock import connect
from lab.wait import expect, hold, until

SILENCE_S = 1       # after it REMOVE_CONFIG and START_DPD are done without a newline


def write_and_close(lab, text):
    """As the programs do without --wait-events."""
    end = connect(lab.cpe.socket_path)
    end.sendall(text.encode())
    end.close()


def loaded(lab):
    return "idle" in lab.cpe.connections()


def probes(lab, line):
    return len(lab.cpe.log.find("sending DPD request", line))


def play(lab):
    lab.cpe.start()
    # Without a delay of its own charon sends a DPD request whenever it is asked to.
    text = json.dumps(lab.cpe.connection(dpd={"delay": 0}, failover={"liveness_interval_ms": 0}), indent=4)
    write_and_close(lab, f"APPLY_CONFIG {text}\n\n")        # a file often ends with newlines
    lab.wait_up(1)

    idle = lab.cpe.connection((1, 2), net=1, children=[lab.cpe.child(1, start_action="none")])
    idle["name"] = "idle"
    apply = "APPLY_CONFIG " + json.dumps(idle, indent=2)
    for _ in range(20):                                     # each closes at once, while the events of the one before are sent
        mark = lab.cpe.events.mark()
        write_and_close(lab, apply)
        write_and_close(lab, "REMOVE_CONFIG idle")
        lab.cpe.events.wait("config_removed", 5, mark, connection="idle")

    # One after the other, however much the first wrote.
    mark = lab.cpe.events.mark()
    write_and_close(lab, f"{apply}REMOVE_CONFIG idle\n" * 20 + apply)
    write_and_close(lab, "REMOVE_CONFIG idle")
    until(lambda: len(lab.cpe.events.since(mark, "config_removed")) == 21, 5, "21 times config_removed")
    expect(not loaded(lab), "REMOVE_CONFIG overtook APPLY_CONFIG")

    line = lab.cpe.log.mark()
    unread = connect(lab.cpe.socket_path)
    unread.sendall(b"VERSION\n")
    expect(select.select([unread], [], [], 5)[0], "a reply to VERSION")
    unread.sendall(b"START_DPD vpn")
    unread.close()
    until(lambda: probes(lab, line) == 1, 5, "a DPD request")

    # Held open: the events come on the same connection.
    watcher = lab.cpe.client()
    watcher.send(apply)
    expect(watcher.reply()["ok"], "APPLY_CONFIG")
    watcher.wait("config_applied", 5, connection="idle")
    line = lab.cpe.log.mark()
    watcher.send("START_DPD vpn")
    expect(watcher.reply(SILENCE_S + 2)["reply"] == "START_DPD", "START_DPD without a newline, held open")
    until(lambda: probes(lab, line) == 1, 5, "a DPD request")
    mark = watcher.mark()
    lab.gateway(1).delete_ike_sas()
    for event in ("ike_sa_down", "segw_failover", "tunnel_up"):
        watcher.wait(event, 10, mark)
    watcher.send("REMOVE_CONFIG idle")
    expect(watcher.reply(SILENCE_S + 2)["ok"] and not loaded(lab), "REMOVE_CONFIG without a newline, held open")

    # What is not done.
    write_and_close(lab, apply[:-10])
    watcher.send("TERMINATE vpn")
    hold(lambda: lab.cpe.status()["state"] == "ACTIVE" and not loaded(lab), SILENCE_S + 0.5, "half a request was done")
    watcher.send("x\n")
    expect(not watcher.reply()["ok"], "TERMINATE of a name in two pieces")
    write_and_close(lab, "TERMINATE vpn")                   # the end of the stream ends the line
    until(lambda: lab.cpe.status()["state"] == "STOPPED", 5, "TERMINATE")
    mark = lab.cpe.events.mark()
    lab.cpe.events.ok("INITIATE vpn")
    lab.wait_up(1, mark=mark)
    return {"vpn": 1}
