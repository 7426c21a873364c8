"""Bars on a logarithmic scale, as SVG."""

import math
from xml.sax.saxutils import escape

COLOURS = ("#12486f", "#1b6ca8", "#4aa3df", "#9ccbee", "#b0413e", "#d98880", "#7d8a2e", "#b9a44c")
LEFT, WIDTH, BAR, GAP, HEAD = 330, 560, 13, 16, 70
LEAST_S = 0.001
TICKS = ((0.001, "1 ms"), (0.01, "10 ms"), (0.1, "0.1 s"), (1, "1 s"), (10, "10 s"), (60, "60 s"))


def bars(groups, most_s):
    """`groups` are (title, [(contender, seconds or None)])."""
    def x(seconds):
        return LEFT + WIDTH * math.log(max(seconds, LEAST_S) / LEAST_S) / math.log(most_s / LEAST_S)
    names = [name for name, _ in groups[0][1]]
    height = HEAD + sum(BAR * len(row) + GAP for _, row in groups) + 20
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 60}" height="{height}" font-family="sans-serif" font-size="11">',
           '<rect width="100%" height="100%" fill="white"/>']
    for place, name in enumerate(names):
        at_x, at_y = 10 + 300 * (place % 3), 14 + 18 * (place // 3)
        out.append(f'<rect x="{at_x}" y="{at_y}" width="11" height="11" fill="{COLOURS[place % len(COLOURS)]}"/>'
                   f'<text x="{at_x + 16}" y="{at_y + 10}">{escape(name)}</text>')
    for seconds, text in TICKS:
        out.append(f'<line x1="{x(seconds):.0f}" y1="{HEAD - 8}" x2="{x(seconds):.0f}" y2="{height - 16}" stroke="#ddd"/>'
                   f'<text x="{x(seconds):.0f}" y="{height - 4}" text-anchor="middle">{text}</text>')
    y = HEAD
    for title, row in groups:
        out.append(f'<text x="{LEFT - 8}" y="{y + BAR * len(row) / 2 + 4:.0f}" text-anchor="end">{escape(title)}</text>')
        for place, (name, seconds) in enumerate(row):
            colour, at = COLOURS[place % len(COLOURS)], y + BAR * place
            if seconds is None:
                out.append(f'<text x="{LEFT + 4}" y="{at + 10}" fill="#888">-</text>')
                continue
            out.append(f'<rect x="{LEFT}" y="{at}" width="{max(2, x(min(seconds, most_s)) - LEFT):.0f}" height="{BAR - 2}" fill="{colour}">'
                       f'<title>{escape(name)}: {seconds:.3f} s</title></rect>')
            if seconds > most_s:
                out.append(f'<text x="{LEFT + WIDTH + 4}" y="{at + 10}">&gt; {most_s} s</text>')
        y += BAR * len(row) + GAP
    return "\n".join([*out, "</svg>"]) + "\n"
