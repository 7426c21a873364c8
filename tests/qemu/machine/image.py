"""The root file system of the machine, one cpio archive that the kernel unpacks into memory: Debian's packages first,
then what is ours."""
import shutil
import subprocess
from pathlib import Path

from packages import GUEST_ROOT, environment, program
from place import HERE, OUT, ROOT

IMAGE = OUT / "initrd"
OURS = OUT / "ours"
# Nobody reads, maintains or debugs packages in there.
LEFT_OUT = ["usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "usr/share/perl", "usr/share/perl5",
            "usr/lib/*/perl*", "usr/lib/*/libperl*", "usr/lib/udev", "usr/share/lintian", "usr/share/bug", "var/lib"]
ETC = {
    "passwd": "root:x:0:0:root:/root:/bin/sh\n",
    "group": "root:x:0:\n",
    "hosts": "127.0.0.1 localhost\n",
    "host.conf": "multi on\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\nprotocols: files\nservices: files\n",
    "protocols": "icmp 1\ntcp 6\nudp 17\n",
    "services": "isakmp 500/udp\nipsec-nat-t 4500/udp\n",
    "resolv.conf": "",
}


def lay(programs: list[Path], scenarios: list[str]) -> None:
    """What is ours, as it lies in the machine."""
    shutil.rmtree(OURS, ignore_errors=True)
    for folder in ("proc", "sys", "dev", "run", "tmp", "kept", "root", "etc", "src/target/extsock"):
        (OURS / folder).mkdir(parents=True)
    shutil.copy2(HERE / "init", OURS / "init")
    (OURS / "var").mkdir()
    (OURS / "var/run").symlink_to("/run")
    for name, text in ETC.items():
        (OURS / "etc" / name).write_text(text)
    for folder in ("tests/charon", "target/python"):
        shutil.copytree(ROOT / folder, OURS / "src" / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (OURS / "scenarios").write_text("\n".join(scenarios) + "\n")
    for file in programs:
        shutil.copy2(file, OURS / "src/target/extsock")


def pack(folder: Path, output, *unwanted: str) -> None:
    """Appends a folder's files."""
    paths = [word for pattern in unwanted for word in ("-path", f"./{pattern}", "-prune", "-o")]
    find = subprocess.Popen(["find", ".", *paths, "-print0"], cwd=folder, stdout=subprocess.PIPE)
    subprocess.run([program("cpio"), "--create", "--format=newc", "--null", "--quiet", "--owner=+0:+0"],
                   cwd=folder, env=environment(), stdin=find.stdout, stdout=output, check=True)
    if find.wait():
        raise SystemExit(f"find failed in {folder}")


def build(programs: list[Path], scenarios: list[str]) -> Path:
    """The archive."""
    lay(programs, scenarios)
    with IMAGE.open("wb") as output:
        pack(GUEST_ROOT, output, *LEFT_OUT)
        output.flush()
        pack(OURS, output)
    return IMAGE
