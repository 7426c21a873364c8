"""A router's root file system as far as the scripts of ports/openwrt/ need one: busybox for a shell and its tools, stubs.sh in place
of OpenWrt's functions, and programs that write down how they were called."""

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FILES = ROOT / "ports/openwrt/extsock/files"
# What a router's busybox has of what the scripts call. Nothing else of this machine is in there.
APPLETS = "sh cat cp chmod cmp cut echo grep head ls mkdir mktemp mv printf rm sed sleep sort stat tail touch tr wc".split()

# Each line of /calls: the program's name and its arguments.
RECORDER = """#!/bin/sh
echo "${0##*/}${1:+ $*}" >>/calls
[ ! -e "/answers/${0##*/}" ] || . "/answers/${0##*/}"
"""
# OpenWrt's /etc/rc.common, as far as a script with procd is concerned.
RC_COMMON = """#!/bin/sh
initscript="$1" action="$2"
shift 2
. /lib/functions.sh
restart() { stop "$@"; start "$@"; }
. "$initscript"
start() { echo "open extsock" >>/calls; start_service "$@"; service_triggers; echo "close" >>/calls; service_started; }
stop() { stop_service "$@"; procd_kill extsock; service_stopped; }
reload() { reload_service "$@"; }
status() { status_service "$@"; }
"$action" "$@"
"""


class Router:
    """`run` in it; `/` is `folder`."""

    def __init__(self, folder):
        self.folder = folder
        for each in ("bin", "dev", "answers", "sbin", "tmp", "usr/sbin", "var/run", "lib", "proc"):
            (folder / each).mkdir(parents=True)
        shutil.copytree(FILES, folder, dirs_exist_ok=True)
        self._lay_busybox()
        shutil.copy(HERE / "stubs.sh", folder / "lib/functions.sh")
        self.write("etc/rc.common", RC_COMMON, 0o755)
        for name in ("sbin/hotplug-call", "usr/sbin/swanctl", "usr/sbin/extsockctl", "bin/ubus", "bin/uci", "bin/logger"):
            self.write(name, RECORDER, 0o755)
        os.mknod(folder / "dev/null", stat.S_IFCHR | 0o666, os.makedev(1, 3))

    def _lay_busybox(self):
        """Debian's is linked against libraries: they are laid where it looks for them."""
        program = shutil.which("busybox")
        shutil.copy(program, self.folder / "bin/busybox")
        listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
        for library in re.findall(r"(/\S+)", listed):
            place = self.folder / library.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(library, place)
        for applet in APPLETS:
            (self.folder / "bin" / applet).symlink_to("busybox")

    def write(self, path, text, mode=0o644):
        """A file, for instance etc/config/extsock."""
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(mode)
        return place

    def read(self, path):
        """The text of a file, or None."""
        place = self.folder / path
        return place.read_text() if place.exists() else None

    def run(self, *argv, stdin=None, **environment):
        """A program of the router's, to its end."""
        return subprocess.run(["chroot", self.folder, *argv], input=stdin, capture_output=True, text=True, check=False, timeout=60,
                              env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **environment})

    def service(self, action):
        """`service extsock ACTION`, as far as rc.common is concerned."""
        return self.run("/bin/sh", "/etc/rc.common", "/etc/init.d/extsock", action)

    def calls(self):
        """What was called since the last time."""
        lines = (self.read("calls") or "").splitlines()
        (self.folder / "calls").unlink(missing_ok=True)
        return lines
