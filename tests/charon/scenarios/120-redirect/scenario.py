"""REDIRECT by SEGWs that carry: see description.txt."""

from lab.blame import Blame
from lab.gateway import address
from lab.wait import expect, hold, until

GATEWAYS = 3
SLOW = True
UNLISTED = 3
FOLLOWED_MAX = 5
STAY_S = 3


def redirect(lab, source, target):
    lab.gateway(source).swanctl("--redirect", "--ike", "cpe0", "--gateway", address(target))


def told(lab, mark, source, target, followed):
    event = lab.cpe.events.wait("segw_redirect", 3, mark, connection="vpn")
    expect((event["from"], event["to"], event["followed"]) == (address(source), address(target), followed), f"told: {event}")


def carried(lab, number):
    """This SEGW carries alone, and STATUS says so if the SEGW is in the list."""
    lab.expect_only({"vpn": number}, seconds=8)
    until(lambda: not [n for n, gateway in lab.gateways.items() if n != number and gateway.sas()], 8, "the others to be left clean")
    if number != UNLISTED:
        until(lambda: (lab.cpe.status()["state"], lab.cpe.status()["active"]) == ("ACTIVE", number - 1), 3,
              lambda: f"SEGW {number} carries, STATUS says {lab.cpe.status()}")


def stays(lab, number, what):
    hold(lambda: [row[1] for row in lab.picture()] == [str(number)], STAY_S, lambda: f"{what}: {lab.picture()}")


def anew(lab, failover):
    """Another IKE_SA with SEGW 1: a SEGW redirects each only once, and ends it 30 s later if it was not obeyed."""
    mark = lab.cpe.events.mark()
    lab.cpe.apply(lab.cpe.connection(failover=failover))
    lab.cpe.events.ok("TERMINATE vpn")
    until(lambda: not lab.picture(), 5, "the IKE_SA to end")
    lab.cpe.events.ok("INITIATE vpn")
    lab.wait_up(1, mark=mark)


def play(lab):
    lab.up()
    blame = Blame(lab)
    mark = lab.cpe.events.mark()
    redirect(lab, 1, 2)
    told(lab, mark, 1, 2, True)
    carried(lab, 2)
    ups = [record["to"] for record in lab.cpe.events.ok("HISTORY vpn")["connections"][0]["records"] if record["to"] is not None]
    expect(ups[-1] == 1, f"HISTORY ends with {ups}")
    mark = lab.cpe.events.mark()
    redirect(lab, 2, UNLISTED)
    told(lab, mark, 2, UNLISTED, False)
    stays(lab, 2, "not in the list")
    blame.expect_none()

    mark = lab.cpe.events.mark()
    lab.gateway(2).die()        # of the two that are listed the other is next
    lab.wait_up(1, mark=mark)
    lab.gateway(2).come_back()
    anew(lab, {"redirect": "off"})
    redirect(lab, 1, 2)
    stays(lab, 1, "redirect off")
    anew(lab, {"redirect": "any"})
    redirect(lab, 1, UNLISTED)
    carried(lab, UNLISTED)

    lab.cpe.stop()
    lab.up()
    here = 1
    for _ in range(FOLLOWED_MAX):
        redirect(lab, here, 3 - here)
        lab.expect_only({"vpn": 3 - here}, seconds=8)
        here = 3 - here
    redirect(lab, here, 3 - here)
    stays(lab, here, f"followed more than {FOLLOWED_MAX} times")
    print(f"sent to and fro: followed {FOLLOWED_MAX} times")
    return {"vpn": here}
