"""IKEv1: see description.txt."""

import json

import pytest

from lab.charon import PLUGINS
from lab.gateway import IDENTITY, client_identity
from lab.segws import responder
from lab.wait import Skipped, expect, hold, until

RUNNING = ()
pytestmark = pytest.mark.ikev1


def play(lab):
    for gateway in lab.gateways.values():
        gateway.settings = {"i_dont_care_about_security_and_use_aggressive_mode_psk": True}
        responder(gateway, {"auth": "psk", "id": IDENTITY}, {"auth": "psk", "id": client_identity(0)},
                  {"ike": {"id": client_identity(0), "secret": f'"{lab.secret}"'}}, version=1, aggressive=True)
    lab.cpe.start()
    liveness = {"liveness_interval_ms": 500, "liveness_misses": 2}
    connection = lab.cpe.connection(ike_cfg={"version": 1, "aggressive": True}, failover=liveness)
    reply = lab.cpe.events.request("APPLY_CONFIG " + json.dumps(connection))
    if "built without IKEv1" in reply.get("error", ""):
        raise Skipped(reply["error"])
    expect(reply["ok"], f"{reply}")
    lab.wait_up(1)
    expect("generating AGGRESSIVE request" in lab.cpe.log.path.read_text(), "that was no aggressive mode")
    mark = lab.cpe.events.mark()
    lab.gateway(1).die()
    lab.wait_up(2, mark=mark)

    lab.gateway(1).conf["connections"]["cpe0"]["aggressive"] = False
    lab.gateway(1).come_back()
    mark = lab.cpe.events.mark()
    connection["ike_cfg"]["aggressive"] = False
    lab.cpe.events.ok("REMOVE_CONFIG vpn")
    lab.cpe.apply(connection)
    lab.wait_up(1, mark=mark)
    expect("generating ID_PROT request" in lab.cpe.log.path.read_text(), "that was no main mode")

    # Rekeying is another IKE_SA that takes the CHILD_SA over.
    mark = lab.cpe.events.mark()
    lab.cpe.swanctl("--rekey", "--ike", "vpn")
    new = str(lab.cpe.events.wait("ike_rekey", 5, mark)["unique_id"])
    until(lambda: (new, "ESTABLISHED") in [(sa["uniqueid"], sa["state"]) for _, sa in lab.cpe.sas()], 5, "the new IKE_SA")
    hold(lambda: lab.cpe.status()["state"] == "ACTIVE" and not lab.moves(mark), 1, "rekeying was taken for a loss")
    lab.expect_carried(1)

    # The SEGW's operator ends it: that is a loss as well.
    mark = lab.cpe.events.mark()
    lab.gateway(2).conf["connections"]["cpe0"]["aggressive"] = False
    lab.gateway(2).ready()
    lab.gateway(1).delete_ike_sas()
    lab.wait_up(2, mark=mark)

    # Ours does as well: that is not, and later it begins with the first again.
    mark = lab.cpe.events.mark()
    lab.cpe.swanctl("--terminate", "--ike", "vpn")
    lab.cpe.events.wait("segw_stopped", 5, mark)
    hold(lambda: not lab.cpe.sas(), 1, "it was dialled again")
    lab.cpe.events.ok("INITIATE vpn")
    lab.wait_up(1, mark=mark)

    # Who begins with the virtual IP: this side asks for it, or waits until it is pushed.
    for pull in (True, False):
        for gateway in lab.gateways.values():
            gateway.conf["connections"]["cpe0"] |= {"pools": "inner", "pull": pull}
            gateway.conf["pools"] = {"inner": {"addrs": "10.3.0.0/24"}}
            gateway.load()
        mark, line = lab.cpe.events.mark(), lab.cpe.log.mark()
        lab.cpe.apply({**connection, "vips": ["0.0.0.0"], "pull": pull})
        lab.wait_up(1, mark=mark)
        (_, ike_sa), = lab.cpe.sas()
        expect(ike_sa.get("local-vips") == ["10.3.0.1"], f"pull = {pull}: {ike_sa.get('local-vips')}")
        generated = "generating TRANSACTION request" if pull else "parsed TRANSACTION request"
        unwanted = "parsed TRANSACTION request" if pull else "generating TRANSACTION request"
        expect(lab.cpe.log.find(generated, line) and not lab.cpe.log.find(unwanted, line), f"pull = {pull}: the other side began")
    return {"vpn": 1}
