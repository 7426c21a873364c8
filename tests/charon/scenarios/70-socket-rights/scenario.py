"""Rights of the socket: see description.txt."""

import os
import socket
import stat
import threading

from lab.charon import Charon
from lab.extsock import Extsock, connect
from lab.settings import merged, render
from lab.wait import Failed, expect, until

NOBODY = (65534, 65534, [])
LISTED, MEMBER = (4321, 65534, []), (65534, 65534, [5432])     # nobody on this machine has these numbers
STRANGERS = 20


def options(lab, **extsock):
    """Options for charon's next start or reload."""
    lab.cpe.settings = merged(lab.cpe.settings, {"plugins": {"extsock": extsock}})


def reload(lab, **extsock):
    """Change options of a charon that runs; returns what it logs about it."""
    options(lab, **extsock)
    (lab.cpe.folder / "strongswan.conf").write_text(render(lab.cpe.strongswan_conf()))
    line = lab.cpe.log.mark()
    lab.cpe.swanctl("--reload-settings")
    return said(lab, line)


def said(lab, line):
    return "\n".join(each.text for each in lab.cpe.log.lines(line))


def rights(path):
    status = os.lstat(path)
    return stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid


class Intruder(threading.Thread):
    """Looks at the socket and tries to connect to it, as another user, as often as it can."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.tries, self.entered, self.seen, self.go = path, 0, 0, set(), True
        self.start()

    def run(self):
        while self.go:
            try:
                probe = connect(self.path)      # as root: whether anybody could
                self.seen.add(rights(self.path))
                probe.close()
            except OSError:
                pass
            try:
                connect(self.path, NOBODY).close()
                self.entered += 1
            except OSError:
                pass
            self.tries += 1

    def stop(self):
        self.go = False
        self.join()


def refused(path, user, error="not permitted for this user"):
    client = Extsock(path, user=user)
    reply = client.reply()
    expect(reply == {"reply": "", "ok": False, "error": error}, f"{user} was told {reply}")
    until(lambda: client.closed, 5, f"{user} to be disconnected")
    client.close()


def served(path, user=None):
    client = Extsock(path, user=user)
    client.ok("VERSION")
    return client


def nobody_connects(path):
    for user in (NOBODY, LISTED):
        try:
            connect(path, user).close()
        except PermissionError:
            continue
        raise Failed(f"{user} connected in spite of mode {rights(path)}")


def in_its_place(lab, path):
    """What the path may have before charon comes."""
    # Left by a charon that was killed: nobody answers.
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(path))
    stale.close()
    lab.cpe.start()
    served(path).close()
    lab.cpe.stop()
    expect(not os.path.lexists(path), "the socket is still there after charon's end")

    # Another process answers.
    other = socket.socket(socket.AF_UNIX)
    other.bind(str(path))
    other.listen(1)
    number = os.lstat(path).st_ino
    without_socket(lab, "another process listens on")
    expect(os.lstat(path).st_ino == number, "a socket in use was replaced")
    lab.cpe.stop()
    expect(os.lstat(path).st_ino == number, "a socket in use was removed at the end")
    other.close()
    path.unlink()

    # A file, and a link to a socket that nobody answers on.
    path.write_text("precious")
    without_socket(lab, "a file and no socket")
    lab.cpe.stop()
    expect(path.read_text() == "precious", "a file was replaced")
    path.unlink()
    target = path.with_name("target")
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(target))
    stale.close()
    path.symlink_to(target)
    without_socket(lab, "a symbolic link and no socket")
    expect(path.is_symlink() and target.exists(), "a link was followed or replaced")

    # The place becomes free, and a reload is enough.
    path.unlink()
    reload(lab)
    served(path).close()
    lab.cpe.stop()
    target.unlink()


def without_socket(lab, why):
    """Charon runs, without a socket, and its log says why."""
    line = lab.cpe.log.mark()
    lab.cpe.launch()
    lab.cpe.log.wait("extsock has no socket", 10, line)
    expect(why in said(lab, line), f"the log does not say {why!r}")
    Charon.listening(lab.cpe)     # the CPE would wait for the socket


def play(lab):
    path = lab.cpe.socket_path
    for folder in (lab.folder, lab.cpe.folder):
        folder.chmod(0o711)
    in_its_place(lab, path)

    # From the first moment: charon starts again and again, and the intruder is always there.
    options(lab, mode="0640", owner=LISTED[0], group=MEMBER[2][0])
    intruder = Intruder(path)
    for _ in range(3):
        lab.cpe.start()
        lab.cpe.stop()
    intruder.stop()
    wanted = (0o640, LISTED[0], MEMBER[2][0])
    expect(intruder.entered == 0, f"a stranger connected {intruder.entered} times of {intruder.tries}")
    expect(intruder.seen == {wanted}, f"rights seen on a socket that answers: {intruder.seen}")

    # Users and groups: the mode lets everybody in, the kernel says who it is.
    options(lab, mode="0666", owner=None, group=None, users=f"{LISTED[0]}, nosuchuser", groups=str(MEMBER[2][0]))
    line = lab.cpe.log.mark()
    lab.up()
    expect(rights(path) == (0o666, 0, 0), f"mode and owner are {rights(path)}")
    listed, member, root = served(path, LISTED), served(path, MEMBER), lab.cpe.events
    for _ in range(STRANGERS):
        refused(path, NOBODY)
    told = said(lab, line)
    expect(told.count("refused extsock client, process") == 1, "a refused user does not have one line in the log")
    expect("there is no user 'nosuchuser'" in told, "a user that does not exist was not logged")

    # Reload: the listed user is listed no longer, the member still is.
    reload(lab, users="")
    until(lambda: listed.closed, 5, "the user to be disconnected who is listed no longer")
    expect(listed.reply()["error"] == "not permitted for this user", "the user was not told why")
    refused(path, LISTED)
    member.ok("VERSION")
    root.ok("VERSION")
    # Nobody is listed: who the mode lets in; and the mode now lets root in only.
    reload(lab, groups="")
    stranger = served(path, NOBODY)
    reload(lab, mode="0600", max_clients=3)
    nobody_connects(path)
    stranger.ok("VERSION")                      # it was let in
    expect(rights(path)[0] == 0o600, f"mode after the reload {rights(path)}")
    # Places: root's are its own, the others' are the member's, the stranger's and one more.
    more = [served(path), served(path)]
    refused(path, None, "too many clients")
    reload(lab, mode="0666")
    more.append(served(path, MEMBER))
    refused(path, (4322, 65534, []), "too many clients")
    reload(lab, max_clients=32, max_clients_per_user=2)
    refused(path, MEMBER, "too many clients of this user")
    more += [served(path), served(path, (4322, 65534, []))]
    reload(lab, mode="0600", max_clients_per_user=None)
    for each in more:
        each.close()
    served(path).close()

    # An option that makes no sense, and a path that cannot be had, leave all as it is.
    for wrong in ({"mode": "0999"}, {"owner": "nosuchuser"}, {"socket": "tcp://127.0.0.1:4711"},
                  {"socket": "unix:///nowhere/extsock"}):
        before = lab.cpe.settings
        expect("extsock: " in reload(lab, **wrong), f"{wrong}: the log says nothing")
        expect(rights(path) == (0o600, 0, 0), f"{wrong}: the socket has now {rights(path)}")
        served(path).close()
        lab.cpe.settings = before
    # A path that can.
    moved = path.with_name("moved")
    reload(lab, socket=moved)
    expect(not os.path.lexists(path), "the old socket is still there")
    served(moved).close()
    root.ok("VERSION")                          # who was connected stays
    # Somebody removed the file: a reload brings it back.
    moved.unlink()
    reload(lab)
    served(moved).close()
    print(f"{intruder.tries} tries of a stranger during 3 starts, {STRANGERS} refusals: one line in the log")
    return {"vpn": 1}
