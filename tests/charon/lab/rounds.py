"""Every SEGW fails, or drops the CPE, round after round: the pauses between the rounds, and that there is no other dial."""

from .wait import expect, until


def grow(lab, rounds, policy, name="vpn"):
    """The first `rounds` pauses announced grow by the policy, and charon's log shows that they were kept."""
    pauses = lab.cpe.events.since(0, "segw_backoff", connection=name)[:rounds]
    expect(len(pauses) == rounds, f"{rounds} pauses expected: {pauses}")
    full = [min(policy["backoff_initial_ms"] * 2 ** n, policy["backoff_limit_ms"]) for n in range(rounds)]
    told = [event["delay_ms"] for event in pauses]
    dialled = [at for at, *_ in lab.cpe.initiations()]
    kept = [round(1000 * (min(at for at in dialled if at > event["at"]) - event["at"])) for event in pauses]
    print("  ".join(("round", "configured", "announced", "kept")))
    for row in zip(range(1, rounds + 1), full, told, kept):
        print("{:>5}  {:>7} ms  {:>6} ms  {} ms".format(*row))
    least = 1 - policy["jitter_pct"] / 100
    expect(all(least * most - 1 <= delay <= most for delay, most in zip(told, full)), f"announced {told}, configured {full}")
    expect(all(late >= delay - 50 for late, delay in zip(kept, told)), f"announced {told}, kept {kept}")


def dropped(lab, number, mark):
    """SEGW `number` accepts the CPE and drops it at once."""
    lab.wait_up(number, mark=mark)
    mark = lab.cpe.events.mark()
    lab.gateway(number).delete_ike_sas()
    return mark


def drop(lab, rounds, policy):
    """Two SEGWs drop the CPE at once for so many rounds: each is dialled once a round, and nothing in the pauses. Then it is up."""
    mark = 0
    for count in range(rounds):
        mark = dropped(lab, 1, mark)
        mark = dropped(lab, 2, mark)
        until(lambda: len(lab.cpe.events.since(0, "segw_backoff")) == count + 1, 5, f"a pause after round {count + 1}")
    lab.wait_up(1, mark=mark)
    grow(lab, rounds, policy)
    dialled = [to for *_, to in lab.cpe.initiations()]
    expect(dialled == ["10.9.0.1", "10.9.0.2"] * rounds + ["10.9.0.1"], f"dialled {dialled}")
