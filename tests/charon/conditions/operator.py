"""What the CPE's operator does."""

from lab.tunnel import NAME, Child
from lab.wait import Failed, hold, until

from .children import two
from .condition import condition

STOPPED = ("segw_stopped",)
QUIET_S = 8         # so long nothing is dialled
GONE_S = 20         # charon sends the DELETE again after 4, 7 and 13 s


@condition("load-conns", "another option of the IKE_SA is loaded: two CHILD_SAs", nets=(0, 1))
def load(side):
    two(side)
    side.up()
    side.begin()
    side.tunnel.reauth_s = 7200
    side.configure()
    side.observe(20)


@condition("load-conns-option", "another option of both CHILD_SAs is loaded", nets=(0, 1))
def load_option(side):
    two(side)
    side.up()
    side.begin()
    side.tunnel.children = [Child(net, life_s=7200) for net in (0, 1)]
    side.configure()
    side.observe(20)


@condition("load-conns-child", "one more CHILD_SA is loaded", nets=(0,))
def load_child(side):
    two(side)
    side.tunnel.children = [Child(0)]
    side.up()
    side.begin()
    side.tunnel.children = [Child(0), Child(1)]
    side.configure()
    side.observe(20)


@condition("load-conns-move", "the same while a move to a SEGW that does not answer is tried", nets=(0,), healthy=(1,))
def load_in_move(side):
    two(side)
    side.tunnel.children = [Child(0)]
    side.up()
    side.begin()
    side.gateway(2).silence()
    if side.guarded:
        side.cpe.events.ok(f"SWITCH {NAME} secondary")
        side.last(1)
    side.tunnel.children = [Child(0), Child(1)]
    side.configure()
    side.observe(25)


def quiet(side, line, what):
    """Nothing is dialled for so long, counted from `line` of charon's log."""
    try:
        hold(lambda: not side.cpe.initiations(line), QUIET_S, lambda: f"dialled {[to for *_, to in side.cpe.initiations(line)]}")
    except Failed as error:
        side.complaints.append(f"{what}: {error}")


def terminate(side):
    """The operator's word; where a mark in charon's log was before it."""
    line = side.cpe.log.mark()
    side.cpe.swanctl("--terminate", "--ike", NAME, "--timeout", "2", check=False)
    return line


def gone(side):
    """Nothing is left, or it is found at rest."""
    try:
        until(lambda: not side.lab.picture(), GONE_S, "")
    except Failed:
        pass


@condition("terminate-up", "swanctl --terminate while a SEGW carries", at_rest=0, tells=STOPPED)
def up(side):
    side.up(traffic=False)
    line = terminate(side)
    gone(side)
    quiet(side, line, "after --terminate")


@condition("terminate-behind", "swanctl --terminate has to wait for an exchange, and the SEGW's DELETE comes first; a round trip of 2 s", at_rest=0,
           tells=STOPPED)
def behind(side):
    wan = side.lab.wan()
    side.up(traffic=False)
    wan.behave(delay=1)
    side.cpe.swanctl("--rekey", "--child", "net0")
    side.gateway(1).swanctl("--terminate", "--ike", "cpe0", "--timeout", "-1")
    line = terminate(side)
    gone(side)
    quiet(side, line, "after --terminate")


@condition("terminate-dialling", "swanctl --terminate while a SEGW is dialled", at_rest=0, tells=STOPPED, running=())
def dialling(side):
    side.start()
    until(side.cpe.initiations, 5, "a dial")
    line = terminate(side)
    gone(side)
    quiet(side, line, "after --terminate")


@condition("terminate-pause", "swanctl --terminate while the plugin waits for its next round", at_rest=0, tells=STOPPED, running=(), healthy=(),
           failover={"connect_timeout_ms": 1000, "backoff_initial_ms": 5000, "jitter_pct": 0})
def pause(side):
    side.start()
    if side.guarded:
        side.cpe.events.wait("segw_backoff", 20)
    line = terminate(side)
    gone(side)
    quiet(side, line, "after --terminate")


@condition("initiate-pause", "swanctl --initiate of one of two CHILD_SAs while the plugin waits for its next round", nets=(0, 1), healthy=(), most_s=4,
           failover={"connect_timeout_ms": 1000, "backoff_initial_ms": 20000, "jitter_pct": 0})
def initiate_in_pause(side):
    two(side)
    for gateway in side.lab.gateways.values():
        gateway.silence()
    side.start()
    if side.guarded:
        side.cpe.events.wait("segw_backoff", 20)
    for gateway in side.lab.gateways.values():
        gateway.heal()
    side.begin(first=True)
    side.cpe.swanctl("--initiate", "--child", "net1", "--timeout", "3", check=False)
    side.observe(25)
    side.last(3)


@condition("terminate-exhausted", "swanctl --terminate after the last round, before the plugin tries again", at_rest=0, tells=STOPPED,
           running=(), healthy=(), failover={"connect_timeout_ms": 1000, "max_rounds": 1, "exhausted_retry_ms": 5000})
def exhausted(side):
    side.start()
    if side.guarded:
        side.cpe.events.wait("segw_exhausted", 20)
    line = terminate(side)
    gone(side)
    quiet(side, line, "after --terminate")


@condition("terminate-moving", "swanctl --terminate while a move to a SEGW that does not answer is tried", at_rest=0, tells=STOPPED, running=(1,))
def moving(side):
    side.up(traffic=False)
    if side.guarded:
        line = side.cpe.log.mark()
        side.cpe.events.ok(f"SWITCH {NAME} secondary")
        until(lambda: side.cpe.initiations(line), 5, "the second dial")
    line = terminate(side)
    gone(side)
    quiet(side, line, "after --terminate")


@condition("terminate-hold", "swanctl --terminate while there is no route, which comes back", at_rest=0, tells=STOPPED)
def on_hold(side):
    wan = side.lab.wan()
    side.up(traffic=False)
    wan.link.pull()
    if side.guarded:
        side.cpe.events.wait("segw_hold", 10)
    line = terminate(side)
    quiet(side, line, "after --terminate")
    wan.link.put()
    quiet(side, line, "with a route again")
    gone(side)
