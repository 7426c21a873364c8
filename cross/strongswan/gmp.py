"""libgmp, for charon's modp groups: OpenWrt's strongSwan has it too."""
import debian
from machine import Machine


def build(machine: Machine) -> None:
    """Into staging, and the library into the router's root."""
    source = debian.source("gmp", machine.build / "gmp")
    # Debian leaves the manual out, for its licence; configure insists on its makefile.
    (source / "doc").mkdir(exist_ok=True)
    (source / "doc" / "Makefile.in").write_text("all install install-exec install-data install-am check:\n")
    machine.configure(source, "--disable-static", "--disable-assembly")
    machine.make(source)
    machine.make(source, "install", f"DESTDIR={machine.staging}")
    library = next((machine.staging / "usr/lib").glob("libgmp.so.*.*"))
    machine.install(library, "usr/lib/libgmp.so.10")
