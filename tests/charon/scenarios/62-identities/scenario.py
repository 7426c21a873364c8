"""SEGWs with different identities: see description.txt."""

import base64

from lab.charon import PLUGINS
from lab.gateway import client_identity
from lab.segws import responder
from lab.wait import expect, until

RUNNING = ()
CPE = {"load": PLUGINS}
IDENTITIES = ["segw1@example.org", "segw2@example.org"]


def remote_id(lab):
    return [sa["remote-id"] for _, sa in lab.cpe.sas()]


def play(lab):
    for number, identity in enumerate(IDENTITIES, 1):
        responder(lab.gateway(number), {"auth": "psk", "id": identity}, {"auth": "psk", "id": client_identity(0)},
                  {"ike": {"id": client_identity(0), "secret": f'"{lab.secret}"'}})
    lab.cpe.start()
    swapped = lab.cpe.connection(remote_auth={"id": IDENTITIES[::-1]})
    mark = lab.cpe.events.mark()
    lab.cpe.apply(swapped)
    lab.cpe.events.wait("segw_backoff", 5, mark)
    expect(not lab.cpe.events.since(mark, "tunnel_up"), "a SEGW came up with another's identity")

    secret = "0s" + base64.b64encode(lab.secret.encode()).decode()
    extra = lab.cpe.child(name="extra", local_ts=["10.2.0.0/25"], remote_ts=["10.1.0.0/25"], start_action="none")
    connection = lab.cpe.connection(remote_auth={"id": IDENTITIES}, local_auth={"secret": secret}, children=[lab.cpe.child(), extra])
    mark = lab.cpe.events.mark()
    lab.cpe.apply(connection)
    lab.wait_up(1, mark=mark)
    expect(remote_id(lab) == IDENTITIES[:1], f"SEGW 1 is {remote_id(lab)}")
    expect(list(lab.cpe.connections()) == ["vpn"], f"charon lists {list(lab.cpe.connections())}")

    mark = lab.cpe.events.mark()
    lab.gateway(1).die()
    lab.wait_up(2, mark=mark)
    expect(remote_id(lab) == IDENTITIES[1:], f"SEGW 2 is {remote_id(lab)}")

    # The same again changes nothing; an operator's initiate finds the IKE_SA; rekeying and reauthenticating stay there.
    before = [sa["uniqueid"] for _, sa in lab.cpe.sas()]
    lab.cpe.apply(connection)
    lab.cpe.swanctl("--initiate", "--child", "net", "--timeout", "5", check=False)
    expect([sa["uniqueid"] for _, sa in lab.cpe.sas()] == before, f"there is {lab.picture()} instead of {before}")
    for how in (), ("--reauth",):
        mark = lab.cpe.events.mark()
        before = [sa["uniqueid"] for _, sa in lab.cpe.sas()]
        lab.cpe.swanctl("--rekey", "--ike", "vpn", *how)
        until(lambda: [sa["uniqueid"] for _, sa in lab.cpe.sas()] not in ([], before) and len(lab.cpe.sas()) == 1, 5,
              lambda: f"another IKE_SA than {before}; there is {lab.picture()}")
        lab.expect_only({"vpn": 2})
        expect(remote_id(lab) == IDENTITIES[1:], f"after {how or 'rekeying'} the SEGW is {remote_id(lab)}")
        expect(not lab.moves(mark), f"{how or 'rekeying'} moved: {lab.moves(mark)}")
    lab.gateway(1).come_back()
    mark = lab.cpe.events.mark()
    lab.cpe.events.ok("SWITCH vpn primary")
    lab.wait_up(1, mark=mark)
    expect(remote_id(lab) == IDENTITIES[:1], f"back at SEGW 1, it is {remote_id(lab)}")

    # A loss with a CHILD_SA pending: charon dials anew by itself, and the plugin turns that to the other SEGW.
    lab.gateway(1).die()
    lab.cpe.swanctl("--initiate", "--child", "extra", "--timeout", "1", check=False)
    until(lambda: [(n, state) for _, n, state, children in lab.picture() if children] == [("2", "ESTABLISHED")], 10,
          lambda: f"one IKE_SA, on SEGW 2; there is {lab.picture()}")
    expect(remote_id(lab) == IDENTITIES[1:], f"moved on, the SEGW is {remote_id(lab)}")
    expect("constraint check failed" not in lab.cpe.log.path.read_text().split("SWITCH")[-1][-20000:], "it was dialled as another")
    if any(child["name"] == "extra" for _, sa in lab.cpe.sas() for child in sa["child-sas"].values()):
        lab.cpe.swanctl("--terminate", "--child", "extra")
    return {"vpn": 2}
