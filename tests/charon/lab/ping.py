"""A ping that runs beside a scenario and knows when each answer came."""

import re
import signal
import subprocess
import threading
import time

from .wait import Failed, slack

ANSWER = re.compile(r"^\[(\d+\.\d+)\] \d+ bytes from .* icmp_seq=(\d+) .*time=([\d.]+) ms")
SUMMARY = re.compile(r"(\d+) packets transmitted, (\d+) received")
ON_ITS_WAY_S = slack(0.5)       # an answer takes no longer


class Ping:
    """Sends every `interval` seconds until stopped; `answers` are (moment, sequence number)."""

    def __init__(self, namespace, source, target, interval):
        self.interval = interval
        self.answers = []
        self.sent = self.received = None
        self._news = threading.Condition()
        self.process = namespace.popen("ping", "-D", "-n", "-i", interval, "-I", source, target,
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            if match := ANSWER.match(line):
                with self._news:
                    self.answers.append((float(match[1]), int(match[2])))
                    self._news.notify_all()
            elif match := SUMMARY.search(line):
                self.sent, self.received = int(match[1]), int(match[2])

    def wait_answers(self, count=1, after=None, seconds=10):
        """Wait for `count` answers later than `after`, by default from now on; returns them."""
        after = time.time() if after is None else after

        def late():
            found = [a for a in self.answers if a[0] > after]
            return found if len(found) >= count else None
        with self._news:
            found = self._news.wait_for(late, slack(seconds))
        if not found:
            raise Failed(f"after {slack(seconds):g} s still waiting for {count} answers to ping")
        return found

    def answered(self, begin, end):
        """Whether an answer came in between."""
        return any(begin < at < end for at, _ in list(self.answers))

    def gap(self, begin, end=None):
        """The longest silence that overlaps begin..end: (last answer before, first after, packets lost between)."""
        with self._news:
            answers = list(self.answers)
        gaps = [(b[0] - a[0], a[0], b[0], b[1] - a[1] - 1) for a, b in zip(answers, answers[1:])
                if b[0] >= begin and (end is None or a[0] <= end)]
        return max(gaps)[1:] if gaps else None

    def outage(self, since):
        """How long it took from `since` to the first answer after the longest silence that followed."""
        with self._news:
            moments = [since] + [at for at, _ in self.answers if at > since]
        silence = max(zip(moments, moments[1:]), key=lambda pair: pair[1] - pair[0])
        return silence[1] - since

    def lost(self, begin, end):
        """The sequence numbers without an answer, from the last one answered before `begin` to the first after `end`."""
        with self._news:
            answers = list(self.answers)
        first = max(number for at, number in answers if at <= begin)
        last = min(number for at, number in answers if at >= end)
        return sorted(set(range(first, last)) - {number for _, number in answers})

    def kill(self):
        """End it, whatever it has to say."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        """End it; returns how many packets got no answer. Where answers came in until now, what is on its way is not lost."""
        lately = time.time() - ON_ITS_WAY_S
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(slack(5))
        except subprocess.TimeoutExpired:
            self.kill()
        self._reader.join(slack(5))
        if self.sent is None:
            raise Failed("ping ended without a summary")
        at, number = self.answers[-1] if self.answers else (0, 0)
        return (number if at > lately else self.sent) - self.received
