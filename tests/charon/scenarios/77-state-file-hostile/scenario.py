"""What may be in the place of the state file: see description.txt."""

import os
import shutil

from lab.settings import merged
from lab.state import said, says
from lab.wait import expect, slack, until

GATEWAYS = 3
HOSTILE = True
HOME, AWAY, OTHER = "10.9.0.1", "10.9.0.2", "10.9.0.3"      # 1 and 3 differ in one bit
START_MAX_S = slack(5)
PRECIOUS = "precious\n"


def first_dial(lab, connection, line):
    lab.cpe.apply(connection)
    return until(lambda: lab.cpe.initiations(line), 5, "a dial")[0][3]


def flip(path):
    """One bit of the last SEGW's number."""
    data = bytearray(path.read_bytes())
    at = data.index(HOME.encode()) + len(HOME) - 1
    data[at] ^= 2
    path.write_bytes(data)
    expect(OTHER.encode() in data, f"not the bit that was meant: {bytes(data)}")


def in_its_place(lab, path, connection):
    """Each of these in the place of the file; how it is made, what the log says, whether the state is written over it."""
    elsewhere = path.with_name("elsewhere")
    whole = path.read_bytes()
    elsewhere.write_bytes(whole)

    def link():
        path.unlink()
        path.symlink_to(elsewhere)

    def fifo():
        path.unlink()
        os.mkfifo(path)

    def folder():
        path.unlink()
        path.mkdir()

    for what, make, told, written in (("a flipped bit", lambda: flip(path), "is not as it was written", True),
                                      ("a link", link, "it is a symbolic link", True),
                                      ("a FIFO", fifo, "it is no regular file", True),
                                      ("a folder", folder, "it is no regular file", False)):
        make()
        line = lab.cpe.log.mark()
        lab.cpe.start()
        expect(lab.cpe.log.find(told, line), f"{what}: the log does not say {told!r}")
        dialled = first_dial(lab, connection, line)
        expect(dialled == AWAY, f"{what}: {dialled} was dialled first")
        lab.wait_up(2)
        if written:
            says(path, f"vpn {AWAY}")
            expect(path.is_file() and not path.is_symlink(), f"{what} is still there")
        took = lab.cpe.stop()
        expect(took < START_MAX_S, f"{what}: charon's end took {took:.1f} s")
        expect(elsewhere.read_bytes() == whole, f"{what}: another file was written to")
        expect(sorted(os.listdir(path.parent)) == [elsewhere.name, path.name], f"{what}: there is {os.listdir(path.parent)}")
        if path.is_dir():
            path.rmdir()
        path.write_bytes(whole)


def in_the_place_of_new(lab, path, connection):
    """Each of these in the place of FILE.new."""
    new, target = path.with_name(path.name + ".new"), path.with_name("target")
    for what, make in (("a link", lambda: new.symlink_to(target)), ("a FIFO", lambda: os.mkfifo(new)),
                       ("a file", lambda: new.write_text(PRECIOUS))):
        target.write_text(PRECIOUS)
        path.unlink(missing_ok=True)
        make()
        lab.cpe.start()
        lab.cpe.apply(connection)
        lab.wait_up(2)
        says(path, f"vpn {AWAY}")
        lab.cpe.stop()
        expect(target.read_text() == PRECIOUS, f"through {what} {target.name} was written to")
        expect(not os.path.lexists(new), f"{what} is still there")
        expect(path.is_file() and not path.is_symlink(), f"the state file is now {what}")


def play(lab):
    folder = lab.folder / "state"
    folder.mkdir()
    path = folder / "extsock.state"
    lab.cpe.settings = merged(lab.cpe.settings, {"plugins": {"extsock": {"state_file": str(path), "state_interval_ms": 100}}})

    # The file says SEGW 1; the list begins with SEGW 2, so that the one that is dialled tells whether the file counts.
    connection = lab.cpe.connection((2, 1, 3))
    lab.up(lab.cpe.connection((1, 2, 3)))
    says(path, f"vpn {HOME}")
    lab.cpe.stop()
    line = lab.cpe.log.mark()
    lab.cpe.start()
    dialled = first_dial(lab, connection, line)
    expect(dialled == HOME, f"with a whole file {dialled} was dialled first")
    lab.wait_up(1)
    lab.cpe.stop()
    expect(said(path) == [f"vpn {HOME}"], f"it says {said(path)!r}")

    in_its_place(lab, path, connection)
    in_the_place_of_new(lab, path, connection)
    shutil.rmtree(folder)
    return {}
