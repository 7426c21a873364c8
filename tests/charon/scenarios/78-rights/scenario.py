"""Each user tries everything: see description.txt."""

import json
import os
import time

from lab.extsock import Extsock
from lab.settings import merged, render
from lab.wait import expect, slack

HOSTILE = True
READ, OPERATE, CONFIGURE, PRIVILEGED = range(4)
NAMES = {OPERATE: "operate_", CONFIGURE: "configure_", PRIVILEGED: "privileged_"}
# Nobody on this machine has these numbers.
READER, OPERATOR = (4400, 65534, []), (4401, 65534, [])
CONFIGURER, OWNER = (4402, 65534, [4412]), (4403, 4413, [])
USERS = ((READER, READ), (OPERATOR, OPERATE), (CONFIGURER, CONFIGURE), (OWNER, PRIVILEGED), (None, PRIVILEGED))
RIGHTS = {"mode": "0666", "operate_users": "4401", "configure_groups": "4412", "privileged_groups": "4413"}
CPE = {"plugins": {"extsock": RIGHTS}}
ANSWER_MAX_S = slack(0.5)


def requests(lab):
    """(what it needs, request), those last that others rest on."""
    idle = lab.cpe.connection(net=1, children=[lab.cpe.child(1, start_action="none")]) | {"name": "idle"}
    script = merged(idle, {"children": [lab.cpe.child(1, start_action="none", updown="/bin/true")]})
    key = idle | {"local_auth": {"auth": "pubkey", "id": "cpe", "cert": "/nowhere/cert.pem", "private_key": "/nowhere/key.pem"},
                  "remote_auth": {"auth": "pubkey"}}
    authority = merged(idle, {"remote_auth": {"auth": "pubkey", "ca_cert": ["/nowhere/ca.pem"]}})
    return (*((READ, text) for text in ("STATUS", "STATUS vpn", "HISTORY", "VERSION", 'SUBSCRIBE {"events":[]}')),
            *((OPERATE, text) for text in ("START_DPD vpn", "INITIATE vpn", "SWITCH vpn primary", "RECORD")),
            *((PRIVILEGED, "APPLY_CONFIG " + json.dumps(each)) for each in (script, key, authority, {"connections": [idle, script]})),
            (CONFIGURE, "APPLY_CONFIG " + json.dumps(idle)), (CONFIGURE, "REMOVE_CONFIG idle"),
            (OPERATE, "TERMINATE vpn"), (CONFIGURE, "REMOVE_CONFIG vpn"))


def refused(reply, lacking):
    """Whether a reply is the refusal for want of a right."""
    return not reply["ok"] and NAMES[lacking] in reply["error"]


def tries(lab, user, right):
    """One user tries everything that changes nothing if it is refused; what it may do is done, and made good again."""
    client = Extsock(lab.cpe.socket_path, user=user)
    for needed, text in requests(lab):
        reply = client.request(text)
        if needed > right:
            # The verb is looked at before what it is about.
            lacking = CONFIGURE if right < CONFIGURE < needed else needed
            expect(refused(reply, lacking), f"{user} asked {text[:80]!r} and was told {reply}")
        elif needed:
            expect(not refused(reply, needed), f"{user} may ask {text[:80]!r} and was told {reply}")
        else:
            expect(reply["ok"], f"{user} asked {text!r} and was told {reply}")
        if needed > right and text.startswith(("APPLY", "REMOVE")):
            expect(set(lab.cpe.connections()) == {"vpn"}, f"after the refusal of {text[:80]!r} charon has {lab.cpe.connections()}")
    client.close()


def reload(lab, **extsock):
    lab.cpe.settings = merged(lab.cpe.settings, {"plugins": {"extsock": extsock}})
    (lab.cpe.folder / "strongswan.conf").write_text(render(lab.cpe.strongswan_conf()))
    lab.cpe.swanctl("--reload-settings")


def files(lab):
    """Of paths only those of regular files are opened."""
    client = Extsock(lab.cpe.socket_path, user=OWNER)
    fifo, link, target = (lab.folder / name for name in ("fifo", "link", "target"))
    os.mkfifo(fifo)
    target.write_text("-----BEGIN CERTIFICATE-----\n")
    link.symlink_to(target)
    for path in (fifo, link, lab.folder, "/dev/zero"):
        idle = lab.cpe.connection(net=1, children=[lab.cpe.child(1, start_action="none")],
                                  remote_auth={"auth": "pubkey", "ca_cert": [str(path)]}) | {"name": "idle"}
        began = time.monotonic()
        reply = client.request("APPLY_CONFIG " + json.dumps(idle), 10)
        took = time.monotonic() - began
        expect(not reply["ok"] and str(path) in reply["error"], f"{path}: {reply}")
        expect(took < ANSWER_MAX_S, f"{path}: refused after {took:.2f} s")
    client.close()


def play(lab):
    for folder in (lab.folder, lab.cpe.folder):
        folder.chmod(0o711)
    lab.up()
    for user, right in USERS:
        mark = lab.cpe.events.mark()
        tries(lab, user, right)
        if right < OPERATE:
            heard = [e["event"] for e in lab.cpe.events.since(mark)]
            expect(not heard and lab.cpe.status()["state"] == "ACTIVE", f"what {user} was refused led to {heard}")
        if right >= CONFIGURE:
            lab.cpe.apply(lab.cpe.connection())
        elif right == OPERATE:
            lab.cpe.events.ok("INITIATE vpn")
        if right >= OPERATE:
            lab.wait_up(1, mark=mark)

    # Programs that write no newline are asked for the same.
    client = Extsock(lab.cpe.socket_path, user=READER)
    client.send("REMOVE_CONFIG vpn")
    expect(refused(client.reply(), CONFIGURE), "REMOVE_CONFIG without a newline")

    # Rights are those of now.
    operator = Extsock(lab.cpe.socket_path, user=OPERATOR)
    operator.ok("START_DPD vpn")
    reload(lab, operate_users=None, configure_users="4400")
    expect(refused(operator.request("START_DPD vpn"), OPERATE), "START_DPD after the right was taken")
    client.ok("START_DPD vpn")
    expect(refused(client.request("APPLY_CONFIG " + json.dumps(lab.cpe.connection(
        children=[lab.cpe.child(updown="/bin/true")]))), PRIVILEGED), "updown with the right to configure")

    # Who may more than read may connect, although others may not.
    reload(lab, users="4499")
    client.ok("VERSION")
    expect(operator.reply()["error"] == "not permitted for this user", "the operator was not told why it is disconnected")
    reload(lab, users=None)
    files(lab)
    return {"vpn": 1}
