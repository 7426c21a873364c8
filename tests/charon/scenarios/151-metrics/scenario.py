"""Metrics, Prometheus and an alert: see description.txt."""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import pytest

from lab.cpe import ROOT
from lab.wait import Skipped, expect, slack, until

SLOW = True
pytestmark = pytest.mark.timeout(600)
PROGRAM = Path(os.environ.get("EXTSOCKCTL", ROOT / "target/extsock/extsockctl"))
RULES = ROOT / "ports/strongswan/monitoring/extsock.rules.yml"
NEEDED = ("prometheus", "promtool", "prometheus-node-exporter")
ALERT = "ExtsockConnectionDown"


def free_port():
    with socket.socket() as there:
        there.bind(("127.0.0.1", 0))
        return there.getsockname()[1]


class Monitoring:
    """node_exporter and Prometheus of this host, with a folder and ports of their own."""

    def __init__(self, lab, stack):
        self.lab, self.folder = lab, lab.folder / "monitoring"
        (self.folder / "textfile").mkdir(parents=True)
        self.file = self.folder / "textfile/extsock.prom"
        exporter, self.port = free_port(), free_port()
        config = {"global": {"scrape_interval": "1s", "evaluation_interval": "1s"}, "rule_files": [str(RULES)],
                  "scrape_configs": [{"job_name": "node", "static_configs": [{"targets": [f"127.0.0.1:{exporter}"]}]}]}
        (self.folder / "prometheus.yml").write_text(json.dumps(config))         # JSON is YAML
        self.start(stack, "prometheus-node-exporter", "--collector.disable-defaults", "--collector.textfile",
                   f"--collector.textfile.directory={self.file.parent}", f"--web.listen-address=127.0.0.1:{exporter}")
        self.start(stack, "prometheus", f"--config.file={self.folder}/prometheus.yml", f"--storage.tsdb.path={self.folder}/data",
                   f"--web.listen-address=127.0.0.1:{self.port}")
        self.written = 0.0

    def start(self, stack, name, *words):
        log = stack.enter_context(open(self.folder / f"{name}.log", "wb"))
        child = subprocess.Popen([name, *words], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        stack.callback(child.wait)
        stack.callback(child.kill)

    def write(self):
        """As the timer does, each second."""
        if time.monotonic() > self.written + 1:
            self.written = time.monotonic()
            subprocess.run([PROGRAM, "--socket", self.lab.cpe.socket_path, "metrics", "--output", self.file], check=True, timeout=slack(20))

    def ask(self, path, **words):
        self.write()
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(words)}"
        try:
            with urllib.request.urlopen(url, timeout=slack(10)) as reply:
                return json.load(reply)["data"]
        except (urllib.error.URLError, ConnectionError):
            return None                                 # it starts

    def value(self, query):
        """Of the one series that the query gives, or None."""
        found = self.ask("query", query=query)
        expect(not found or len(found["result"]) < 2, f"{query}: more than one: {found}")
        return float(found["result"][0]["value"][1]) if found and found["result"] else None

    def wait(self, query, value, seconds=30):
        until(lambda: self.value(query) == value, seconds, lambda: f"{query} {value}, now {self.value(query)}\n{self.file.read_text()}")

    def alerts(self):
        found = self.ask("alerts")
        return {(each["labels"]["alertname"], each["state"]): each for each in (found or {"alerts": []})["alerts"]}


def play(lab):
    lacking = [each for each in NEEDED if not shutil.which(each)]
    if lacking:
        raise Skipped(f"not installed: {' '.join(lacking)}")
    lab.up()
    with ExitStack() as stack:
        there = Monitoring(lab, stack)
        there.write()
        checked = subprocess.run(["promtool", "check", "metrics"], input=there.file.read_bytes(), capture_output=True, check=False)
        expect(checked.returncode == 0 and not checked.stdout + checked.stderr, f"promtool: {checked}")
        there.wait('extsock_connection_on_first_segw{connection="vpn"}', 1)
        expect(there.value("extsock_up") == 1 and there.value('extsock_child_up{child="net"}') == 1, "up, with its child")
        expect(there.value('extsock_connection_state{state="ACTIVE"}') == 1, "its state")
        expect(there.alerts() == {}, f"no alert: {there.alerts()}")

        mark = lab.cpe.events.mark()
        lab.gateway(1).die()
        lab.wait_up(2, mark=mark)
        there.wait('extsock_segw_carrying{segw="10.9.0.2"}', 1)
        there.wait("extsock_connection_failovers_total", 1)
        there.wait('extsock_segw_failures_by_cause_total{segw="10.9.0.1",cause="RETRANSMIT_TIMEOUT"}', 1)
        expect(there.value("extsock_connection_on_first_segw") == 0, "it is on the second")

        lab.gateway(2).die()
        there.wait("extsock_connection_up", 0)
        until(lambda: (ALERT, "pending") in there.alerts(), 15, lambda: f"the alert to be pending: {there.alerts()}")
        alert = until(lambda: there.alerts().get((ALERT, "firing")), 90, lambda: f"the alert to fire: {there.alerts()}")
        expect(alert["annotations"]["summary"].startswith("vpn is down on 127.0.0.1:"), f"what it says: {alert}")
        others = [name for name, state in there.alerts() if state == "firing" and name not in (ALERT, "ExtsockFlapping")]
        expect(not others, f"nothing else fires: {there.alerts()}")

        mark = lab.cpe.events.mark()
        lab.gateway(2).come_back()
        lab.wait_up(2, mark=mark, seconds=60)
        until(lambda: not any(name == ALERT for name, _ in there.alerts()), 30, lambda: f"it to be resolved: {there.alerts()}")
    return {"vpn": 2}
