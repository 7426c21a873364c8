"""Floods and idle connections of other users: see description.txt."""

import os
import time

from lab.extsock import Extsock, connect, fork_as
from lab.wait import expect, slack, until

HOSTILE = True
NOBODY, OTHERS = (65534, 65534, []), [(4330 + number, 65534, []) for number in range(4)]
CONNECTIONS = 16
FLOOD_S, FEW, MANY = 1.7, 8, 1_000_000
ANSWER_MAX_S = slack(0.5)
END_MAX_S = slack(1)
PLACES, OF_A_USER = 32, 16          # the defaults
CPE = {"plugins": {"extsock": {"mode": "0666"}}}


def flood(path, seconds, clients):
    """Nobody connects, writes as many requests as there is room for, and goes, again and again; the process."""
    def work():
        requests, ends, left = b"STATUS\n" * 20000, time.monotonic() + seconds, clients
        while left and time.monotonic() < ends:
            try:
                end = connect(path)
                end.setblocking(False)
                end.send(requests)
                end.close()
                left -= 1
            except OSError:
                pass                # refused: those that came before have not been dealt with
    return fork_as(NOBODY, work)


def answered(path, what):
    """How long root waits for a client's first answer."""
    began = time.monotonic()
    client = Extsock(path)
    client.ok("STATUS", 120)
    took = time.monotonic() - began
    client.close()
    expect(took < ANSWER_MAX_S, f"{what} root waited {took:.2f} s for an answer")
    return took


def occupy(path, user):
    """All the places that a user gets, as sockets, and what it is told then."""
    held = []
    for _ in range(2 * PLACES):
        client = Extsock(path, user=user)
        try:
            reply = client.request("VERSION")
        except OSError:             # it was told before it could ask
            reply = client.reply()
        if not reply["ok"]:
            return held, reply["error"]
        held.append(client)
    return held, None


def play(lab):
    path = lab.cpe.socket_path
    for folder in (lab.folder, lab.cpe.folder):
        folder.chmod(0o711)
    lab.up()
    for number in range(1, CONNECTIONS):
        idle = lab.cpe.connection((1, 2), net=1, children=[lab.cpe.child(1, start_action="none")])
        lab.cpe.apply(idle | {"name": f"idle-{number}"})

    for clients in (FEW, MANY):
        os.waitpid(flood(path, FLOOD_S, clients), 0)
        took = answered(path, f"after the flood of {clients} clients")
        print(f"after the requests of {clients} clients of nobody's, in {FLOOD_S} s at most, root waited {took:.3f} s")

    # What changes something is done, whoever has gone since; what is garbage costs nobody a place.
    end = connect(path)
    end.sendall(b"STATUS\n" * 5000 + b"REMOVE_CONFIG idle-1\n" + b"FLY\n" * 5000 + b"REMOVE_CONFIG idle-2\n")
    end.close()
    until(lambda: not {"idle-1", "idle-2"} & set(lab.cpe.connections()), 10, "both REMOVE_CONFIG of a client that has gone")

    # Idle ones: a user has its places, all users have theirs, root has its own.
    held, told = occupy(path, NOBODY)
    expect((len(held), told) == (OF_A_USER, "too many clients of this user"), f"nobody got {len(held)} places, and was told {told!r}")
    answered(path, "beside nobody's idle clients")
    for user in OTHERS:
        more, told = occupy(path, user)
        held += more
    expect((len(held), told) == (PLACES, "too many clients"), f"all users got {len(held)} places, and were told {told!r}")
    answered(path, "beside all users' idle clients")
    for client in held:
        client.close()
    until(lambda: len(occupy(path, NOBODY)[0]) == OF_A_USER, 10, "the places to be free again")

    # The end does not wait for any of it.
    child = flood(path, FLOOD_S, MANY)
    time.sleep(FLOOD_S / 2)
    took = lab.cpe.stop()
    os.waitpid(child, 0)
    expect(took < END_MAX_S, f"charon's end took {took:.2f} s")
    return {}
