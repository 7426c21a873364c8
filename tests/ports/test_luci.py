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


def test_what_is_called_is_allowed_and_nothing_else():
    declared = set(re.findall(r"object: 'extsock', method: '(\w+)'", "".join(view.read_text() for view in VIEWS)))
    read, write = (set(rights()[part]["ubus"]["extsock"]) for part in ("read", "write"))
    assert declared == read | write
    assert write == {"switch"}


def test_the_router_has_what_is_called():
    methods = set(re.findall(r"^\t\t(\w+): \{", RPCD.read_text(), re.M))
    assert set(rights()["read"]["ubus"]["extsock"]) | {"switch"} <= methods


def test_each_option_of_the_table_has_a_title():
    """What is in no tab still has a field, under its name; a person should not need to guess."""
    options = {line.split()[1] for line in TABLE.read_text().splitlines() if line.strip() and not line.startswith("#")}
    policy = (APP / "htdocs/luci-static/resources/view/extsock/policy.js").read_text()
    titled = set(re.findall(r"(\w+): \[ _\(", policy))
    assert titled == options


def test_template_has_every_text():
    if not shutil.which("xgettext"):
        pytest.skip("xgettext is not installed")
    made = subprocess.run([PORT / "messages", "--stdout"], capture_output=True, text=True, check=True).stdout
    assert made == (APP / "po/templates/extsock.pot").read_text(), "ports/openwrt/messages writes it anew"


def test_size():
    """On a router with 16 MB of flash each KiB counts; LuCI's build still takes the comments and blanks out."""
    files = [path for part in ("htdocs", "root") for path in (APP / part).rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 24 * 1024
