"""charon stopped while up: see description.txt."""

from lab.wait import expect


def play(lab):
    lab.up()
    line = lab.cpe.log.mark()
    lab.cpe.stop()
    expect(not lab.cpe.initiations(line), f"dialled during shutdown: {lab.cpe.initiations(line)}")
    return {}
