"""What happens to the CPE's tunnel, and how long its traffic is without an answer."""

import time

from lab.log import CHILD_UP
from lab.wait import Failed, until

PING_S = 0.01           # 100 packets a second
UP_S = 20
QUIET_S = 2             # how long after an event a short interruption may still come
CAP_S = 60
NEVER = float("inf")


def on(lab, number):
    """Whether that SEGW carries, and no other. A standby at another one carries nothing."""
    rows = [row[1:] for row in lab.picture()]
    return [row for row in rows if row[2] or row[0] == str(number)] == [(str(number), "ESTABLISHED", ["INSTALLED"])]


def begin(lab, contender, failback=False):
    contender.configure(lab, failback)
    lab.cpe.start()
    contender.started(lab)


def up(lab, contender, failback=False):
    """The tunnel to SEGW 1 is up."""
    begin(lab, contender, failback)
    until(lambda: on(lab, 1), UP_S, lambda: f"the tunnel to SEGW 1; there is {lab.picture()}")
    contender.settle(lab)


def traffic(lab):
    ping = lab.ping(interval=PING_S)
    ping.wait_answers(50)
    return ping


def answered(ping, since, cap=CAP_S):
    """Seconds from `since` to the first answer, where none can come before the condition is over."""
    until_at = time.monotonic() + cap
    while time.monotonic() < until_at:
        late = [at for at, _ in list(ping.answers) if at > since + 2 * PING_S]
        if late:
            return late[0] - since
        time.sleep(0.02)
    return NEVER


def silence(ping, since):
    """The longest time between two answers from `since` on; an interval of the ping is none."""
    moments = [at for at, _ in list(ping.answers)]
    gaps = [later - earlier for earlier, later in zip(moments, moments[1:]) if later > since]
    return max([0.0, *(gap - PING_S for gap in gaps)])


def cold_start(lab, contender):
    """SEGW 1 is dead when charon starts."""
    lab.gateway(1).die()
    contender.configure(lab, False)
    ping = lab.ping(interval=PING_S)
    since = time.time()
    lab.cpe.start()
    contender.started(lab)
    return answered(ping, since)


def under_traffic(lab, contender, strike):
    """What `strike` does to SEGW 1 stops 100 packets a second: to the first answer."""
    up(lab, contender)
    ping = traffic(lab)
    since = time.time()
    strike(lab.gateway(1))
    return answered(ping, since)


def power_cut(lab, contender):
    """SEGW 1 loses its power, under 100 packets a second."""
    return under_traffic(lab, contender, lambda segw: segw.die())


def power_cut_idle(lab, contender):
    """SEGW 1 loses its power, no traffic."""
    up(lab, contender)
    ping = traffic(lab)
    ping.stop()
    mark, since = lab.cpe.log.mark(), time.time()
    lab.gateway(1).die()
    try:
        line = until(lambda: lab.cpe.log.find(CHILD_UP, mark), CAP_S, "")[0][0]
    except Failed:
        return NEVER
    return line.at - since


def delete(lab, contender):
    """SEGW 1 ends its IKE_SAs and says so."""
    up(lab, contender)
    ping = traffic(lab)
    since = time.time()
    lab.gateway(1).delete_ike_sas()
    lab.gateway(1).silence()            # it is to be replaced, and not to answer again
    if answered(ping, since + QUIET_S, CAP_S) == NEVER:
        return NEVER
    return silence(ping, since)


def esp_dead(lab, contender):
    """SEGW 1 answers IKE, its ESP gets lost both ways."""
    return under_traffic(lab, contender, lambda segw: segw.lose_esp())


def failback(lab, contender):
    """SEGW 2 carries; SEGW 1, the preferred one, is back."""
    if not contender.comes_back:
        return None
    up(lab, contender, failback=True)
    lab.gateway(1).die()
    until(lambda: on(lab, 2), CAP_S, lambda: f"the tunnel to SEGW 2; there is {lab.picture()}")
    ping = traffic(lab)
    since = time.time()
    lab.gateway(1).come_back()
    until(lambda: on(lab, 1), CAP_S, lambda: f"the failback; there is {lab.picture()}")
    time.sleep(QUIET_S)
    return silence(ping, since)


def switch(lab, contender):
    """An operator moves it to SEGW 2."""
    up(lab, contender)
    ping = traffic(lab)
    since = time.time()
    if not contender.switch(lab):
        return None
    until(lambda: on(lab, 2), CAP_S, lambda: f"the switch; there is {lab.picture()}")
    time.sleep(QUIET_S)
    return silence(ping, since)


CONDITIONS = {
    "cold": (cold_start, "cold start, the first SEGW dead: charon's start to the first packet"),
    "cut": (power_cut, "power cut under traffic"),
    "cut-idle": (power_cut_idle, "power cut, idle: to the next tunnel"),
    "delete": (delete, "the SEGW's DELETE"),
    "esp": (esp_dead, "ESP dead, IKE alive"),
    "failback": (failback, "back to the preferred SEGW"),
    "switch": (switch, "an operator's switch"),
}
