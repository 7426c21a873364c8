"""An adopted connection with a warm standby: see description.txt."""

from lab import standby
from lab.wait import expect, hold, until

GATEWAYS = 3
SLOW = True
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None,     # charon's defaults
       "plugins": {"extsock": {"adopt": True, "failover": {"stable_ms": 0, "backoff_initial_ms": 500, "backoff_limit_ms": 1000},
                               "connections": {"vpn": {"standby": "ike"}}}}}
CHILD = {"start_action": "start", "dpd_action": "restart", "close_action": "start"}
SECOND = {"local_ts": "10.2.1.0/24", "remote_ts": "10.1.1.0/24", "esp_proposals": "aes128gcm16"}
QUIET_S = 2


def conf(lab, segws):
    both = {"net-1": CHILD, "more": SECOND}
    return lab.cpe.stock_conf(lab.cpe.stock_connection(1, name="vpn", remote_addrs=",".join(f"10.9.0.{n}" for n in segws), keyingtries=0,
                                                       dpd_delay="30s", children=both))


def clean(lab, *numbers):
    for number in numbers:
        until(lambda n=number: not lab.gateway(n).sas(), 5, lambda n=number: f"SEGW {n} to have no IKE_SA: {lab.gateway(n).sas()}")


def both(lab, seconds):
    """Both are up: an end between IKE_SA_INIT and IKE_AUTH would leave the SEGW's half behind, as nothing tells it."""
    until(lambda: [row[1:] for row in lab.picture()] == [("2", "ESTABLISHED", ["INSTALLED"]), ("3", "ESTABLISHED", [])], seconds,
          lambda: f"both to be up: {lab.picture()}, {lab.cpe.status()}")


def play(lab):
    for gateway in lab.gateways.values():
        gateway.one_connection()
    lab.cpe.stock_connections = conf(lab, (1, 2))
    lab.cpe.start()
    standby.at_rest(lab, 1, 2)
    line, mark = lab.cpe.log.mark(), lab.cpe.events.mark()
    lab.gateway(1).delete_ike_sas()
    standby.at_rest(lab, 2, 1)
    begun = [each for each in standby.exchanges(lab, line) if each != "INFORMATIONAL"]
    expect(begun[0] == "CREATE_CHILD_SA", f"a loss should cost one CREATE_CHILD_SA first, there were {begun}")
    expect(lab.moves(mark) == [("segw_failover", "10.9.0.1", "10.9.0.2")], f"moves {lab.moves(mark)}")

    # By hand, several times: charon looks for an IKE_SA in an order of its own.
    for _ in range(4):
        lab.cpe.swanctl("--initiate", "--child", "more")
        there = {numbered: children for _, numbered, _, children in lab.picture()}
        expect(there == {"2": ["INSTALLED", "INSTALLED"], "1": []}, f"the child by hand went elsewhere: {lab.picture()}")
        lab.cpe.swanctl("--terminate", "--child", "more")
        standby.at_rest(lab, 2, 1)

    # Another list: the standby goes to what is next there, and the tunnel stays.
    lab.cpe.stock_connections = conf(lab, (2, 3))
    lab.cpe.load()
    both(lab, 15)
    clean(lab, 1)

    # No route: both stay, nothing is asked.
    mark = lab.cpe.events.mark()
    lab.cpe.link.unroute()
    lab.cpe.events.wait("segw_hold", 10, mark)
    hold(lambda: len(lab.picture()) == 2, QUIET_S, lambda: f"both to stay: {lab.picture()}")
    lab.cpe.link.route()
    lab.cpe.events.wait("segw_resumed", 10, mark)
    both(lab, 15)
    expect(not lab.moves(mark), f"moves {lab.moves(mark)}")

    lab.cpe.settings["plugins"]["extsock"]["connections"]["vpn"]["standby"] = "off"
    lab.cpe.reload_settings()
    lab.expect_only({"vpn": 2})
    clean(lab, 3)
    lab.cpe.settings["plugins"]["extsock"]["connections"]["vpn"]["standby"] = "ike"
    lab.cpe.reload_settings()
    both(lab, 5)
    lab.cpe.settings["plugins"]["extsock"]["adopt"] = False
    lab.cpe.reload_settings()
    lab.cpe.events.wait("segw_released", 5, mark)
    lab.expect_only({"vpn": 2})
    clean(lab, 3)
    lab.cpe.settings["plugins"]["extsock"]["adopt"] = True
    lab.cpe.reload_settings()
    both(lab, 15)
    # What charon says at its end is its own: an IKE_SA with an exchange under way goes without a DELETE.
    line = lab.cpe.log.mark()
    lab.cpe.stop()
    expect(not lab.cpe.initiations(line), f"dialled during shutdown: {lab.cpe.initiations(line)}")
    return {}
