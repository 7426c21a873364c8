"""Each device has an order of its own: see description.txt."""

from pathlib import Path

from lab.settings import merged
from lab.wait import expect, until

SLOW = True
GATEWAYS = 3
FAILOVER = {"order": "hash", "failback": "hold_down", "hold_down_ms": 1000, "hold_down_limit_ms": 1000, "stable_ms": 0,
            "suspect_ms": 300, "probe_ms": 100, "liveness_interval_ms": 1000}
ORDERS = {"cpe-2": (1, 2, 3), "cpe-5": (1, 3, 2), "cpe-4": (3, 1, 2)}
# Where there is no machine id: of these network devices eth0 says who it is. What is instead of an address is one of ORDERS.
NETWORK = {"gre1": {"type": "778", "addr_assign_type": "0", "address": "cpe-2"}, "br0": {"type": "1", "addr_assign_type": "1", "address": "cpe-2"},
           "eth0": {"type": "1", "addr_assign_type": "0", "address": "cpe-4"}, "eth1": {"type": "1", "addr_assign_type": "0", "address": "cpe-5"}}


def start(lab, device):
    """Charon as that device; the SEGW it dials first."""
    lab.cpe.settings = merged(lab.cpe.settings, {"plugins": {"extsock": {"device_id": device}}})
    lab.cpe.start()
    line, mark = lab.cpe.log.mark(), lab.cpe.events.mark()
    lab.cpe.apply(lab.cpe.connection((1, 2, 3), dpd={"delay": 0}, failover=FAILOVER))
    first = until(lambda: lab.cpe.initiations(line), 5, "a dial")[0][3]
    number = int(first[-1])
    lab.wait_up(number, mark=mark)
    return number


def without_identity(lab):
    """The CPE's charon has no machine id, and sees NETWORK."""
    if Path("/etc/machine-id").exists():
        lab.cpe.etc = {"machine-id": "uninitialized\n"}
    for device, properties in NETWORK.items():
        folder = lab.folder / "net" / device
        folder.mkdir(parents=True)
        for name, text in properties.items():
            (folder / name).write_text(f"{text}\n")
    lab.cpe.wrapper = ["sh", "-c", f'mount --bind {lab.folder / "net"} /sys/class/net && exec "$@"', "sh"]


def play(lab):
    for device, (home, heir, _) in ORDERS.items():
        for life in (1, 2):
            first = start(lab, device)
            expect(first == home, f"{device}, life {life}: SEGW {first} was dialled first, not {home}")
            if life == 1:
                lab.cpe.stop()
        reason = lab.cpe.status()["next"]
        expect((reason["reason"], reason["choice"]) == ("PREFERRED", "HASH"), f"next: {reason}")
        text = lab.cpe.events.ok("EXPLAIN vpn")["text"]
        expect(f"If it is lost 10.9.0.{heir} is next, chosen by this device's hash." in text, text)

        mark = lab.cpe.events.mark()
        lab.gateway(home).die()
        lab.wait_up(heir, mark=mark)
        record = lab.cpe.events.ok("HISTORY vpn")["connections"][0]["records"]
        expect([it["choice"] for it in record if it["kind"] == "FAILOVER"] == ["HASH"], f"HISTORY: {record}")
        print(f"{device}: from SEGW {home} to SEGW {heir}")
        mark = lab.cpe.events.mark()
        lab.gateway(home).come_back()
        back = lab.cpe.events.wait("segw_failback", 15, mark, connection="vpn")
        expect(back["to"] == f"10.9.0.{home}", f"odd event {back}")
        lab.wait_up(home, mark=mark)
        lab.cpe.stop()
    without_identity(lab)
    first = start(lab, "")
    expect(first == ORDERS["cpe-4"][0], f"by its network devices: SEGW {first} was dialled first")
    return {"vpn": first}
