"""One name, two addresses, adopted: see description.txt."""

RUNNING = (2,)
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None,     # charon's defaults
       "plugins": {"extsock": {"adopt": True, "failover": {
           "connect_timeout_ms": 1500, "liveness_interval_ms": 1000, "liveness_misses": 2, "stable_ms": 0}}}}


def play(lab):
    lab.cpe.resolves({"segw.example": ["10.9.0.1", "10.9.0.2"]})
    lab.cpe.stock_connections = lab.cpe.stock_conf(lab.cpe.stock_connection(
        1, name="vpn", remote_addrs="segw.example", keyingtries=0, children={"net-1": {"start_action": "start"}}))
    lab.cpe.start()
    lab.wait_up(2)
    lab.gateway(1).come_back()
    mark = lab.cpe.events.mark()
    lab.gateway(2).die()
    lab.wait_up(1, mark=mark)
    return {"vpn": 1}
