"""Two connections: see description.txt."""

from lab.wait import expect


def unique_id(lab, name):
    return [sa["uniqueid"] for each, sa in lab.cpe.sas() if each == name]


def play(lab):
    lab.up(lab.cpe.connection((1, 2), net=0), lab.cpe.connection((2, 1), net=1))
    lab.wait_up(2, "vpn1")
    lab.expect_only({"vpn": 1, "vpn1": 2})
    before = unique_id(lab, "vpn1")
    ping = lab.ping(net=1)
    ping.wait_answers(5)
    mark = lab.cpe.events.mark()

    lab.gateway(1).die()
    lab.wait_up(2, "vpn", mark)
    ping.wait_answers(5)
    lost = ping.stop()
    expect(lost == 0, f"vpn1 lost {lost} packets although its SEGW lived")
    expect(unique_id(lab, "vpn1") == before, f"vpn1's IKE_SA is {unique_id(lab, 'vpn1')}, was {before}")
    about = [e for e in lab.cpe.events.since(mark) if "vpn1" in (e.get("connection"), e.get("ike_sa_name"))]
    expect(not about, f"vpn1 was disturbed: {about}")
    return {"vpn": 2, "vpn1": 2}
