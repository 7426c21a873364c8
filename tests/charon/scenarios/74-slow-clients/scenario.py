"""Half requests, and charon's end: see description.txt."""

import os
import time

from lab.extsock import Extsock
from lab.settings import merged, render
from lab.wait import expect, slack, until

TIMEOUT_MS = 700
LATE_MS = slack(300)
TOLD = {"reply": "", "ok": False, "error": "request not finished in time"}


def set_timeout(lab, milliseconds):
    lab.cpe.settings = merged(lab.cpe.settings, {"plugins": {"extsock": {"idle_timeout_ms": milliseconds}}})
    if lab.cpe.alive:
        (lab.cpe.folder / "strongswan.conf").write_text(render(lab.cpe.strongswan_conf()))
        lab.cpe.swanctl("--reload-settings")


def given_up(client, began):
    reply = client.reply(5, "to be given up")
    took = (time.monotonic() - began) * 1000
    expect(reply == TOLD, f"told {reply}")
    until(lambda: client.closed, 5, "to be disconnected")
    expect(TIMEOUT_MS <= took <= TIMEOUT_MS + LATE_MS, f"given up after {took:.0f} ms")
    return took


def play(lab):
    set_timeout(lab, TIMEOUT_MS)
    lab.up()
    silent, served, blank = lab.cpe.client(), lab.cpe.client(), lab.cpe.client()
    served.ok("VERSION")
    blank.send("VERSION\r\n\r\n")
    blank.reply()

    blank.send("\n" * 70000 + "VERSION\n")
    expect(blank.reply()["ok"], "more blank lines than a request may be long")

    half = lab.cpe.client()
    began = time.monotonic()        # before its first byte is seen: what is measured is never shorter than what was waited
    half.send("STATUS v")
    first = given_up(half, began)
    behind = lab.cpe.client()
    began = time.monotonic()
    behind.send('VERSION\nAPPLY_CONFIG {"name":"')
    expect(behind.reply()["reply"] == "VERSION", "the whole request before the half one")
    second = given_up(behind, began)
    print(f"given up after {first:.0f} and {second:.0f} ms, option {TIMEOUT_MS} ms")

    moving = lab.cpe.client()
    for byte in b"STATUS vpn":
        moving.send(bytes([byte]))
        time.sleep(TIMEOUT_MS / 5000)
    expect(moving.request("")["ok"], "a client whose bytes kept coming")
    for name, client in (("silent", silent), ("served", served), ("blank", blank)):
        expect(not client.closed, f"the {name} client was disconnected")
        client.ok("VERSION")

    # Off, then on again: it counts for those that wait already.
    set_timeout(lab, 0)
    half = lab.cpe.client()
    half.send("STATUS v")
    time.sleep(2 * TIMEOUT_MS / 1000)
    expect(not half.closed, "given up although there is no timeout")
    set_timeout(lab, TIMEOUT_MS)
    expect(half.reply(2) == TOLD, "the timeout of a reload")
    half = lab.cpe.client()
    half.send("STATUS v")
    half.send("pn\n")
    expect(half.reply()["ok"], "a request in two pieces")

    # The end: the last events, then the end of the stream.
    sleeper = Extsock(lab.cpe.socket_path, read=False)
    sleeper.send("STATUS\n" * 5000)
    marks = {client: client.mark() for client in (silent, served, lab.cpe.events)}
    took = lab.cpe.stop()
    expect(not os.path.lexists(lab.cpe.socket_path), "the socket is still there")
    heard = []
    for client, mark in marks.items():
        until(lambda: client.closed, 5, "the end of the stream")
        heard.append([e["event"] for e in client.since(mark)])
    expect("ike_sa_down" in heard[0] and "tunnel_down" in heard[0], f"the last events are {heard[0]}")
    expect(heard[0] == heard[1], f"not the same last events: {heard}")
    sleeper.wake()
    until(lambda: sleeper.closed, 5, "the end of the sleeper's stream")
    print(f"charon's end took {took:.2f} s; the last events: {', '.join(heard[0])}")
    return {}
