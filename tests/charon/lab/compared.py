"""A field condition's outcomes on all sides, compared: whether the rule holds, and the row that says so."""

from .side import ALONE

MORE_S = 1.0            # than charon alone: what the plugin may cost at most
WIDTHS = (5, 28, 26)
MARKDOWN_HEAD = ("| condition | charon alone | adopted | applied | moves | blamed | |", "|---|---|---|---|---|---|---|")


def seconds(outcome):
    return f"{'' if outcome['over'] else '> '}{outcome['silence']:.2f} s"


def told(outcome):
    """One outcome in a cell."""
    words = [seconds(outcome), f"{outcome['ike_sas']} SA"]
    if outcome["moves"]:
        words.append(f"{outcome['moves']} moves")
    if outcome["blamed"]:
        words.append("blamed " + ",".join(sorted(outcome["blamed"])))
    return " ".join(words)


def head(sides):
    return ["".join(f"{word:{width}}" for word, width in zip(("", "condition"), WIDTHS)) + "".join(f"{side:{WIDTHS[2]}}" for side in sides)]


class Row:
    """`outcomes`: side -> (outcome or None, why there is none)."""

    def __init__(self, condition, outcomes):
        self.condition = condition
        self.found = {side: outcome for side, (outcome, _) in outcomes.items()}
        self.complaints = [f"{side}: {why}" for side, (outcome, why) in outcomes.items() if outcome is None]
        for side, outcome in self.found.items():
            if outcome and side != ALONE:
                self.complaints += [f"{side}: {what}" for what in self._wrong(outcome)]

    @classmethod
    def worst(cls, rows):
        """Several plays of one condition as one row: the longest silence of each side, and all that was wrong."""
        row = cls(rows[0].condition, {})
        row.found = {side: max((each.found[side] for each in rows if each.found[side]), key=lambda outcome: outcome["silence"], default=None)
                     for side in rows[0].found}
        row.complaints = [complaint for each in rows for complaint in each.complaints]
        return row

    @property
    def holds(self):
        return not self.complaints

    def _wrong(self, outcome):
        """What breaks the rule on a side with the plugin."""
        alone = self.found.get(ALONE)
        if alone and alone["over"] and outcome["silence"] > alone["silence"] + MORE_S:
            yield f"silent {seconds(outcome)}, charon alone {seconds(alone)}"
        if alone and alone["over"] and not outcome["over"]:
            yield "traffic did not come back"
        if self.condition.most_s is not None and (outcome["silence"] > self.condition.most_s or not outcome["over"]):
            yield f"silent {seconds(outcome)}, at most {self.condition.most_s:g} s"
        if outcome["ike_sas"] != self.condition.at_rest:
            yield f"{outcome['ike_sas']} IKE_SAs at rest"
        if outcome["blamed"]:
            yield f"blamed a healthy SEGW: {outcome['blamed']}"
        yield from outcome["complaints"]

    def lines(self):
        """The row for a terminal, and what is wrong."""
        cells = [told(outcome) if outcome else "-" for outcome in self.found.values()]
        yield f"{'ok' if self.holds else 'FAIL':{WIDTHS[0]}}{self.condition.name:{WIDTHS[1]}}" + "".join(f"{cell:{WIDTHS[2]}}" for cell in cells)
        for each in self.complaints:
            yield f"     {each}"

    def markdown(self):
        """The row for a README."""
        guarded = [outcome for side, outcome in self.found.items() if side != ALONE and outcome]
        cells = [seconds(outcome) if outcome else "-" for outcome in self.found.values()]
        moves = max((outcome["moves"] for outcome in guarded), default="-")
        blamed = ", ".join(sorted({f"SEGW {number}" for outcome in guarded for number in outcome["blamed"]})) or "none"
        return "| " + " | ".join([self.condition.what, *cells, str(moves), blamed, "" if self.holds else "falls short"]) + " |"
