"""libsegw.a for a target, the header and the pkg-config file beside it."""
import os
import shutil
import tomllib
from collections.abc import Mapping
from pathlib import Path

from table import OUT, ROOT, Target
from tools import environment, run

# immediate-abort: a panic is one trapping instruction, and no message. The two -Z leave out what only messages need.
RUSTFLAGS = "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none -Zfmt-debug=none -Cforce-unwind-tables=no"


def settings(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The sizes that somebody chose, variables that build.rs reads."""
    ours = ("SEGW_SETTINGS", "SEGW_HEADER", "SEGW_BLESS", "SEGW_INCLUDE")
    return {name: value for name, value in environ.items() if name.startswith("SEGW_") and name not in ours}


def told(chosen: dict[str, str]) -> dict[str, str]:
    """The same for a build: with their list, because cargo does not see a variable appear that it was not told of."""
    return chosen | {"SEGW_SETTINGS": " ".join(f"{name}={value}" for name, value in sorted(chosen.items()))}


def header(place: Path, chosen: dict[str, str]) -> None:
    """The header of these sizes; the committed one has the default's, another one is made by cbindgen."""
    if not chosen:
        shutil.copyfile(ROOT / "include" / "segw.h", place)
        return
    environ = {name: text for name, text in os.environ.items() if not name.startswith("CARGO_TARGET")}
    environ |= told(chosen) | {"SEGW_HEADER": str(place), "CARGO_TARGET_DIR": str(OUT / "header")}
    run(["cargo", "test", "--quiet", "--locked", "--test", "header"], cwd=ROOT, env=environ)


def compile_for(target: Target, json: bool, chosen: dict[str, str] | None = None, place: Path | None = None) -> None:
    """One archive, in its place; of these sizes, or those that the environment chooses."""
    place = place or (target.archive if json else target.engine)
    environ = environment() | told(settings() if chosen is None else chosen)
    # The library's own source of core is built too; for that a compiler of the stable channel has to be asked.
    environ["RUSTC_BOOTSTRAP"] = "1"
    environ["CARGO_TARGET_DIR"] = str(OUT / "obj")
    environ["RUSTFLAGS"] = f"{RUSTFLAGS} {target.rustflags}".strip()
    features = ["--features", "staticlib"] if json else ["--no-default-features", "--features", "staticlib"]
    command = ["cargo", "rustc", "--quiet", "--locked", "--profile", "cross", "--lib", "--crate-type", "staticlib"]
    # The second: core's own smaller algorithms.
    core = ["-Zbuild-std=core", "-Zbuild-std-features=optimize_for_size", "--target", target.triple]
    run([*command, *features, *core, "--", *target.codegen.split()], cwd=ROOT, env=environ)
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(OUT / "obj" / target.triple / "cross" / "libsegw.a", place)


def build(target: Target) -> None:
    """What a C program of the target needs."""
    compile_for(target, json=True)
    include = target.folder / "include"
    include.mkdir(exist_ok=True)
    header(include / "segw.h", settings())
    package = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]
    words = {"PREFIX": "${pcfiledir}/../..", "LIBDIR": "${prefix}/lib", "INCLUDEDIR": "${prefix}/include"}
    words |= {name.upper(): package[name] for name in ("name", "description", "version")}
    text = (ROOT / "include" / "segw.pc.in").read_text()
    for name, word in words.items():
        text = text.replace(f"@{name}@", word)
    pkgconfig = target.archive.parent / "pkgconfig"
    pkgconfig.mkdir(exist_ok=True)
    (pkgconfig / "segw.pc").write_text(text)
