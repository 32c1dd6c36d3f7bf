"""Draws the progress of a training: loss and validation R@1 over steps, as an SVG for light and dark pages. Not a script."""
from statistics import fmean

WIDE, HIGH, LEFT, RIGHT, TOP, BOTTOM = 640, 240, 44, 44, 26, 36
NAMES = ("40 singles", "80 doubles", "150 triples", "all labels, singles")
STYLE = """svg { background: #fff; color: #222; font: 11px sans-serif; } text { fill: currentColor; } .grid { stroke: #8884; } .loss { stroke: #888; }
  .v0 { stroke: #0969da; } .v1 { stroke: #1a7f37; } .v2 { stroke: #bc4c00; } .v3 { stroke: #8250df; } path { fill: none; stroke-width: 1.5; }
  @media (prefers-color-scheme: dark) { svg { background: #0d1117; color: #ddd; } .v0 { stroke: #58a6ff; } .v1 { stroke: #3fb950; }
    .v2 { stroke: #f0883e; } .v3 { stroke: #bc8cff; } }"""


def ticks(top, least=4):
    """Returns round steps from 0 up to top."""
    step = next(s * 10**e for e in range(-2, 7) for s in (1, 2, 5) if top / (s * 10**e) <= least + 1)
    return [i * step for i in range(int(top / step) + 1)]


def smooth(rows, window=5):
    """Averages over `window` rows, because the loss of one batch is noise."""
    groups = [rows[i : i + window] for i in range(0, len(rows), window)]
    return [(g[-1]["step"], fmean(r["loss"] for r in g)) for g in groups]


def line(points, x, y, kind):
    return f'<path class="{kind}" d="M' + "L".join(f"{x(a):.1f},{y(b):.1f}" for a, b in points) + '"/>'


def svg(rows):
    """rows are the log's, each with step and loss, some with val_r1 (text-to-image R@1 in % among NAMES)."""
    last = rows[-1]["step"]
    loss, score = smooth(rows), [r for r in rows if "val_r1" in r]
    top = max(v for _, v in loss) * 1.05
    percent = max([v for r in score for v in r["val_r1"]], default=100) * 1.05
    x = lambda s: LEFT + s / last * (WIDE - LEFT - RIGHT)  # noqa: E731
    y = lambda v, most: HIGH - BOTTOM - v / most * (HIGH - TOP - BOTTOM)  # noqa: E731
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" width="{WIDE}" role="img" aria-label="loss and validation R@1 over {last} steps">', f"<style>{STYLE}</style>"]
    for v in ticks(top):
        out.append(f'<path class="grid" d="M{LEFT},{y(v, top):.1f}H{WIDE - RIGHT}"/><text x="{LEFT - 4}" y="{y(v, top) + 4:.1f}" text-anchor="end">{v:g}</text>')
    for v in ticks(percent):
        out.append(f'<text x="{WIDE - RIGHT + 4}" y="{y(v, percent) + 4:.1f}">{v:g}</text>')
    for s in ticks(last, 6):
        out.append(f'<text x="{x(s):.1f}" y="{HIGH - BOTTOM + 15}" text-anchor="middle">{s:g}</text>')
    out.append(line(loss, x, lambda v: y(v, top), "loss"))
    for i in range(len(score[0]["val_r1"]) if score else 0):
        out.append(line([(r["step"], r["val_r1"][i]) for r in score], x, lambda v: y(v, percent), f"v{i}"))
    at = LEFT
    for kind, name in [("loss", "loss (left)"), *((f"v{i}", n) for i, n in enumerate(NAMES))]:
        out.append(f'<path class="{kind}" d="M{at},12h14"/><text x="{at + 18}" y="16">{name}</text>')
        at += 34 + 6 * len(name)
    out.append(f'<text x="{(WIDE + LEFT - RIGHT) / 2}" y="{HIGH - 6}" text-anchor="middle">training step</text>')
    out.append(f'<text x="{WIDE - 4}" y="16" text-anchor="end">R@1, % (right)</text></svg>')
    return "\n".join(out) + "\n"
