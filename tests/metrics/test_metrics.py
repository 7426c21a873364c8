"""The alert rules, the dashboard and the units of ports/strongswan: that they are well formed, and name what there is."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PORT = ROOT / "ports/strongswan"
RULES, DASHBOARD = PORT / "monitoring/extsock.rules.yml", PORT / "monitoring/grafana.json"
# What extsockctl prints; tests/ctl compares it with the program.
METRICS = (ROOT / "tests/ctl/expected/metrics-pipe.txt").read_text()
FOREIGN = {"node_textfile_mtime_seconds"}


def run(*argv, cwd=ROOT):
    done = subprocess.run(list(map(str, argv)), cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def needs(*tools):
    lacking = [tool for tool in tools if shutil.which(tool) is None]
    return pytest.mark.skipif(bool(lacking), reason=f"not installed: {' '.join(lacking)}")


def expressions():
    """All of the dashboard, its variables replaced."""
    dashboard = json.loads(DASHBOARD.read_text())
    found = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    found += [each["query"]["query"] for each in dashboard["templating"]["list"] if each["type"] == "query"]
    return [re.sub(r"\$\w+", ".*", each) for each in found]


def test_what_is_asked_for_is_there():
    """No rule and no panel asks for a metric or a label that extsockctl does not print."""
    names = set(re.findall(r"^# TYPE (\S+)", METRICS, re.M)) | FOREIGN
    labels = set(re.findall(r'[{,](\w+)="', METRICS)) | {"instance", "job", "file"}
    asked = RULES.read_text().split("groups:")[1] + "\n".join(expressions())
    assert (found := set(re.findall(r"\b(?:extsock|node)_\w+", asked))), "nothing is asked for"
    assert found <= names, f"not printed: {found - names}"
    found = set(re.findall(r"(\w+)\s*=~?\"", asked)) | set(re.findall(r"\$labels\.(\w+)", asked))
    assert found <= labels | {"severity"}, f"not printed: {found - labels}"


@needs("promtool")
def test_rules_are_well_formed_and_fire_when_they_should():
    assert "SUCCESS: 10 rules found" in run("promtool", "check", "rules", RULES)
    assert "SUCCESS" in run("promtool", "test", "rules", HERE / "rules.yml")
    tested = set(re.findall(r"alertname: (\w+)", (HERE / "rules.yml").read_text()))
    assert tested == set(re.findall(r"- alert: (\w+)", RULES.read_text())), "an alert that no test has"


@needs("promtool")
def test_expressions_of_the_dashboard_are_promql(tmp_path):
    rules = [{"record": f"x:y{place}", "expr": each} for place, each in enumerate(expressions()) if not each.startswith("label_values")]
    file = tmp_path / "rules.yml"
    file.write_text(json.dumps({"groups": [{"name": f"g{place}", "rules": [rule]} for place, rule in enumerate(rules)]}))
    assert f"SUCCESS: {len(rules)} rules found" in run("promtool", "check", "rules", file)


@needs("npm", "node")
def test_the_dashboard_is_as_grafanas_schema_has_it():
    """@grafana/schema has it as types, of which a JSON Schema is made."""
    place = ROOT / "target/grafana"
    place.mkdir(parents=True, exist_ok=True)
    for each in (HERE / "grafana").iterdir():
        shutil.copy(each, place)
    run("npm", "ci", "--silent", "--no-audit", "--no-fund", cwd=place)
    run("npx", "--no-install", "ts-json-schema-generator", "--path", "schema.ts", "--type", "All", "--no-type-check", "-o", "all.json", cwd=place)
    assert ", 0 wrong" in run("node", "check.js", "all.json", DASHBOARD, cwd=place)
    broken = json.loads(DASHBOARD.read_text())
    broken["panels"][0]["gridPosition"] = broken["panels"][0].pop("gridPos")
    (place / "broken.json").write_text(json.dumps(broken))
    done = subprocess.run(["node", "check.js", "all.json", "broken.json"], cwd=place, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "gridPosition" in done.stdout, "the check finds nothing"


@needs("systemd-analyze")
@pytest.mark.parametrize("unit", sorted((PORT / "units").iterdir()), ids=lambda path: path.name)
def test_units(unit, tmp_path):
    """As systemd reads them, with the program where this machine may not have it."""
    program = tmp_path / "extsockctl"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for each in (PORT / "units").iterdir():
        (tmp_path / each.name).write_text(each.read_text().replace("/usr/sbin/extsockctl", str(program)))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.name)], capture_output=True, text=True, check=False)
    ours = [line for line in done.stderr.splitlines() if "extsock-" in line]
    assert done.returncode == 0 and not ours, done.stderr


@needs("jq")
def test_filters_of_the_data_models():
    """Each of MONITORING.md, on a reply that has everything and on one of a connection that is down."""
    up = {"reply": "STATUS", "ok": True, "now_ms": 100_000, "unix_ms": 1_795_805_164_660, "connections": [{
        "connection": "vpn", "state": "ACTIVE", "active": 1, "up_since_ms": 40_000, "failovers": 3, "failbacks": 2, "switches": 1,
        "segws": [{"address": "10.9.0.1", "causes": {"AUTH_FAILED": 4}}, {"address": "10.9.0.2", "causes": {}}],
        "children": [{"name": "net", "state": "UP", "traffic": {"bytes_in": 7, "bytes_out": 8, "packets_in": 1, "packets_out": 2}},
                     {"name": "voice", "state": "DOWN", "traffic": None}], "ike_sas": [{"unique_id": 1, "segw": 1, "state": "ESTABLISHED"}]}]}
    down = json.loads(json.dumps(up))
    down["connections"][0] |= {"state": "BACKOFF", "active": None, "up_since_ms": None, "children": [], "ike_sas": []}
    page = (PORT / "MONITORING.md").read_text().split("## TR-181 and TR-196")[1]
    rows = re.findall(r"^\| `([^`]+)` \| `(.+)` \|$", page, re.M)
    before = re.search(r"DEFS='(.*)'", page)[1] + " "
    found = {}
    for name, text in rows:
        text = text.replace("\\|", "|")
        for key, reply in (("up", up), ("down", down)):
            done = subprocess.run(["jq", "-r", before + text], input=json.dumps(reply), capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{name}: {done.stderr}"
            found[name, key] = done.stdout.strip()
    assert len(rows) == 26, f"{len(rows)} rows"
    expected = {"Profile.{i}.RemoteEndpoints": "10.9.0.1,10.9.0.2", "IKEv2SA.{i}.Status": "Up", "IKEv2SA.{i}.RemoteAddress": "10.9.0.2",
                "IKEv2SA.{i}.CreationTime": "2026-11-27T18:45:04Z", "IKEv2SA.{i}.Stats.BytesReceived": "7", "SecGWServer3": "",
                "SecGWSwitchoverCount": "6", "FAP.Tunnel.IKESA.{i}.AuthErrors": "4", "IKEv2SA.{i}.ChildSANumberOfEntries": "1"}
    assert {name: found[name, "up"] for name in expected} == expected
    assert found["IKEv2SA.{i}.Status", "down"] == "Down" and found["IKEv2SA.{i}.CreationTime", "down"] == "0001-01-01T00:00:00Z"


def test_the_page_has_all_metrics():
    page = (PORT / "MONITORING.md").read_text().split("## Prometheus")[1].split("## Hooks")[0]
    there = {f"extsock_{name}" for row in re.findall(r"^\| (`.+?`) \|", page, re.M) for name in re.findall(r"`(\w+)`", row)}
    assert there == set(re.findall(r"^# TYPE (\S+)", METRICS, re.M))
