"""Waiting for a condition with a deadline: the only way the lab waits."""

import os
import time

# How generous limits are: 1 for the figures of a quiet machine, more where other work shares it. Never applied to "not before".
SLACK = float(os.environ.get("LAB_SLACK", "1"))
POLL_S = 0.02  # how often a condition is looked at that nobody announces


class Failed(Exception):
    """A scenario's expectation did not hold; the text says which."""


def slack(limit):
    """An upper limit of a time as generous as this machine needs it."""
    return limit * SLACK


class Skipped(Exception):
    """What the scenario is about is not in this charon; the text says what."""


def expect(condition, message):
    """Fail with `message` unless `condition` holds. Not an assert: python -O must not switch a test off."""
    __tracebackhide__ = True        # pytest then shows the scenario's line last
    if not condition:
        raise Failed(message() if callable(message) else message)


def until(check, seconds, what):
    """Return the first true value of `check()`. `what`, a text or a function giving one, says what was missing."""
    __tracebackhide__ = True
    deadline = time.monotonic() + slack(seconds)
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise Failed(f"after {slack(seconds):g} s still waiting for {what() if callable(what) else what}")
        time.sleep(POLL_S)


def hold(check, seconds, what):
    """Fail as soon as `check()` is false within `seconds`: that something does *not* happen takes a time to see."""
    __tracebackhide__ = True
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not check():
            raise Failed(what() if callable(what) else what)
        time.sleep(POLL_S)
