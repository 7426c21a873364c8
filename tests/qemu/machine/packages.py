"""What the machine is made of: Debian's packages, unpacked in folders of its own; nothing is installed in the system."""
import re
import shutil
import sys
import time
from pathlib import Path

from place import OUT, ROOT

import tools

ARCHITECTURE = "arm64"
HOST = ["qemu-system-arm", "kmod", "cpio"]
KERNEL = "linux-image-arm64"
GUEST = [
    "dash", "coreutils", "diffutils", "grep", "sed", "mount", "util-linux", "kmod", "python3",
    "python3-pytest", "python3-pytest-timeout", "python3-pytest-xdist",
    "iproute2", "nftables", "iputils-ping", "tcpdump", "openssl",
    "strongswan-charon", "strongswan-swanctl", "strongswan-pki", "libcharon-extra-plugins", "libcharon-extauth-plugins",
    "libstrongswan-standard-plugins", "libstrongswan-extra-plugins",
]
# What the lab asks of the kernel: all modules of these folders, these others, and those that they need.
MODULE_FOLDERS = ["crypto", "arch/arm64/crypto", "net/xfrm", "net/ipv4", "net/ipv6", "net/netfilter", "net/bridge",
                  "net/packet"]
MODULES = ["veth", "tun", "sch_tbf", "virtio_pci", "virtio_rng", "9pnet_virtio", "9p"]
# With it charon's plugin of that name tries every cipher that there is, at each start of anything.
UNWANTED = re.compile("af_alg|algif_")

HOST_ROOT = OUT / "host" / "root"
GUEST_ROOT = OUT / "guest" / "root"
KERNEL_ROOT = OUT / "kernel" / "root"
VMLINUZ = OUT / "vmlinuz"


def environment() -> dict[str, str]:
    """For the programs in HOST_ROOT."""
    folders = [folder for place in ("lib", "usr/lib") for folder in (HOST_ROOT / place).glob("*-linux-gnu")]
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LD_LIBRARY_PATH": ":".join(map(str, folders))}


def program(name: str) -> Path:
    """One of the programs in HOST_ROOT."""
    return next(place for folder in ("bin", "usr/bin") if (place := HOST_ROOT / folder / name).exists())


def kmod(name: str, *words) -> str:
    """kmod under one of its names."""
    return tools.run([name, *words], executable=program("kmod"), env=environment()).stdout


def modules(source: Path, target: Path, version: str) -> None:
    """Copies the modules that the lab needs."""
    kmod("depmod", "-b", source, version)
    kernel = Path("lib/modules") / version / "kernel"
    files = [file for folder in MODULE_FOLDERS for file in sorted((source / kernel / folder).rglob("*.ko*"))]
    names = MODULES + [file.name.split(".")[0] for file in files]
    needed = kmod("modprobe", "-d", source, "-S", version, "--show-depends", "-a", *names)
    for line in sorted(set(needed.splitlines())):
        if line.startswith("insmod ") and not UNWANTED.search(line):
            file = Path(line.split()[1]).relative_to(source)
            (target / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / file, target / file)
    for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
        shutil.copyfile(source / kernel.parent / name, target / kernel.parent / name)
    kmod("depmod", "-b", target, version)


def compile_library() -> None:
    """Python's own modules, if this machine's Python is of the same version: else the machine does so, slowly, at each start."""
    library, packages = GUEST_ROOT / f"usr/lib/python3.{sys.version_info.minor}", GUEST_ROOT / "usr/lib/python3/dist-packages"
    if library.is_dir():
        tools.run([sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", library, packages])


def prepare() -> None:
    """Fetches all of it unless it is there; says so first."""
    stamp = OUT / "stamp"
    wanted = " ".join([*HOST, KERNEL, *GUEST, *MODULE_FOLDERS, *MODULES])
    if stamp.exists() and stamp.read_text() == wanted:
        return
    began = time.monotonic()
    tools.say(f"fetching qemu, Debian's {ARCHITECTURE} kernel and packages into {OUT.relative_to(ROOT)}: 125 MB")
    for folder in (HOST_ROOT, GUEST_ROOT, KERNEL_ROOT):
        shutil.rmtree(folder.parent, ignore_errors=True)
        folder.mkdir(parents=True)
    tools.unpack(HOST, HOST_ROOT)
    tools.unpack([KERNEL], KERNEL_ROOT, ARCHITECTURE, only=r"linux-image-\d")
    tools.unpack(GUEST, GUEST_ROOT, ARCHITECTURE)
    compile_library()
    version = next((KERNEL_ROOT / "lib/modules").iterdir()).name
    modules(KERNEL_ROOT, GUEST_ROOT, version)
    shutil.copyfile(KERNEL_ROOT / "boot" / f"vmlinuz-{version}", VMLINUZ)
    shutil.rmtree(KERNEL_ROOT.parent)
    stamp.write_text(wanted)
    tools.say(f"fetched in {time.monotonic() - began:.0f} s")
