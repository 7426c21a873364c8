"""A network of real charons on one machine: a CPE and its SEGWs, each in a namespace of its own.

The scenarios, the figures and the demo all play on this lab, so that a fact about it is written once.
Reading order: lab.py (the whole), netns.py, link.py, wan.py (the wires), charon.py, gateway.py, cpe.py (the daemons),
extsock.py, vici.py, log.py, ping.py, capture.py (the ways to look at it), esp.py (who does ESP), far.py (a distant host),
pki.py, segws.py (certificates and the SEGWs that have them), slow_dns.py, names.py (name servers that are mute, dead or slow),
plugin.py (plugins Debian lacks), policies.py (what is installed, traffic that hits a trap), usim.py (EAP-AKA),
crowd.py (many clients), strangers.py (who is no SEGW),
tunnel.py, side.py, compared.py (one field condition on charon alone and with the plugin),
memory.py (charon's), rest.py (what a charon costs at rest), valgrind.py, fault.py, blame.py, rounds.py, lost.py, standby.py (what several scenarios expect).
"""

from .lab import Lab
from .wait import Failed

__all__ = ["Failed", "Lab"]
