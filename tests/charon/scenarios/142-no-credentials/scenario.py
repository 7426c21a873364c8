"""No secret yet: see description.txt."""

from lab.wait import expect, until

CPE = {"plugins": {"extsock": {"adopt": True, "failover": {"backoff_initial_ms": 500, "backoff_limit_ms": 2000}}}}


def play(lab):
    conf = lab.cpe.stock_conf(lab.cpe.stock_connection(1, "vpn", remote_addrs="10.9.0.1,10.9.0.2",
                                                       children={"net-1": {"start_action": "start"}}))
    lab.cpe.stock_connections = {"connections": conf["connections"]}
    lab.cpe.start()
    for _ in range(2):
        mark = lab.cpe.events.mark()
        backoff = lab.cpe.events.wait("segw_backoff", 8, mark)
        expect(backoff["cause"] == "LACKING", f"{backoff}")
    expect(lab.cpe.log.find("no shared key found"), "charon had a key")
    until(lambda: lab.cpe.status()["next"]["cause"] == "LACKING", 8, lambda: f"next to say why: {lab.cpe.status()}")
    text = lab.cpe.events.ok("EXPLAIN vpn")["text"]
    expect(" The last dial failed: LACKING, HERE_NO_CREDENTIALS: an algorithm, a key or a secret is missing here; no SEGW is blamed." in text, text)
    expect("every SEGW failed" not in text, text)
    expect(lab.cpe.events.since(0, "alert", alert="NO_CREDENTIALS"), "no alert tells it")
    segws = lab.cpe.status()["segws"]
    expect(all(segw["failures"] == 0 and segw["barred_until_ms"] is None for segw in segws), f"blamed: {segws}")

    lab.cpe.stock_connections = conf
    mark = lab.cpe.events.mark()
    lab.cpe.load()
    event = lab.cpe.events.wait("tunnel_up", 5, mark)
    number = int(event["dst"].rsplit(".", 1)[1])
    lab.wait_up(number, mark=mark)
    return {"vpn": number}
