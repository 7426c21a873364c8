"""Only the carrier is lost: see description.txt."""

from lab.fault import Fault

SLOW = True
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
FAILOVER = {"liveness_interval_ms": 1000, "liveness_misses": 3}
LONG_S = 6      # longer than liveness would wait for a SEGW
STAY_S = 2


def play(lab):
    lab.cpe.start()
    for mobike in (True, False):
        mark = lab.cpe.events.mark()
        lab.cpe.apply(lab.cpe.connection(mobike=mobike, dpd={"delay": 0}, failover=FAILOVER))
        lab.wait_up(1, mark=mark)
        ping = lab.ping()
        ping.wait_answers(5)
        fault = Fault(lab, ping, f"carrier lost, {'MOBIKE' if mobike else 'no MOBIKE'}")
        fault.begin(lab.cpe.link.unplug)
        fault.last(LONG_S)
        fault.end(lab.cpe.link.plug)
        fault.stays(STAY_S)
        ping.stop()
    return {"vpn": 1}
