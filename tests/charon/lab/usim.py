"""A subscriber's card and the operator's register of subscribers for EAP-AKA, both in software: strongSwan's eap-aka-3gpp2."""

import re
from pathlib import Path

from . import charon
from .command import run
from .plugin import build, sources
from .wait import Skipped

NAME = "eap-aka-3gpp2"
NEEDS = "fips-prf eap-identity eap-aka"


def usim(*charons):
    """Have charons that do not run yet hold keys of subscribers, `secret` of `eap`, as cards or as a register."""
    if not Path(f"{charon.STOCK}/plugins/libstrongswan-eap-aka.so").exists():
        raise Skipped("Debian's package with eap-aka is not here: libcharon-extra-plugins")
    gmp = re.search(r"libgmp\.so\S*.*=> (\S+)", run("/sbin/ldconfig", "-p"))
    if not gmp or not any(Path("/usr/include").glob("**/gmp.h")):
        raise Skipped("the headers of libgmp are not here: libgmp-dev")
    simaka = Path(charon.STOCK) / "libsimaka.so.0"
    for each in charons:
        build(each, NAME, *sources().glob("src/libcharon/plugins/eap_aka_3gpp2/*.c"), simaka, gmp[1])
