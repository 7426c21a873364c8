"""Running a command to its end, with its output in the error when it fails."""

import subprocess

from .wait import Failed, slack


def run(*argv, check=True, timeout=30, **options):
    """Run a command and return its standard output; a failure says what the command said."""
    done = subprocess.run(
        [str(word) for word in argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=slack(timeout), stdin=subprocess.DEVNULL, **options)
    if check and done.returncode:
        raise Failed(f"{' '.join(map(str, argv))} ended with {done.returncode}: {done.stdout.strip()}")
    return done.stdout
