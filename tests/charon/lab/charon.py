"""One charon in a namespace: its configuration, its socket, its log, its life and its death."""

import os
import shutil
import signal
import subprocess
import time

from . import esp
from .command import run
from .log import INITIATING, Log
from .settings import merged, render
from .vici import Vici
from .wait import Failed, slack, until

STOCK = "/usr/lib/ipsec"
PLUGINS = f"random nonce aes sha1 sha2 hmac kdf gcm gmp openssl pem pkcs1 x509 pubkey socket-default {esp.PLUGINS} vici"
START_S = 60    # under valgrind a charon needs a third of it
STOP_S = 5      # what a charon that ends in order is allowed to take

# /run is private, because every charon insists on /run/charon.pid.
PRIVATE_RUN = "mount -t tmpfs none /run"
# Plugins appear in the stock plugin folder of this process only: nothing is installed on the system.
WITH_PLUGINS = ('mount --bind {stock}/plugins "$LAB_STOCK" && mount -t tmpfs none {stock}/plugins && '
                'ln -sf "$LAB_STOCK"/*.so $LAB_PLUGINS {stock}/plugins/').format(stock=STOCK)


class Charon:
    """A daemon that can be started, stopped, killed and started again; one folder holds all that is its own."""

    def __init__(self, namespace, folder, settings=None):
        self.namespace = namespace
        self.folder = folder
        self.settings = settings or {}
        self.plugin = None              # a plugin's .so that this charon finds among the stock ones
        self.more = []                  # other plugins' .so
        self.wrapper = []               # a command that runs charon, such as valgrind
        self.machine = None             # a command that runs a charon and plugins of its own, instead of Debian's
        self.environment = {}
        self.etc = {}                   # files of /etc that only this charon sees: name -> text
        self.process = None
        self._vici = None
        folder.mkdir()
        self.log = Log(folder / "charon.log")
        self.vici_path = folder / "vici"

    # configuration

    def strongswan_conf(self):
        log = {"path": self.log.path, "time_format": "%T %s", "time_add_ms": True, "flush_line": True,
               "ike_name": True, "append": True, "default": 1, "ike": 2}
        return {"charon": merged({
            "load": PLUGINS, "filelog": {"lab": log}, "install_virtual_ip": False,
            "plugins": {"vici": {"socket": f"unix://{self.vici_path}"}},
        }, self.settings)}

    def swanctl_conf(self):
        """What swanctl loads into this charon, or None."""

    def _write_settings(self):
        conf = self.folder / "strongswan.conf"
        conf.write_text(render(self.strongswan_conf()))
        return conf

    def reload_settings(self):
        """What was changed in `settings` becomes known to the running charon."""
        self._write_settings()
        self.swanctl("--reload-settings")

    def load(self):
        """What `swanctl_conf` says now replaces what swanctl loaded before."""
        text = self.swanctl_conf()
        if text is not None:
            (self.folder / "swanctl.conf").write_text(render(text))
            (self.folder / "swanctl.conf").chmod(0o600)
            self.swanctl("--load-all", "--file", self.folder / "swanctl.conf")

    # life

    def launch(self):
        """Start the process without waiting for it; `ready` waits."""
        if self.alive:
            raise Failed(f"{self.namespace.name}: charon runs already")
        conf = self._write_settings()
        # A copy: AppArmor confines the stock path to the system's own files, and the lab's are elsewhere.
        for program in (f"{STOCK}/charon", "/usr/sbin/swanctl"):
            shutil.copy2(program, self.folder)
        env = dict(os.environ, STRONGSWAN_CONF=str(conf))
        steps = [PRIVATE_RUN]
        for name, text in self.etc.items():
            (self.folder / name).write_text(text)
            steps.append(f"mount --bind {self.folder / name} /etc/{name}")
        # One that is installed is where charon looks.
        ours = [] if self.plugin is None or os.path.dirname(self.plugin) == f"{STOCK}/plugins" else [self.plugin]
        plugins = [*(shutil.copy2(plugin, self.folder) for plugin in ours), *self.more]
        if plugins and not self.machine:
            stock = self.folder / "stock"
            stock.mkdir(exist_ok=True)
            env.update(LAB_STOCK=str(stock), LAB_PLUGINS=" ".join(map(str, plugins)))
            steps.append(WITH_PLUGINS)
        self.vici_path.unlink(missing_ok=True)
        with open(self.folder / "output", "ab") as output:
            self.process = self.namespace.popen(
                "unshare", "-m", "sh", "-c", " && ".join([*steps, 'exec "$@"']), "sh",
                "env", *(f"{name}={value}" for name, value in self.environment.items()), *self.wrapper,
                self.machine or self.folder / "charon", env=env, stdout=output, stderr=subprocess.STDOUT)

    def ready(self):
        self.listening()
        self.load()
        return self

    def listening(self):
        """Wait until it can be asked; nothing is loaded yet."""
        until(self._connected, START_S, lambda: f"{self.namespace.name}'s charon to listen")

    def start(self):
        self.launch()
        return self.ready()

    def _connected(self):
        if not self.alive:
            said = (self.folder / "output").read_text(errors="replace")
            raise Failed(f"{self.namespace.name}: charon ended with {self.process.returncode}\n{said}{self.log.tail()}")
        try:
            self._vici = Vici(self.vici_path)
            self._vici.request("version")       # the socket is there before charon waits for signals
        except OSError:
            return False
        return True

    @property
    def alive(self):
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self):
        return self.process.pid

    def stop(self, seconds=STOP_S):
        """SIGTERM; returns how many seconds charon took to end, and fails if that was not an orderly end in time."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(slack(seconds))
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.namespace.name}: charon did not end within {slack(seconds):g} s of SIGTERM") from None
        self._forget()
        if code != 0:
            raise Failed(f"{self.namespace.name}: charon ended with {code} after SIGTERM")
        return time.monotonic() - began

    def kill(self):
        """SIGKILL: it says goodbye to nobody."""
        if self.alive:
            self.process.kill()
        if self.process:
            self.process.wait()
        self._forget()

    def end(self):
        """SIGTERM if it still heeds that, else SIGKILL: what it counts is written at an orderly end only (tests/gcov)."""
        if self.alive:
            self.thaw()
            self.process.terminate()
            try:
                self.process.wait(slack(STOP_S))
            except subprocess.TimeoutExpired:
                pass
        self.kill()

    def freeze(self):
        """The daemon hangs: what arrives waits, and is answered late, once it goes on."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def _forget(self):
        if self._vici:
            self._vici.close()
            self._vici = None

    # looking at it

    def swanctl(self, *words, check=True, timeout=30):
        env = dict(os.environ, STRONGSWAN_CONF=str(self.folder / "strongswan.conf"), SWANCTL_DIR=str(self.folder))
        return run(self.folder / "swanctl", *words, "--uri", f"unix://{self.vici_path}", check=check,
                   timeout=timeout, env=env)

    def sas(self):
        """Every IKE_SA as (name, fields)."""
        return self._vici.sas()

    def connections(self):
        return self._vici.connections()

    def initiations(self, since=0):
        """(moment, connection, unique id, address) of each IKE_SA that this charon dialled."""
        return [(line.at, m[1], int(m[2]), m[3]) for line, m in self.log.find(INITIATING, since)]
