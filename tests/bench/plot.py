# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the icmpmon authors
"""The cost of a probe against the number of targets, both logarithmic, as SVG."""
import html
import math

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 420, 60, 170, 20, 45
COLOURS = ["#0b6e4f", "#5aa469", "#333333", "#c1440e", "#e09f3e", "#3d5a80", "#9b5de5"]


def svg(rows):
    """rows: {"targets", "prober", "us"}."""
    low, high = min(r["us"] for r in rows), max(r["us"] for r in rows)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    most = max(r["targets"] for r in rows)
    least = min(r["targets"] for r in rows)

    def x(targets):
        span = math.log10(most / least) or 1
        return LEFT + (WIDTH - LEFT - RIGHT) * math.log10(targets / least) / span

    def y(us):
        span = decades[-1] - decades[0] or 1
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (math.log10(us) - decades[0]) / span

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        "<title>Processor time per probe against the number of targets</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for d in decades:
        out.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(10**d):.1f}" y2="{y(10**d):.1f}" '
            f'stroke="#ddd"/><text x="{LEFT - 8}" y="{y(10**d) + 4:.1f}" text-anchor="end">'
            f"{10.0**d:g}</text>"
        )
    for n in sorted({r["targets"] for r in rows}):
        out.append(
            f'<text x="{x(n):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{n:,}</text>'
        )
    out.append(f'<text x="{LEFT}" y="{HEIGHT - 8}">targets, one probe a second each</text>')
    out.append(f'<text x="{LEFT}" y="{TOP - 6}">microseconds of one core per probe</text>')
    for i, name in enumerate(dict.fromkeys(r["prober"] for r in rows)):
        colour = COLOURS[i % len(COLOURS)]
        points = [(x(r["targets"]), y(r["us"])) for r in rows if r["prober"] == name]
        path = " ".join(f"{px:.1f},{py:.1f}" for px, py in points)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{px:.1f}" cy="{py:.1f}" r="3" fill="{colour}"/>' for px, py in points]
        out.append(
            f'<text x="{WIDTH - RIGHT + 10}" y="{TOP + 14 + 18 * i}" fill="{colour}">'
            f"{html.escape(name)}</text>"
        )
    return "\n".join([*out, "</svg>", ""])
