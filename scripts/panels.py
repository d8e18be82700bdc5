"""Small charts as SVG, shared by the scripts beside it that draw."""

import math

PANEL, GAP, MARGIN = (230, 150), 60, 50
COLOURS = ("#2563a8", "#c2571a", "#2e7d4f", "#7a4fa3", "#888888")


def panel(x0, y0, lines, title, x_title, labelled=False):
    """Lines {name: [(x, y)]}, x on a logarithmic axis with a tick a place; `labelled` writes each value."""
    width, height = PANEL
    ticks = sorted({x for points in lines.values() for x, _ in points})
    values = [y for points in lines.values() for _, y in points]
    low, high = min(values), max(values)
    pad = 0.15 * (high - low) or 0.05
    low, high = low - pad, high + pad
    span = math.log(ticks[-1] / ticks[0]) or 1

    def across(x):
        return x0 + math.log(x / ticks[0]) / span * width

    def up(y):
        return y0 + height * (1 - (y - low) / (high - low))

    out = [f'<text x="{x0}" y="{y0 - 12}" font-weight="bold">{title}</text>',
           f'<path d="M{x0 - 8} {y0}V{y0 + height + 8}H{x0 + width + 8}" fill="none" stroke="#999"/>']
    if not labelled:
        for value in (min(values), max(values)):
            out.append(f'<text x="{x0 - 12}" y="{up(value) + 4:.1f}" text-anchor="end" font-size="10">{value:.3g}</text>')
    for (_, points), colour in zip(lines.items(), COLOURS):
        out.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="'
                   + " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in points) + '"/>')
        for x, y in points:
            out.append(f'<circle cx="{across(x):.1f}" cy="{up(y):.1f}" r="3.5" fill="{colour}"/>')
            if labelled:
                out.append(f'<text x="{across(x):.1f}" y="{up(y) - 8:.1f}" text-anchor="middle" font-size="10">{y:.3g}</text>')
    for x in ticks:
        out.append(f'<text x="{across(x):.1f}" y="{y0 + height + 22}" text-anchor="middle" font-size="10">{x:,}</text>')
    out.append(f'<text x="{x0 + width / 2}" y="{y0 + height + 38}" text-anchor="middle" fill="#555">{x_title}</text>')
    return out


def legend(x0, y0, names):
    out = []
    for place, (name, colour) in enumerate(zip(names, COLOURS)):
        out.append(f'<rect x="{x0 + 130 * place}" y="{y0 - 9}" width="14" height="4" fill="{colour}"/>')
        out.append(f'<text x="{x0 + 130 * place + 20}" y="{y0 - 3}">{name}</text>')
    return out


def page(columns, rows, body):
    """A drawing of `rows` x `columns` panels."""
    width = MARGIN * 2 + columns * (PANEL[0] + GAP) - GAP
    height = MARGIN + rows * (PANEL[1] + 2 * GAP)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'font-family="sans-serif" font-size="12"><rect width="{width}" height="{height}" fill="#fff"/>'
            + "\n".join(body) + "</svg>\n")


def place(column, row):
    """Where the panel of a column and row begins."""
    return MARGIN + column * (PANEL[0] + GAP), MARGIN + row * (PANEL[1] + 2 * GAP)
