"""What a timeline said, as a picture that plays: an SVG in which each line appears at its time. Readers who want no motion get it at once."""

from xml.sax.saxutils import escape

COLOURS = {"31": "#ff7b72", "32": "#7ee787", "33": "#f2cc60", "36": "#79c0ff", "2": "#8b949e", "1": "#ffffff"}
PLAIN, BACKGROUND = "#c9d1d9", "#0d1117"
CHARACTER, LINE, EDGE = 7.8, 18, 14
PACE = 3            # times as fast as it was
STYLE = """text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; white-space: pre; }
@media (prefers-reduced-motion: no-preference) { text { opacity: 0; animation: appear 0.2s forwards; } }
@keyframes appear { to { opacity: 1; } }"""


class Recording:
    """Lines with the moment they came, and their colour."""

    def __init__(self):
        self._lines = []

    def add(self, seconds, text, colour=None):
        """A line, or several."""
        self._lines += [(seconds, line, colour) for line in text.split("\n")]

    def svg(self):
        width = 2 * EDGE + CHARACTER * max(len(line) for _, line, _ in self._lines)
        out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{2 * EDGE + LINE * len(self._lines)}" role="img">',
               f"<title>A recorded run of ports/strongswan/demo</title><style>{STYLE}</style>",
               f'<rect width="100%" height="100%" rx="6" fill="{BACKGROUND}"/>']
        for place, (seconds, line, colour) in enumerate(self._lines):
            if line:
                out.append(f'<text x="{EDGE}" y="{EDGE + LINE * place + 13}" fill="{COLOURS.get(colour, PLAIN)}" '
                           f'style="animation-delay:{seconds / PACE:.1f}s" xml:space="preserve">{escape(line)}</text>')
        return "\n".join([*out, "</svg>"]) + "\n"
