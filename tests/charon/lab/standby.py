"""A connection with a warm standby: one IKE_SA that carries the traffic, one without CHILD_SAs to the SEGW that would be next."""

from .wait import expect, until

STANDBY = {"standby": "ike"}


def at_rest(lab, active, standby, seconds=10):
    """Wait until there are exactly two IKE_SAs and one CHILD_SA; what STATUS says of the standby."""
    wanted = sorted([("vpn", str(active), "ESTABLISHED", ["INSTALLED"]), ("vpn", str(standby), "ESTABLISHED", [])])
    until(lambda: lab.picture() == wanted, seconds, lambda: f"{wanted}; there are {lab.picture()}, STATUS says {lab.cpe.status()}")
    until(lambda: lab.cpe.status()["state"] == "ACTIVE" and lab.cpe.status()["standby"]["state"] == "UP", 2,
          lambda: f"STATUS says {lab.cpe.status()}")
    said = lab.cpe.status()["standby"]
    expect(said["segw"] == standby - 1 and said["unique_id"], f"STATUS says {said}")
    return said


def apply(lab, policy=None, **extra):
    """Apply the connection with a standby, or with another policy."""
    failover = STANDBY if policy is None else policy
    lab.cpe.apply(lab.cpe.connection(dpd={"delay": 0}, failover=failover, **extra))


def off(lab, number, **extra):
    """Without a standby from now on: its IKE_SA ends, the tunnel runs on."""
    apply(lab, {"standby": "off"}, **extra)
    lab.expect_only({"vpn": number})


def said(lab, mark=0):
    """What was told of standbys after `mark`."""
    return [(e["segw"], e["state"], e["cause"]) for e in lab.cpe.events.since(mark, "segw_standby")]


def exchanges(lab, mark):
    """The exchanges that the CPE has begun after `mark` of its log."""
    line = r"generating (\S+) request \d+"
    return [match[1] for _, match in lab.cpe.log.find(line, mark)]
