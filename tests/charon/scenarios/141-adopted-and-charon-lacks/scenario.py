"""What charon lacks, adopted: see description.txt."""

from lab.charon import PLUGINS
from lab.gateway import numbered
from lab.wait import expect, until

LOAD = " ".join(word for word in PLUGINS.split() if word != "openssl")
CPE = {"plugins": {"extsock": {"adopt": True, "failover": {"backoff_initial_ms": 500, "backoff_limit_ms": 4000, "jitter_pct": 0}}}}
MODP = "aes256-sha256-modp2048"
# What is not loaded, proposals, what becomes of it, what is lacking.
UNUSABLE = (
    ("gmp", MODP, "MODP_2048, load gmp"),                            # charon's own group: nothing is sent
    ("kdf", MODP, "the KDF for PRF_HMAC_SHA2_256, load kdf"),        # the SEGW has answered
    ("", "chacha20poly1305-prfsha256-modp2048", "CHACHA20_POLY1305, load chapoly"),
)


def only(lab, proposals, **extra):
    """swanctl.conf has one connection, to both SEGWs."""
    lab.cpe.stock_connections = lab.cpe.stock_conf(lab.cpe.stock_connection(
        1, "vpn", remote_addrs="10.9.0.1,10.9.0.2", proposals=proposals, children={"net-1": {"start_action": "start"}}, **extra))


def told(lab, what, line):
    event = lab.cpe.events.wait_event(lambda e: e["event"] == "segw_not_guarded" and e["connection"] == "vpn", 5, 0, "what is lacking")
    expect(event["reason"].startswith(what), f"told: {event}")
    expect(lab.cpe.events.ok("STATUS")["not_guarded"] == [{"connection": "vpn", "reason": event["reason"]}], "STATUS does not say so")
    said = lab.cpe.log.find("^connection 'vpn' (.*charon lacks.*)", line)
    expect([match[1] for _, match in said] == [event["reason"]], f"the log says {said}")


def unusable(lab):
    for without, proposals, what in UNUSABLE:
        lab.cpe.settings["load"] = " ".join(word for word in LOAD.split() if word != without)
        for gateway in lab.gateways.values():
            gateway.reconfigure(lambda conf, p=proposals: conf["connections"]["cpe0"].update(proposals=p))
        only(lab, proposals)
        line = lab.cpe.log.mark()
        lab.cpe.start()
        lab.cpe.events.wait("segw_adopted", 5)
        told(lab, f"can not come up: charon lacks {what}", line)
        delays = [lab.cpe.events.wait_event(lambda e, n=number: e["event"] == "segw_backoff" and e["delay_ms"] == n, 15, 0,
                                            f"a pause of {number} ms") for number in (500, 1000, 2000)]
        expect({each["cause"] for each in delays} == {"LACKING"}, f"paused for {delays}")
        status = lab.cpe.status()
        expect(all(segw["failures"] == 0 and segw["barred_until_ms"] is None for segw in status["segws"]), f"counted: {status['segws']}")
        causes = {e["cause"] for e in lab.cpe.events.since(0, "segw_failover")}
        expect(causes == {"LACKING"}, f"left for {causes}")
        print(f"without '{without}': {[each['delay_ms'] for each in delays]} ms, {what}")
        lab.cpe.stop()


def in_part(lab):
    lab.cpe.settings["load"] = LOAD
    for gateway in lab.gateways.values():
        gateway.reconfigure(lambda conf: conf["connections"]["cpe0"].update(proposals=f"aes256-sha256-ecp256,{MODP}"))
    only(lab, f"aes256-sha256-ecp256,{MODP}")
    line = lab.cpe.log.mark()
    lab.cpe.start()
    number = int(numbered(lab.cpe.events.wait("tunnel_up", 15, ike_sa_name="vpn")["dst"]))
    lab.wait_up(number)
    told(lab, "is used in part: charon lacks ECP_256, load openssl", line)
    active = lab.cpe.status()
    expect(not any(segw["failures"] for segw in active["segws"]), f"blamed: {active['segws']}")
    # It is over as soon as the configuration is another one.
    expect(active["active"] == number - 1, f"SEGW {number} carries, STATUS says {active}")
    only(lab, MODP)
    lab.cpe.load()
    until(lambda: not lab.cpe.events.ok("STATUS")["not_guarded"], 5, "STATUS to forget what it said")
    return number


def play(lab):
    unusable(lab)
    return {"vpn": in_part(lab)}
