"""What scenarios of the probe share."""

from .wait import until

PROBE = {"targets": "10.1.0.1", "interval_ms": 2000, "misses": 3, "recover": 2, "action": "move"}


def wait_probe(lab, action, mark, seconds=15):
    """The event segw_probe with that action."""
    return lab.cpe.events.wait_event(lambda e: e.get("event") == "segw_probe" and e["action"] == action, seconds, mark,
                                     f"segw_probe {action}")


def probe_state(lab, state, cause=None, name="vpn"):
    """STATUS says that of the probe, soon."""
    until(lambda: (lab.cpe.status(name)["probe"]["state"], lab.cpe.status(name)["probe"]["cause"]) == (state, cause), 10,
          lambda: f"the probe to be {state} {cause}: {lab.cpe.status(name)['probe']}")


def actions(lab, mark):
    """What the probe did after `mark`."""
    return [event["action"] for event in lab.cpe.events.since(mark, "segw_probe")]
