"""Where the machine lies, and the way to the tools of cross/."""
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT / "cross"))

OUT = ROOT / "target" / "machine"
TRIPLE = "aarch64-unknown-linux-musl"
