"""charon stopped while dialling: see description.txt."""

from lab.log import INITIATING
from lab.wait import expect

RUNNING = ()
CPE = {"retransmit_timeout": 4.0}      # so that it is surely still dialling


def play(lab):
    lab.cpe.start()
    lab.cpe.apply(lab.cpe.connection())
    lab.cpe.log.wait(INITIATING, 5)
    line = lab.cpe.log.mark()
    lab.cpe.stop()
    expect(not lab.cpe.initiations(line), f"dialled during shutdown: {lab.cpe.initiations(line)}")
    return {}
