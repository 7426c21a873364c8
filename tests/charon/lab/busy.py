"""A SEGW that sends everybody away for a while: see busy.c."""

from .plugin import LAB, build


class Busy:
    """Before that gateway starts: builds the plugin and has its charon load it, busy for the time of an octet of GPRS timer 3."""

    def __init__(self, gateway, timer):
        build(gateway, "busy", LAB / "busy.c")
        self._gateway = gateway
        gateway.settings["load"] = f"{gateway.strongswan_conf()['charon']['load']} busy"
        gateway.settings.setdefault("plugins", {})["busy"] = {"timer": timer}

    def relax(self):
        """From now on it serves everybody again."""
        self._gateway.settings["plugins"]["busy"]["timer"] = 0
        self._gateway.reload_settings()
