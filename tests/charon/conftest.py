"""The lab for pytest: a scenario is a folder of scenarios/, and what it says of itself is in constants of its scenario.py."""

import functools
import os
import shutil
import signal
import sys
import tempfile
from itertools import zip_longest
from pathlib import Path

import pytest

sys.dont_write_bytecode = True

from lab import Lab, esp                # noqa: E402
from lab.cpe import PLUGIN, REPLAY      # noqa: E402
from lab.wait import Skipped, slack     # noqa: E402

NEEDED = ("ip", "nft", "ping", "tcpdump", "unshare", "swanctl", "pki", "openssl", "/usr/lib/ipsec/charon",
          *(f"/usr/lib/ipsec/plugins/libstrongswan-{plugin}.so" for plugin in esp.PLUGINS.split()))
MARKED = {"ALONE": "alone", "SLOW": "slow", "STOCK": "stock", "IPV6": "ipv6", "HOSTILE": "hostile"}  # true: a marker, too


def missing():
    """Why nothing can be played here, or None."""
    if os.geteuid() != 0:
        return "needs root"
    lacking = [each for each in NEEDED if not shutil.which(each) and not Path(each).exists()]
    return f"not installed: {' '.join(lacking)}" if lacking else None


def is_scenario(item):
    return item.path.name == "scenario.py"


def checked(play):
    """A scenario and the check after it are one: what ends in the wrong state has failed, it has not passed with an error."""
    @functools.wraps(play)
    def played(lab, **more):
        __tracebackhide__ = True
        try:
            lab.check(play(lab, **more))
            if REPLAY and lab.cpe.plugin and lab.cpe.alive:
                lab.cpe.stop()          # so that it leaves its trace
        except Skipped as error:
            pytest.skip(str(error))
    return played


# ---- what pytest collects ----

def pytest_itemcollected(item):
    """A scenario is called by its folder; its description.txt is its docstring, whose first line is a property in JUnit's XML."""
    if not is_scenario(item):
        return
    item.name = item.name.replace(item.originalname, item.path.parent.name, 1)
    item.obj = checked(item.obj)
    item.obj.__doc__ = description = (item.path.parent / "description.txt").read_text()
    item.user_properties.append(("description", description.splitlines()[0]))
    for constant, marker in MARKED.items():
        if getattr(item.module, constant, False):
            item.add_marker(marker)


def pytest_collection_modifyitems(config, items):
    for item in items:
        own = item.get_closest_marker("timeout")
        item.add_marker(pytest.mark.timeout(slack(own.args[0] if own else float(config.getini("timeout")))), append=False)
    if hasattr(config, "workerinput"):
        # Side by side, the slow ones begin: one of them at the end would have the other processes wait for it.
        slow = [item for item in items if item.get_closest_marker("slow")]
        others = sorted((item for item in items if item not in slow), key=is_scenario)     # what tries the harness takes long, too
        items[:] = [item for pair in zip_longest(slow, others) for item in pair if item]
    why = missing()
    for item in filter(is_scenario, items):
        if why:
            item.add_marker(pytest.mark.skip(reason=why))
        elif item.get_closest_marker("kernel_esp") and not esp.KERNEL:
            item.add_marker(pytest.mark.skip(reason="is about the kernel's ESP: LAB_ESP=kernel"))


# ---- what a scenario is given ----

@pytest.fixture
def cpe(request):
    """What the scenario adds to the CPE's strongswan.conf; to be parametrised where that is the only difference."""
    return getattr(request.module, "CPE", None)


@pytest.fixture
def lab(request, cpe):
    """The lab as the scenario's constants ask for it; whatever happens, it is taken away."""
    def constant(name, default):
        return getattr(request.module, name, default)
    stock = constant("STOCK", False)
    if not stock and not PLUGIN.exists():
        pytest.fail(f"the plugin is not built: {PLUGIN} is missing (`tests/run plugin` builds it; EXTSOCK_PLUGIN names another)",
                    pytrace=False)
    with Lab(gateways=constant("GATEWAYS", 2), running=constant("RUNNING", None), cpe=cpe, stock=stock,
             ipv6=constant("IPV6", False)) as laid:
        yield laid


# ---- what a person is told ----

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """A failure shows the end of the CPE's log; all logs are kept outside the tree."""
    report = (yield).get_result()
    if not is_scenario(item):
        return
    if report.skipped and isinstance(report.longrepr, tuple):
        path, line, _ = item.location
        report.longrepr = (path, line + 1, report.longrepr[2])      # where the scenario is, not where its exception was caught
    lab = item.funcargs.get("lab")
    if report.failed and report.when == "call" and lab:
        kept = Path(tempfile.mkdtemp(prefix=f"charon-{item.path.parent.name}.", dir=os.environ.get("LAB_LOGS")))
        lab.save_logs(kept)
        report.sections.append(("The CPE's log", f"logs: {kept}; the end of the CPE's:\n{lab.cpe.log.tail(25)}"))
        said = kept / "cpe/output"
        if said.exists() and said.stat().st_size:
            # What the linker, a sanitizer or charon's handler of crashes says.
            report.sections.append(("What the CPE's charon printed", said.read_text(errors="replace")[:4000]))
        item.user_properties.append(("logs", str(kept)))


# ---- the beginning and the end ----

class MainThread:
    """Keeps `-v` from asking each worker of xdist what it is: in Debian 12's the tests may then run beside the main thread, in which
    alone Python lets the lab handle signals."""

    def __init__(self, option):
        self.option = option

    @pytest.hookimpl(hookwrapper=True, optionalhook=True)
    def pytest_xdist_newgateway(self):
        verbose, self.option.verbose = self.option.verbose, 0
        yield
        self.option.verbose = verbose


def interrupt(number, _frame):
    """An order to end is an interrupt, after which pytest lets every fixture clean up."""
    raise KeyboardInterrupt(signal.Signals(number).name)


def pytest_configure(config):
    config.pluginmanager.register(MainThread(config.option))
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, interrupt)
