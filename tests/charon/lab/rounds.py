"""Every SEGW fails, round after round: the pauses between the rounds, and that there is no other dial."""

from .wait import expect


def grow(lab, rounds, policy, name="vpn"):
    """The first `rounds` pauses announced grow by the policy, and charon's log shows that they were kept."""
    pauses = lab.cpe.events.since(0, "segw_backoff", connection=name)[:rounds]
    expect(len(pauses) == rounds, f"{rounds} pauses expected: {pauses}")
    full = [min(policy["backoff_initial_ms"] * 2 ** n, policy["backoff_limit_ms"]) for n in range(rounds)]
    told = [event["delay_ms"] for event in pauses]
    dialled = [at for at, *_ in lab.cpe.initiations()]
    kept = [round(1000 * (min(at for at in dialled if at > event["arrived"]) - event["arrived"])) for event in pauses]
    print("  ".join(("round", "configured", "announced", "kept")))
    for row in zip(range(1, rounds + 1), full, told, kept):
        print("{:>5}  {:>7} ms  {:>6} ms  {} ms".format(*row))
    least = 1 - policy["jitter_pct"] / 100
    expect(all(least * most - 1 <= delay <= most for delay, most in zip(told, full)), f"announced {told}, configured {full}")
    expect(all(late >= delay - 50 for late, delay in zip(kept, told)), f"announced {told}, kept {kept}")
