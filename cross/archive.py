"""libsegw.a for a target, the header and the pkg-config file beside it."""
import shutil
import tomllib

from table import OUT, ROOT, Target
from tools import environment, run

# immediate-abort: a panic is one trapping instruction, and no message. The two -Z leave out what only messages need.
RUSTFLAGS = "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none -Zfmt-debug=none -Cforce-unwind-tables=no"
PC = """\
prefix=${{pcfiledir}}/../..
libdir=${{prefix}}/lib
includedir=${{prefix}}/include

Name: {name}
Description: {description}
Version: {version}
Libs: -L${{libdir}} -l{name}
Cflags: -I${{includedir}}
"""


def compile_for(target: Target, json: bool) -> None:
    """One archive, in its place."""
    place = target.archive if json else target.engine
    environ = environment()
    # The library's own source of core is built too; for that a compiler of the stable channel has to be asked.
    environ["RUSTC_BOOTSTRAP"] = "1"
    environ["CARGO_TARGET_DIR"] = str(OUT / "obj")
    environ["RUSTFLAGS"] = f"{RUSTFLAGS} {target.rustflags}".strip()
    features = ["--features", "staticlib"] if json else ["--no-default-features", "--features", "staticlib"]
    command = ["cargo", "rustc", "--quiet", "--locked", "--profile", "cross", "--lib", "--crate-type", "staticlib"]
    # The second: core's own smaller algorithms.
    core = ["-Zbuild-std=core", "-Zbuild-std-features=optimize_for_size", "--target", target.triple]
    run([*command, *features, *core], cwd=ROOT, env=environ)
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(OUT / "obj" / target.triple / "cross" / "libsegw.a", place)


def build(target: Target) -> None:
    """What a C program of the target needs."""
    compile_for(target, json=True)
    include = target.folder / "include"
    include.mkdir(exist_ok=True)
    shutil.copyfile(ROOT / "include" / "segw.h", include / "segw.h")
    package = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]
    pkgconfig = target.archive.parent / "pkgconfig"
    pkgconfig.mkdir(exist_ok=True)
    (pkgconfig / "segw.pc").write_text(PC.format(**package))
