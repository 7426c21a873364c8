"""The machine's life as its console tells it: shown, kept, ended in time."""
import re
import subprocess
import threading
import time
from pathlib import Path

import tools

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")
# pytest's last line, such as `== 1 failed, 3 passed, 1 skipped in 20.31s (0:00:20) ==`: its parts, and any of them.
RESULT = re.compile(r"=+ ((?:\d+ \w+(?:, )?)+) in [\d.]+s.* =+")
COUNT = re.compile(r"(\d+) (\w+)")


def follow(command: list, environ: dict[str, str], log: Path, limit: int) -> int:
    """Runs the machine until it switches itself off; the exit status."""
    began = time.monotonic()
    result = None
    machine = subprocess.Popen(list(map(str, command)), env=environ, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    clock = threading.Timer(limit, machine.kill)
    clock.start()
    try:
        with log.open("w") as kept:
            for raw in machine.stdout:
                line = ESCAPES.sub("", raw.decode(errors="replace")).rstrip()
                kept.write(f"{line}\n")
                kept.flush()
                result = RESULT.fullmatch(line) or result
                tools.say(line)
        machine.wait()
    finally:
        in_time = clock.is_alive()
        clock.cancel()
        machine.kill()
        machine.wait()
    took = time.monotonic() - began
    if result and machine.returncode == 0:
        tools.say(f"the machine ran for {took:.0f} s")
        # What the lab skips for want of something, the machine should have had.
        words = {word for _, word in COUNT.findall(result[1])}
        return 0 if "passed" in words <= {"passed", "deselected", "warning", "warnings"} else 1
    why = f"did not end within {limit} s" if not in_time else f"ended with {machine.returncode} and no result"
    tools.say(f"FAIL the machine {why}; its console: {log}\n0 passed, 1 failed, 0 skipped")
    return 1
