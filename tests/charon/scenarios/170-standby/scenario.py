"""A warm standby, measured: see description.txt."""

import time
from pathlib import Path

from lab import charon, standby
from lab.charon import PLUGINS
from lab.pki import Pki
from lab.segws import responder
from lab.wait import expect, until

SLOW = True
ALONE = True
RUNNING = ()
HAS_EAP = Path(f"{charon.STOCK}/plugins/libstrongswan-eap-mschapv2.so").exists()
WITH_EAP = f"{PLUGINS} eap-identity eap-mschapv2" if HAS_EAP else PLUGINS
CPE = {"load": WITH_EAP, "retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
ONE_WAY_S = 0.1
SAVED_PSK_S, SAVED_EAP_S = 0.15, 0.35      # at least: one round trip of 200 ms, five
ATTEMPTS = 3
USER = "subscriber@example.org"


def outage(lab, ping, warm, **extra):
    """SEGW 1 deletes its IKE_SA; how long the traffic felt it."""
    ping.wait_answers(20)
    line, mark = lab.cpe.log.mark(), lab.cpe.events.mark()
    began = time.time()
    lab.gateway(1).delete_ike_sas()
    ping.wait_answers(20, after=began + 0.3)
    took = ping.outage(began)
    lab.cpe.events.wait("segw_failover", 5, mark, connection="vpn")
    until(lambda: lab.cpe.status()["active"] == 1, 5, lambda: f"SEGW 2 to be active: {lab.cpe.status()}")
    begun = [each for each in standby.exchanges(lab, line) if each != "INFORMATIONAL"]
    print(f"{'with' if warm else 'without'} a standby{' and EAP' if extra else ''}: outage {1000 * took:.0f} ms, {' '.join(begun[:8])}")
    if warm:
        expect(begun[0] == "CREATE_CHILD_SA", f"a loss should cost one CREATE_CHILD_SA first, there were {begun}")
        expect(("10.9.0.2", "used", None) in standby.said(lab, mark), f"told {standby.said(lab, mark)}")
    # And home again, with no standby to help it.
    standby.off(lab, 2, **extra)
    home = lab.cpe.events.mark()
    lab.cpe.events.ok("SWITCH vpn primary")
    lab.wait_up(1, mark=home)
    return took


def both(lab, **extra):
    """The same loss without a standby and with one: how much is saved."""
    ping = lab.ping(interval=0.01)
    cold = outage(lab, ping, False, **extra)
    standby.apply(lab, **extra)
    standby.at_rest(lab, 1, 2)
    warm = outage(lab, ping, True, **extra)
    ping.stop()
    return cold - warm


def expect_saved(lab, what, least, **extra):
    """So much is saved, in one of some attempts: other work on the machine makes single figures larger."""
    for _ in range(ATTEMPTS):
        saved = both(lab, **extra)
        print(f"saved {what}: {1000 * saved:.0f} ms")
        if saved >= least:
            return
    expect(False, f"saved {saved:.2f} s {what}, {least} s expected")


def at_rest_and_away(lab):
    """What is told, a switch, and the end of all."""
    standby.apply(lab)
    at = standby.at_rest(lab, 1, 2)
    text = lab.cpe.events.ok("EXPLAIN vpn")["text"]
    expect("10.9.0.2 is the warm standby since" in text, f"EXPLAIN says {text}")
    expect(at["state"] == "UP" and at["uses"] >= 1, f"STATUS says {at}")
    kinds = [r["kind"] for r in lab.cpe.events.ok("HISTORY vpn")["connections"][0]["records"]]
    expect("STANDBY" in kinds, f"HISTORY says {kinds}")
    ping = lab.ping(interval=0.02)
    begin = ping.wait_answers(10)[-1][0]
    line, mark = lab.cpe.log.mark(), lab.cpe.events.mark()
    lab.cpe.events.ok("SWITCH vpn secondary")
    lab.cpe.events.wait("segw_switch", 5, mark, connection="vpn")
    end = time.time() + 0.5
    ping.wait_answers(10, after=end)
    lost = ping.lost(begin, end)
    expect(not lost, f"packets {lost} lost in a switch")
    expect(not lab.cpe.initiations(line) or lab.cpe.initiations(line)[0][-1] == "10.9.0.1", f"dialled {lab.cpe.initiations(line)}")
    ping.stop()
    standby.at_rest(lab, 2, 1)

    lab.cpe.events.ok("TERMINATE vpn")
    until(lambda: lab.picture() == [], 5, lambda: f"all IKE_SAs to end: {lab.picture()}")
    lab.cpe.events.ok("INITIATE vpn")
    standby.at_rest(lab, 1, 2)
    lab.cpe.swanctl("--terminate", "--ike", "vpn")
    until(lambda: lab.picture() == [] and lab.cpe.status()["state"] == "STOPPED", 5, lambda: f"all IKE_SAs to end: {lab.picture()}")
    lab.cpe.events.ok("INITIATE vpn")
    standby.at_rest(lab, 1, 2)
    lab.cpe.events.ok("REMOVE_CONFIG vpn")
    until(lambda: lab.picture() == [], 5, lambda: f"all IKE_SAs to end: {lab.picture()}")
    for number in (1, 2):
        until(lambda: not lab.gateway(number).sas(), 5, lambda: f"SEGW {number} to have none: {lab.gateway(number).sas()}")
    standby.apply(lab)
    standby.at_rest(lab, 1, 2)
    # The standby alone: it stays away, the traffic does not care.
    mark = lab.cpe.events.mark()
    lab.cpe.swanctl("--terminate", "--ike-id", lab.cpe.status()["standby"]["unique_id"])
    lab.expect_only({"vpn": 1})
    until(lambda: lab.cpe.status()["standby"]["state"] == "ENDED", 2, lambda: f"ENDED: {lab.cpe.status()}")
    expect(not lab.moves(mark), f"a move: {lab.moves(mark)}")


def play(lab):
    lab.wan().behave(delay=ONE_WAY_S)
    for number in (1, 2):
        lab.gateway(number).settings = {"load": WITH_EAP}
        lab.gateway(number).come_back()
    lab.cpe.start()
    standby.apply(lab, {"standby": "off"})
    lab.wait_up(1)
    expect_saved(lab, "with a pre-shared key", SAVED_PSK_S)
    at_rest_and_away(lab)
    if not HAS_EAP:
        standby.off(lab, 1)
        return {"vpn": 1}
    lab.cpe.events.ok("REMOVE_CONFIG vpn")
    until(lambda: lab.picture() == [], 5, lambda: f"all IKE_SAs to end: {lab.picture()}")
    pki = Pki(lab.folder / "pki")
    root = pki.party("root", ca=True)
    for number in (1, 2):
        gateway, party = lab.gateway(number), pki.party(f"segw{number}", root, sans=("segw@example.org",))
        Pki.install(party, root, gateway)
        gateway.die()
        responder(gateway, {"auth": "pubkey", "id": "segw@example.org", "certs": party.cert.name}, {"auth": "eap-mschapv2", "eap_id": "%any"},
                  {"eap": {"id": USER, "secret": f'"{lab.secret}"'}}, send_cert="always")
        gateway.heal()
    eap = {"local_auth": {"auth": "eap-mschapv2", "id": "cpe@example.org", "eap_id": USER, "secret": lab.secret},
           "remote_auth": {"auth": "pubkey", "id": "segw@example.org", "ca_cert": str(root.cert)}}
    mark = lab.cpe.events.mark()
    standby.apply(lab, {"standby": "off"}, **eap)
    lab.wait_up(1, mark=mark)
    expect_saved(lab, "with EAP", SAVED_EAP_S, **eap)
    standby.off(lab, 1, **eap)
    return {"vpn": 1}
