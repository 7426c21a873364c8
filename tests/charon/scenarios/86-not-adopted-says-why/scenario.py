"""What is not adopted is told: see description.txt."""

from lab.wait import expect, hold, until

TWO = "10.9.0.1,10.9.0.2"
NINE = [f"10.9.0.{number}" for number in range(11, 20)]
LONG = "name-of-64-characters-" + 42 * "x"
QUIET_S = 2.5       # two looks at all connections
CPE = {"plugins": {"extsock": {"adopt": True, "connections": {"unwanted": {"adopt": False}}}}}

# name: keys, what the log says behind "is not adopted: "
REFUSED = {
    "old": ({"version": 1, "remote_addrs": TWO}, "IKEv1"),
    "alone": ({"remote_addrs": "10.9.0.1"}, "fewer than two"),
    "answers": ({"remote_addrs": "%any"}, "%any: a wildcard"),
    "open": ({"remote_addrs": "10.9.0.1,%any"}, "%any: a wildcard"),
    "range": ({"remote_addrs": "10.9.0.1-10.9.0.3"}, "10.9.0.1-10.9.0.3: a range"),
    "subnet": ({"remote_addrs": "10.9.0.1,10.9.0.0/24"}, "10.9.0.0/24: a subnet"),
    "twice": ({"remote_addrs": "10.9.0.1,10.9.0.1"}, "10.9.0.1: this SEGW is in the list already"),
    "blank": ({"remote_addrs": "10.9.0.1 10.9.0.2"}, "10.9.0.1 10.9.0.2: addresses are separated by commas"),
    "semicolon": ({"remote_addrs": "10.9.0.1;10.9.0.2"}, "10.9.0.1;10.9.0.2: addresses are separated by commas"),
    "mistyped": ({"remote_addrs": "10.9.0.1,10.9.0.256"}, "10.9.0.256: neither"),
    LONG: ({"remote_addrs": TWO}, "its name"),
}
# name: remote_addrs, those guarded, what the log says behind "is guarded in part: "
PARTLY = {
    "nine": (",".join(NINE), NINE[:8], "10.9.0.19: too many SEGWs"),
    "mixed": (f"{TWO},%any,10.9.0.0/24", TWO.split(","), "%any: a wildcard"),
}
# name: local_addrs, what the log says behind AS_WITHOUT
AS_WITHOUT = "is dialled as without what is wrong in local_addrs"
LOCAL = {
    "local": ("%any,10.9.0.300", "10.9.0.300: neither an address, a subnet"),
    "local-subnet": ("10.9.0.0/33", "10.9.0.0/33: a subnet has"),
    "local-interface": ("eth0", "eth0: this is an interface"),
    "local-right": ("10.9.0.0/24,10.9.0.1-10.9.0.9,10.9.0.100,router.example,%any6", None),
}


def said(lab, name, what, line=0):
    return [match[1] for _, match in lab.cpe.log.find(f"^connection '{name}' {what}: (.*)", line)]


def play(lab):
    cases = {name: keys for name, (keys, _) in REFUSED.items()} | {name: {"remote_addrs": addrs} for name, (addrs, *_) in PARTLY.items()}
    cases |= {name: {"remote_addrs": TWO, "local_addrs": addrs} for name, (addrs, _) in LOCAL.items()}
    cases |= {"unwanted": {"remote_addrs": "10.9.0.1"}, "vpn": {"remote_addrs": TWO}}
    lab.cpe.stock_connections = lab.cpe.stock_conf(*(lab.cpe.stock_connection(1, name=name, **keys) for name, keys in cases.items()))
    lab.cpe.start()
    expected = {*PARTLY, *LOCAL, "vpn"}

    def status():
        return {each["connection"]: [segw["address"] for segw in each["segws"]] for each in lab.cpe.events.ok("STATUS")["connections"]}
    until(lambda: set(status()) == expected, 5, lambda: f"{expected} to be adopted, there are {status()}")
    for name, (_, why) in REFUSED.items():
        lines = until(lambda n=name: said(lab, n, "is not adopted"), 5, f"a word about {name}")
        print(f"{name}: {lines}")
        expect(len(lines) == 1 and why in lines[0], f"{name}: the log says {lines}, expected '{why}'")
    for name, (_, guarded, why) in PARTLY.items():
        lines = until(lambda n=name: said(lab, n, "is guarded in part"), 5, f"a word about {name}")
        adopted = lab.cpe.log.find(f"^adopted connection '{name}' with SEGWs (.*)")
        print(f"{name}: {lines}")
        expect(len(lines) == 1 and why in lines[0], f"{name}: the log says {lines}, expected '{why}'")
        expect(status()[name] == guarded and adopted[0][1][1] == ", ".join(guarded), f"{name}: {status()[name]}, {adopted}")
    wrong = {name: why for name, (_, why) in LOCAL.items() if why}
    reply = until(lambda: (now := lab.cpe.events.ok("STATUS")) and len(now["not_guarded"]) >= len(REFUSED) + len(PARTLY) + len(wrong) and now, 5,
                  lambda: f"STATUS to name all: {lab.cpe.events.ok('STATUS')['not_guarded']}")
    for name in LOCAL:
        lines = said(lab, name, AS_WITHOUT)
        print(f"{name}: {lines}")
        expect(len(lines) == (name in wrong) and all(wrong[name] in line for line in lines), f"{name}: the log says {lines}")
    named = {each["connection"]: each["reason"] for each in reply["not_guarded"]}
    expect(set(named) == {name[:63] for name in (*REFUSED, *PARTLY, *wrong)} and not reply["more_not_guarded"], f"STATUS names {named}")
    for name, what, why in [(name, "is not adopted", why) for name, (_, why) in REFUSED.items()] + [
            (name, "is guarded in part", why) for name, (*_, why) in PARTLY.items()] + [
            (name, AS_WITHOUT, why) for name, why in wrong.items()]:
        expect(named[name[:63]].startswith(what) and why in named[name[:63]], f"{name}: STATUS says {named[name[:63]]}")
    expect(not lab.cpe.log.find("connection '(vpn|unwanted|local-right)' is"), "something is said of a connection that is as it should be")

    line = lab.cpe.log.mark()
    lab.cpe.reload_settings()
    hold(lambda: not lab.cpe.log.find("^connection '", line), QUIET_S, lambda: f"said again: {lab.cpe.log.find('^connection', line)}")
    lab.cpe.stock_connections["connections"]["alone"]["remote_addrs"] = TWO
    lab.cpe.load()
    lab.cpe.events.wait("segw_adopted", 3, connection="alone")
    until(lambda: "alone" not in str(lab.cpe.events.ok("STATUS")["not_guarded"]), 2, "STATUS to forget what it said")
    return {}
