"""One tunnel of the CPE, in words that swanctl.conf and a client's JSON share, and written as either."""

from dataclasses import dataclass, field

from .cpe import MODP2048
from .gateway import ESP_PROPOSALS, IDENTITY, address, client_identity
from .pki import Party

NAME = "vpn"
DAY_S = 86400


@dataclass
class Child:
    """A CHILD_SA between the inner networks of one number; everything that people write to have it stay up."""

    net: int = 0
    start: bool = True
    esp_proposals: str = ESP_PROPOSALS
    rekey_s: int = 0
    life_s: int = DAY_S
    inactivity_s: int = 0

    @property
    def name(self):
        return f"net{self.net}"

    def swanctl(self):
        action = "start" if self.start else "none"
        return {"local_ts": f"10.2.{self.net}.0/24", "remote_ts": f"10.1.{self.net}.0/24", "esp_proposals": self.esp_proposals,
                "start_action": action, "close_action": action, "dpd_action": "restart" if self.start else "clear",
                "rekey_time": f"{self.rekey_s}s", "life_time": f"{self.life_s}s", "rand_time": "0s",
                "inactivity": f"{self.inactivity_s}s"}

    def json(self):
        action = "start" if self.start else "none"
        return {"name": self.name, "local_ts": [f"10.2.{self.net}.0/24"], "remote_ts": [f"10.1.{self.net}.0/24"],
                "esp_proposals": [self.esp_proposals], "start_action": action, "close_action": action,
                "dpd_action": "restart" if self.start else "clear", "inactivity": self.inactivity_s,
                "lifetime": {"rekey_time": self.rekey_s, "life_time": self.life_s, "rand_time": 0}}


@dataclass
class Tunnel:
    """`segws` are numbers, addresses or names; `mine` and `root` a certificate and who issued it, where it is not a pre-shared key."""

    secret: str
    segws: tuple = (1, 2)
    children: list = field(default_factory=lambda: [Child()])
    version: int = 2
    dpd_s: int = 2
    local_addrs: str = "%any"
    reauth_s: int = 0
    over_s: int = 0
    vips: str = None
    mine: Party = None
    root: Party = None

    @property
    def addresses(self):
        return [segw if isinstance(segw, str) else address(segw) for segw in self.segws]

    def swanctl(self):
        local, remote = {"auth": "psk", "id": client_identity(0)}, {"auth": "psk", "id": IDENTITY}
        secrets = {"ike-segw": {"id": IDENTITY, "secret": f'"{self.secret}"'}}
        if self.mine:
            local, remote["auth"] = {"auth": "pubkey", "certs": self.mine.cert.name}, "pubkey"
            secrets = {}
        return {"connections": {NAME: {
            "version": self.version, "local_addrs": self.local_addrs, "vips": self.vips, "remote_addrs": ",".join(self.addresses),
            "proposals": MODP2048, "dpd_delay": f"{self.dpd_s}s", "keyingtries": 0, "rekey_time": "0s", "over_time": f"{self.over_s}s",
            "reauth_time": f"{self.reauth_s}s", "local": local, "remote": remote,
            "children": {child.name: child.swanctl() for child in self.children}}}, "secrets": secrets}

    def json(self, failover):
        local = {"auth": "psk", "id": client_identity(0), "secret": self.secret}
        remote = {"auth": "psk", "id": IDENTITY}
        if self.mine:
            local = {"auth": "pubkey", "cert": str(self.mine.cert), "private_key": str(self.mine.key)}
            remote = {"auth": "pubkey", "id": IDENTITY, "ca_cert": [self.root.pem()]}
        return {"name": NAME, "ike_cfg": {
                    "version": self.version, "local_addrs": self.local_addrs.split(","), "remote_addrs": self.addresses,
                    "proposals": [MODP2048], "lifetime": {"rekey_time": 0, "reauth_time": self.reauth_s, "over_time": self.over_s}},
                "dpd": {"delay": self.dpd_s}, "local_auth": local, "remote_auth": remote,
                "children": [child.json() for child in self.children], "failover": failover,
                **({"vips": [self.vips]} if self.vips else {})}
