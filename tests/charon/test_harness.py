"""How the lab fails: what a person is shown, and that nothing stays behind. Each test plays a scenario of its own, in a pytest of its own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lab.command import run
from lab.lab import AGAIN_S

HERE = Path(__file__).parent
LIMIT_S = 120

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


class House:
    """A folder like tests/charon, with one scenario in it."""

    def __init__(self, folder):
        self.folder = folder
        self.logs = folder / "logs"
        self.laid = folder / "laid"         # where the scenario notes what its lab's names begin with, and its folder
        for name in ("conftest.py", "pytest.ini", "lab"):
            (folder / name).symlink_to(HERE / name)
        self.logs.mkdir()

    def scenario(self, *lines, head=""):
        scenario = self.folder / "scenarios/99-made-up"
        scenario.mkdir(parents=True)
        (scenario / "description.txt").write_text("A scenario made up by a test.\n")
        # Not open().write(): Python drops an interrupt that comes while it destroys the file.
        lines = (f"pathlib.Path({str(self.laid)!r}).write_text(f'{{lab.prefix}} {{lab.folder}}')", *lines)
        body = "".join(f"    {line}\n" for line in lines)
        (scenario / "scenario.py").write_text(f"import pathlib, time\nfrom lab.wait import Skipped, expect\nSTOCK = True\n{head}\n\ndef play(lab):\n{body}")

    def start(self, *words):
        return subprocess.Popen(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words, self.folder], cwd=self.folder, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
            env={**os.environ, "LAB_LOGS": str(self.logs)})

    def play(self, *words):
        """The exit status and all that was said."""
        process = self.start(*words)
        said, _ = process.communicate(timeout=LIMIT_S)
        self.expect_nothing_left()
        return process.returncode, said

    def wait(self, process, there):
        deadline = time.monotonic() + LIMIT_S
        while not there():
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def expect_nothing_left(self):
        prefix, folder = self.laid.read_text().split()
        assert prefix.startswith("sg") and folder.startswith("/tmp/sg.")
        assert not [name for name in run("ip", "netns", "list").split() if name.startswith(prefix)]
        assert not Path(folder).exists()


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


def test_a_number_is_one_scenarios():
    """`run NUMBER` plays the first of that number, and says nothing of another one."""
    names = [folder.name.partition("-") for folder in (HERE / "scenarios").iterdir()]
    assert len({number for number, _, _ in names}) == len(names)


def test_a_failure_shows_its_line_and_the_cpes_log_and_keeps_all_logs(house):
    house.scenario("lab.cpe.start()", "expect(False, 'the moon is no cheese')", "return {}")
    status, said = house.play(f"--junitxml={house.folder}/junit.xml")
    assert status == 1
    assert "_ 99-made-up _" in said and "scenario.py:9: in play" in said
    assert "the moon is no cheese" in said
    assert "spawning 16 worker threads" in said        # charon's own line
    kept, = house.logs.glob("charon-99-made-up.*")
    assert f"logs: {kept}" in said
    assert (kept / "cpe/charon.log").exists() and (kept / "segw1/charon.log").exists()
    assert not list(kept.glob("*/swanctl.conf"))
    junit = (house.folder / "junit.xml").read_text()
    assert "A scenario made up by a test." in junit and str(kept) in junit


def test_what_ends_in_the_wrong_state_has_failed(house):
    house.scenario("lab.cpe.start()", "lab.cpe.stop()", "return {'vpn': 1}")
    status, said = house.play()
    assert status == 1
    assert "1 failed" in said and "error" not in said.splitlines()[-1]
    assert "the CPE's charon is gone, yet {'vpn': 1} should be up" in said


def test_a_stuck_scenario_is_ended(house):
    house.scenario("time.sleep(600)", head="import pytest\npytestmark = pytest.mark.timeout(1)")
    status, said = house.play()
    assert status == 1
    assert "Timeout" in said
    assert list(house.logs.glob("charon-99-made-up.*/segw1/charon.log"))


def test_a_skip_says_why_and_where(house):
    house.scenario("raise Skipped('no such plugin here')")
    status, said = house.play()
    assert status == 0
    assert "SKIPPED [1] scenarios/99-made-up/scenario.py" in said and "no such plugin here" in said


def test_what_is_about_the_kernels_esp_is_skipped_without_it(house, monkeypatch):
    monkeypatch.delenv("LAB_ESP", raising=False)
    house.scenario("return {}", head="import pytest\npytestmark = pytest.mark.kernel_esp")
    house.laid.write_text("sg-never-laid /tmp/sg.never-laid")
    status, said = house.play()
    assert status == 0
    assert "LAB_ESP=kernel" in said


@pytest.mark.parametrize("words", [(), ("-n", "2")], ids=["one-process", "side-by-side"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_nothing(house, words, number):
    house.scenario("lab.cpe.start()", "time.sleep(600)")
    process = house.start(*words)
    house.wait(process, lambda: house.laid.exists() and house.laid.read_text())
    if number == signal.SIGINT:
        os.killpg(process.pid, number)          # as a terminal does
    else:
        process.send_signal(number)
    said, _ = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 2, said
    assert "KeyboardInterrupt" in said or "Interrupted" in said
    house.expect_nothing_left()


def test_an_interrupt_that_python_drops_can_be_repeated(house):
    """What is raised in a `__del__` is dropped; what comes again at once belongs to the same interrupt."""
    dropped = house.folder / "dropped"
    house.scenario("Dropped()", "time.sleep(600)", head=f"""
import os, signal
class Dropped:
    def __del__(self):
        pathlib.Path({str(dropped)!r}).touch()
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0)
""")
    process = house.start()
    house.wait(process, dropped.exists)
    time.sleep(AGAIN_S + 1)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 2, said
    house.expect_nothing_left()
