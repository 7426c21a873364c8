"""luci-app-extsock: its views, its menu, its rights, its texts."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PORT = ROOT / "ports/openwrt"
APP = PORT / "luci-app-extsock"
VIEWS = sorted((APP / "htdocs").rglob("*.js"))
TABLE = PORT / "extsock/files/usr/share/extsock/options"
RPCD = PORT / "extsock/files/usr/share/rpcd/ucode/extsock"
LINT = Path(__file__).resolve().parent / "luci"
INSTALLED = ROOT / "target/luci-lint"


def rights():
    return json.loads((APP / "root/usr/share/rpcd/acl.d/luci-app-extsock.json").read_text())["luci-app-extsock"]


@pytest.fixture(scope="session")
def eslint():
    """ESLint as the lock file has it, beside the linter's configuration."""
    if not shutil.which("npm"):
        pytest.skip("npm is not installed")
    INSTALLED.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", "eslint.config.js"):
        shutil.copy2(LINT / name, INSTALLED)
    lock = INSTALLED / "node_modules/.package-lock.json"
    if not lock.exists() or lock.stat().st_mtime < (LINT / "package-lock.json").stat().st_mtime:
        subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=INSTALLED, check=True, timeout=170)

    def run(folder):
        """What it says of the views in a folder that is under its own."""
        files = "\n".join(str(path.relative_to(INSTALLED)) for path in sorted(folder.rglob("*.js")))
        return subprocess.run(["npx", "--no-install", "eslint", folder.relative_to(INSTALLED)], cwd=INSTALLED,
                              env=dict(os.environ, LUCI_FILES=files), capture_output=True, text=True, check=False)
    return run


@pytest.fixture
def copied():
    """The views where the linter sees them."""
    folder = INSTALLED / f"views-{os.getpid()}"
    shutil.copytree(APP / "htdocs", folder)
    yield folder
    shutil.rmtree(folder)


def test_views_are_linted(eslint, copied):
    done = eslint(copied)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_the_linter_sees_a_name_that_nobody_requires(eslint, copied):
    view = copied / "luci-static/resources/view/extsock/history.js"
    view.write_text(view.read_text().replace("'require poll';\n", ""))
    done = eslint(copied)
    assert done.returncode == 1 and "'poll' is not defined" in done.stdout, done.stdout + done.stderr


def test_menu_leads_to_views_and_asks_for_rights_that_there_are():
    menu = json.loads((APP / "root/usr/share/luci/menu.d/luci-app-extsock.json").read_text())
    views = {entry["action"]["path"] for entry in menu.values() if entry["action"]["type"] == "view"}
    assert views == {str(path.relative_to(APP / "htdocs/luci-static/resources/view").with_suffix("")) for path in VIEWS
                     if path.parent.name == "extsock"}
    assert {acl for entry in menu.values() for acl in entry.get("depends", {}).get("acl", [])} == {"luci-app-extsock"}


def test_no_view_may_run_a_program():
    assert all("exec" not in rule for part in ("read", "write") for rule in rights()[part].get("file", {}).values())


def test_no_right_to_read_keys():
    """/etc/config/ipsec has the pre-shared keys; who may only look at this app is not to have them."""
    for part in ("read", "write"):
        assert rights()[part]["uci"] == ["extsock"]
    assert not [view.name for view in VIEWS if "uci.load('ipsec')" in view.read_text()]


def test_every_state_and_kind_has_words():
    """What the core can answer, by its own tables."""
    names = set(re.findall(r'Self::\w+ => "([A-Z_]+)",', (ROOT / "src/history.rs").read_text()))
    history = next(view for view in VIEWS if view.name == "history.js").read_text()
    assert names and names == set(re.findall(r"^\t([A-Z_]+): _\(", history, re.M))
    manual = (ROOT / "ports/strongswan/PROTOCOL.md").read_text()
    states = set(re.findall(r"^\| `([A-Z]+)` \|", manual.partition("| `state` | |")[2].partition("\n\n")[0], re.M))
    shared = next(view for view in VIEWS if view.name == "extsock.js").read_text()
    assert states and states == set(re.findall(r"^\t([A-Z]+): _\(", shared, re.M))
    standby = set(re.findall(r"`([A-Z]+)`", re.search(r"^\| `state` \| (`NONE`.*) \|$", manual, re.M)[1])) - {"NONE"}
    told = {case for function in ("standbyText", "probeText") for case in
            re.findall(r"case '([A-Z]+)'", shared.partition(f"function {function}")[2].partition("\n}\n")[0])}
    assert standby and standby < told


def test_mistakes_in_the_configuration_are_shown():
    assert "reply.policy_error" in next(view for view in VIEWS if view.name == "status.js").read_text()


def test_what_is_called_is_allowed_and_nothing_else():
    declared = set(re.findall(r"\bdeclare\('(\w+)'", "".join(view.read_text() for view in VIEWS)))
    read, write = (set(rights()[part]["ubus"]["extsock"]) for part in ("read", "write"))
    assert declared == read | write
    assert write == {"switch", "pin", "unpin", "drain", "undrain", "drill"}


def test_the_router_has_what_is_called():
    methods = set(re.findall(r"^\t\t(\w+): (?:method\(|\{)", RPCD.read_text(), re.M))
    assert set(rights()["read"]["ubus"]["extsock"]) | set(rights()["write"]["ubus"]["extsock"]) <= methods


def test_each_option_of_the_table_has_a_title():
    """What is in no tab still has a field, under its name; a person should not need to guess."""
    options = {line.split()[1] for line in TABLE.read_text().splitlines() if line.strip() and not line.startswith("#")}
    policy = (APP / "htdocs/luci-static/resources/view/extsock/policy.js").read_text()
    titled = set(re.findall(r"(\w+): \[ _\(", policy))
    assert titled == options


def asked(cases):
    """What the form says of each (section, option, value, beside)."""
    if not shutil.which("node"):
        pytest.skip("node is not installed")
    view = APP / "htdocs/luci-static/resources/view/extsock/policy.js"
    done = subprocess.run(["node", LINT / "form.js", view, TABLE], capture_output=True, text=True, check=True,
                          input=json.dumps([dict(zip(("section", "option", "value", "beside"), case)) for case in cases]))
    return json.loads(done.stdout)


def test_a_field_takes_what_the_router_takes():
    """Each option's bounds, and one beyond them: the form and the scripts read the same table. A limit has what it limits beside it."""
    cases, wanted = [], []
    for row in (line.split() for line in TABLE.read_text().splitlines() if not line.startswith("#")):
        where, option, kind, bounds, _, above = row
        section = "policy" if where == "policy" else "globals"
        if kind == "word":
            values = [(word, True) for word in bounds.split("|")] + [("nonsense", False)]
        elif kind in ("time", "number"):
            zero, _, bounds = bounds.rpartition("|")
            least, most = map(int, bounds.split("-"))
            unit = "ms" if kind == "time" else ""
            values = [(f"{least}{unit}", True), (f"{most}{unit}", True), (f"{most + 1}{unit}", False), ("x", False), ("-1", False)]
            values += [(f"{least - 1}{unit}", False)] if least else [("0", True)]
            values += [("0", True)] if zero else []
            values += [("5", False), ("1.5s", False), ("010s", False)] if kind == "time" else [("08", False), ("1s", False)]
        else:
            values = {"bool": [("1", True)], "octal": [("660", True), ("0660", True), ("888", False)],
                      "path": [("/run/x", True), ("unix:///run/x", True), ("tcp://10.0.0.1:1", False), ("/a b", False), ("/", False)],
                      "name": [("root", True), ("a b", False)], "names": [("root", True), ("a;b", False)],
                      "targets": [("10.1.0.1", True), ("tcp://[2001:db8::1]:443", True), ("host", False), ("10.1.0.0/24", False)],
                      "windows": [("always", True), ("Mon-Fri 02:00-04:00, 22:00-02:00", True), ("night", False),
                                  ("mon-fri 2-4", False), ("02:00-04:00,", False)],
                      "each": [("1 1 2", True), ("255", True), ("10, 20,5", True), ("1 1 1 1 1 1 1 1", True), ("0", False), ("256", False), ("01", False),
                               ("1 x", False), ("1 1 1 1 1 1 1 1 1", False), ("1;2", False)],
                      "text": [("cpe-7@example.org", True), ("a b", False)]}[kind]
        beside = {above.split(":")[0]: "1ms"} if above != "-" else {}
        if kind != "bool":
            cases += [(section, option, value, beside) for value, _ in values]
            wanted += [(option, value, possible) for value, possible in values]
    said = asked(cases)
    assert [(option, value, answer is True) for (_, option, value, _), answer in zip(cases, said)] == wanted


def test_a_limit_is_not_below_what_it_limits():
    said = asked([("globals", "hold_down_limit", "1h", {"hold_down": "2h"}), ("globals", "hold_down_limit", "2h", {"hold_down": "2h"}),
                  ("globals", "hold_down_limit", "4m", {}), ("policy", "hold_down_limit", "", {"hold_down": "2h"}),
                  ("policy", "hold_down_limit", "", {"hold_down": "5m"})])
    assert [answer is True for answer in said] == [False, True, False, False, True]
    assert said[0] == 'At least as long as "hold_down"'


def test_a_field_stands_where_its_option_may():
    said = asked([("globals", "target", "10.1.0.1", {}), ("policy", "target", "10.1.0.1", {}), ("policy", "socket", "/run/x", {}),
                  ("globals", "socket", "/run/x", {}), ("policy", "hold_down", "5m", {}), ("globals", "hold_down", "5m", {})])
    assert said == [None, True, None, True, True, True]


def test_template_has_every_text():
    if not shutil.which("xgettext"):
        pytest.skip("xgettext is not installed")
    made = subprocess.run([PORT / "messages", "--stdout"], capture_output=True, text=True, check=True).stdout
    assert made == (APP / "po/templates/extsock.pot").read_text(), "ports/openwrt/messages writes it anew"


def minified(text):
    """About what LuCI's build installs: its jsmin takes comments and the blanks beside signs, but none of a text."""
    text = re.sub(r"^\s*//.*\n|^\s*/\*.*?\*/\s*\n", "", text, flags=re.M)
    parts = re.split(r"('(?:\\.|[^'\\])*')", text)
    parts[::2] = (re.sub(r" *([^\w$\s]) *", r"\1", re.sub(r"\s*\n\s*", "\n", part)) for part in parts[::2])
    return re.sub(r"(?<=[{\[(,;:?&|=+])\n|\n(?=[\]}),:?&|.])", "", "".join(parts))


def test_size():
    """On a router with 16 MB of flash each KiB counts."""
    files = [path for part in ("htdocs", "root") for path in (APP / part).rglob("*") if path.is_file()]
    assert sum(len((minified(path.read_text()) if path.suffix == ".js" else path.read_text()).encode()) for path in files) <= 24 * 1024
