"""SEGWs that are no PSK responders: what swanctl loads into them."""

from .gateway import ESP_PROPOSALS, IKE_PROPOSALS
from .pki import Pki


def responder(gateway, local, remote, secrets=None, **extra):
    """Have a SEGW accept one connection, authenticated as said, and start it unless it runs."""
    gateway.conf = {"connections": {"cpe0": {
        "version": 2, "local_addrs": ",".join(gateway.addresses), "proposals": IKE_PROPOSALS, "rekey_time": 0,
        "local": local, "remote": remote,
        "children": {"net0": {"local_ts": "10.1.0.0/24", "remote_ts": "10.2.0.0/24", "esp_proposals": ESP_PROPOSALS,
                              "rekey_time": 0}},
        **extra}}, "secrets": secrets or {}}
    if gateway.alive:
        gateway.load()
    else:
        gateway.come_back()


def certified(gateway, party, root, identity="segw@example.org", remote="%any"):
    """A SEGW with a certificate that asks for one."""
    Pki.install(party, root, gateway)
    responder(gateway, {"auth": "pubkey", "id": f'"{identity}"', "certs": party.cert.name},
              {"auth": "pubkey", "id": f'"{remote}"'})
