"""Every key that charon shows: see description.txt."""

from lab.charon import PLUGINS
from lab.wait import expect, until

CPE = {"load": f"{PLUGINS} updown"}


def shown(lab):
    """The CHILD_SAs of the one IKE_SA, by name; the newest of each."""
    (_, ike_sa), = lab.cpe.sas()
    return {child["name"]: child for _, child in sorted(ike_sa.get("child-sas", {}).items(), key=lambda each: int(each[1]["uniqueid"]))}


def play(lab):
    said = lab.cpe.folder / "updown"
    script = lab.cpe.folder / "script"
    script.write_text(f'#!/bin/sh\necho "$PLUTO_VERB${{PLUTO_HOST_ACCESS:+-host}} $PLUTO_CONNECTION $PLUTO_MARK_OUT $PLUTO_IF_ID_OUT" >>{said}\n')
    script.chmod(0o755)
    other = {"name": "other", "local_ts": ["10.2.1.0/24[udp/4500]"], "remote_ts": ["10.1.0.0/24[udp]"], "start_action": "start",
             "esp_proposals": "aes128gcm16, default", "reqid": 77, "mark_in": "42/0xff", "mark_out": 43, "if_id_in": "7", "if_id_out": 8,
             "updown": str(script), "copy_dscp": "yes", "hw_offload": "auto", "replay_window": 128, "priority": 9, "ipcomp": True,
             "interface": "eth0", "set_mark_out": "%same/0xff", "mark_in_sa": True, "copy_df": False, "copy_ecn": False, "policies_fwd_out": True,
             "hostaccess": True, "tfc_padding": 100, "lifetime": {"rekey_time": "10m", "life_time": 700, "rand_time": 0}}
    net = lab.cpe.child(lifetime={"rekey_bytes": 20000, "life_bytes": 2000000, "rand_bytes": 0})
    lab.gateway(1).conf = conf = lab.gateway(1).swanctl_conf()
    child = {"local_ts": "10.1.0.0/24[udp]", "remote_ts": "10.2.1.0/24[udp/4500]", "esp_proposals": "aes128gcm16"}
    conf["connections"]["cpe0"]["children"]["other"] = child
    lab.gateway(1).ready()
    connection = lab.cpe.connection(ike_cfg={"dscp": "101110", "encap": True, "childless": "never", "fragmentation": "accept",
                                             "send_cert": "never", "send_certreq": False, "lifetime": {"reauth_time": 5000, "rekey_time": 0}},
                                    children=[net, other], unique="never", local_auth={"secret": "0x" + lab.secret.encode().hex()}, if_id_in=5, if_id_out="6", dpd={"delay": "11s", "timeout": 12})
    lab.cpe.start()
    lab.cpe.apply(connection)
    until(lambda: [row[2:] for row in lab.picture()] == [("ESTABLISHED", ["INSTALLED"] * 2)], 5, lambda: f"both CHILD_SAs: {lab.picture()}")
    first, second = (shown(lab)[name] for name in ("net", "other"))

    def has(what, **fields):
        found = {key: what.get(key.replace("_", "-"), what.get(key)) for key in fields}
        expect(found == fields, f"there should be {fields}, there is {found} of {what}")
    has(first, if_id_in="00000005", if_id_out="00000006", mode="TUNNEL")
    has(second, if_id_in="00000007", if_id_out="00000008", reqid="77", mark_in="0000002a", mark_mask_in="000000ff", mark_out="0000002b",
        local_ts=["10.2.1.0/24[udp/ipsec-nat-t]"], remote_ts=["10.1.0.0/24[udp]"])
    expect(540 < int(second["rekey-time"]) <= 600 < int(second["life-time"]) <= 700, f"lifetimes of {second}")
    listed = lab.cpe.connections()["vpn"]
    has(listed["children"]["other"], interface="eth0", priority="9", rekey_time="600")
    has(listed["children"]["net"], rekey_bytes="20000", dpd_action="none", close_action="none")
    has(listed, unique="UNIQUE_NEVER", reauth_time="5000", rekey_time="0", dpd_delay="11")
    until(lambda: said.exists() and said.read_text().splitlines() == ["up-client-host other 43/0xffffffff 8"], 5,
          lambda: f"the script to run once: {said.read_text() if said.exists() else 'it did not'}")

    mark = lab.cpe.events.mark()
    ping = lab.ping(interval=0.01)
    lab.cpe.events.wait("child_rekey", 10, mark)
    ping.stop()
    connection["children"] = [lab.cpe.child(inactivity=1)]
    mark = lab.cpe.events.mark()
    lab.cpe.apply(connection)
    lab.cpe.events.wait("tunnel_up", 10, mark)          # for a second
    mark = lab.cpe.events.mark()
    lab.cpe.events.wait("tunnel_down", 6, mark)
    lab.cpe.events.ok("REMOVE_CONFIG vpn")
    until(lambda: not lab.cpe.sas(), 5, "the end of the IKE_SA")
    return {}
