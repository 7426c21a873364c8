"""Other options of both children are loaded: see description.txt."""

from lab.blame import Blame
from lab.wait import expect, hold, until

CPE = {"plugins": {"extsock": {"adopt": True}}}
QUIET_S = 3


def load(lab, **options):
    """Both children with these options."""
    children = {f"net{net}": {"local_ts": f"10.2.{net}.0/24", "remote_ts": f"10.1.{net}.0/24", "esp_proposals": "aes128gcm16",
                              "start_action": "start", **options} for net in (0, 1)}
    connection = lab.cpe.stock_connection(1, "vpn", remote_addrs="10.9.0.1,10.9.0.2")
    connection["vpn"]["children"] = children
    lab.cpe.stock_connections = lab.cpe.stock_conf(connection)


def both_up(lab):
    until(lambda: lab.picture() == [("vpn", "1", "ESTABLISHED", ["INSTALLED"] * 2)], 8, lambda: f"both children; there is {lab.picture()}")


def play(lab):
    for gateway in lab.gateways.values():
        gateway.one_connection()
    load(lab)
    lab.cpe.start()
    both_up(lab)
    lab.cpe.events.wait("segw_adopted", 5)
    blame = Blame(lab)
    for life in ("2h", "3h"):
        mark = lab.cpe.events.mark()
        load(lab, life_time=life)
        lab.cpe.load()
        lab.cpe.events.wait("tunnel_up", 8, mark)
        both_up(lab)
        expect(not lab.cpe.events.since(mark, "segw_stopped"), "an operator is said to have stopped it")

    # Not to be up by themselves any more.
    mark = lab.cpe.events.mark()
    load(lab, start_action="none")
    lab.cpe.load()
    until(lambda: not lab.cpe.sas(), 8, "the end of the IKE_SA")
    hold(lambda: not lab.cpe.sas(), QUIET_S, "it was dialled")
    state = lab.cpe.status()["state"]
    expect(state == "IDLE" and not lab.cpe.events.since(mark, "segw_stopped"), f"STATUS says {state}")

    # The operator's word.
    load(lab)
    lab.cpe.load()
    both_up(lab)
    lab.cpe.swanctl("--terminate", "--ike", "vpn")
    lab.cpe.events.wait("segw_stopped", 5, mark)
    hold(lambda: not lab.cpe.sas(), QUIET_S, "it was dialled")
    blame.expect_none()
    return {}
