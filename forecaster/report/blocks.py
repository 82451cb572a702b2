"""Blocks of a report as HTML. Every text is escaped: names of series and columns come from anywhere."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from forecaster.report.document import Code, Details, Facts, LineChart, SeriesCharts, SeriesTable, Shares, Table, Text
from forecaster.report.svg import line_chart_svg, line_class
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.report.document import Block, Column, Section

LONGEST_CELL = 2000
"""Characters of a text at most: findings may quote whole cells of a file."""
LONGEST_COMMAND = 20_000
"""Characters of a command at most: one may name hundreds of files."""
GAP = 0.4
"""Percent between two shares."""
MOST_ROWS_OF_TABLE = 500
"""Rows of a table at most, chosen by hand; horizons may have more steps than anyone reads."""


def html_text(text: str) -> str:
    """Return text for HTML, control characters as escapes."""
    return escape(shown(text, LONGEST_CELL))


def section_html(section: Section) -> str:
    """Return a section with its heading."""
    heading = f'<h2 id="{section.anchor}-title">{html_text(section.title)}</h2>'
    body = blocks_html(section.blocks)
    return f'<section id="{section.anchor}" aria-labelledby="{section.anchor}-title">{heading}{body}</section>'


def blocks_html(blocks: Sequence[Block]) -> str:
    """Return blocks one after another; small charts that follow each other stand side by side."""
    parts, charts = [], list[str]()
    for block in (*blocks, None):
        if isinstance(block, LineChart):
            charts.append(_line_chart(block))
            continue
        if charts:
            parts.append(f'<div class="charts">{"".join(charts)}</div>')
            charts = []
        if block is not None:
            parts.append(_block(block))
    return "".join(parts)


def _block(block: Block) -> str:
    """Return one block."""
    match block:
        case Text():
            html = "".join(f"<p>{html_text(sentence)}</p>" for sentence in block.sentences)
        case Facts():
            html = facts_html(block)
        case Table():
            html = _table(block)
        case Shares():
            html = _shares(block)
        case Code():
            html = _code(block)
        case Details():
            html = f"<details><summary>{html_text(block.summary)}</summary>{blocks_html(block.blocks)}</details>"
        case SeriesCharts():
            html = _series_charts(block)
        case SeriesTable():
            html = f'<div class="panel" data-caption="{html_text(block.caption)}"></div>'
        case LineChart():
            html = _line_chart(block)
    return html


def _code(code: Code) -> str:
    """Return a command; of a very long one its beginning."""
    text = escape(shown(code.text, LONGEST_COMMAND))
    return (
        f'<figure class="code"><figcaption>{html_text(code.label)}</figcaption>'
        f'<pre tabindex="0"><code>{text}</code></pre></figure>'
    )


def facts_html(facts: Facts) -> str:
    """Return labels with their sentences."""
    rows = (f"<div><dt>{html_text(label)}</dt><dd>{html_text(text)}</dd></div>" for label, text in facts.rows if text)
    return f'<dl class="facts">{"".join(rows)}</dl>'


def _series_charts(charts: SeriesCharts) -> str:
    """Return the places of the charts of series, which a script draws."""
    several = " several" if len(charts.places) > 1 else ""
    figures = (
        f'<figure class="series" data-series="{place}" data-folds="{"all" if charts.every_fold else "latest"}">'
        f"<figcaption><h3><bdi>{html_text(name)}</bdi>{html_text(f' ({rank})' if rank else '')}</h3></figcaption>"
        "</figure>"
        for place, name, rank in zip(charts.places, charts.names, charts.ranks, strict=True)
    )
    return f'<div class="series-charts{several}">{"".join(figures)}</div>'


def _table(table: Table) -> str:
    """Return a table, its first column as headings of the rows."""
    head = "".join(f'<th scope="col"{_alignment(column)}>{html_text(column.title)}</th>' for column in table.columns)
    count = len(table.columns[0].cells)
    rows = "".join(_row(table, row) for row in range(min(count, MOST_ROWS_OF_TABLE)))
    caption = html_text(table.caption)
    if count > MOST_ROWS_OF_TABLE:
        caption += f" (the first {MOST_ROWS_OF_TABLE} of {count:,} rows)"
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{caption}"><table><caption>{caption}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(table: Table, row: int) -> str:
    """Return a row of a table."""
    first, *others = table.columns
    cells = [f'<th scope="row"{_alignment(first)}>{html_text(first.cells[row])}</th>']
    for column in others:
        text = html_text(column.cells[row])
        cells.append(f"<td{_alignment(column)}>{f'<strong>{text}</strong>' if row in column.best else text}</td>")
    return f"<tr{' class=marked' if row == table.marked else ''}>{''.join(cells)}</tr>"


def _alignment(column: Column) -> str:
    """Return the attribute of a cell with a number."""
    return ' class="number"' if column.numeric else ""


def _line_chart(chart: LineChart) -> str:
    """Return a small chart with its title and the names of its lines."""
    names = "".join(
        f'<li><svg class="key" viewBox="0 0 24 8" aria-hidden="true"><path class="{line_class(line, number)}" '
        f'd="M0 4H24"/></svg>{html_text(line.name)}</li>'
        for number, line in enumerate(chart.lines)
    )
    keys = f'<ul class="keys">{names}</ul>' if len(chart.lines) > 1 else ""
    return (
        f'<figure class="small-chart"><figcaption><h3>{html_text(chart.title)}</h3></figcaption>'
        f"{keys}{line_chart_svg(chart)}</figure>"
    )


def _shares(shares: Shares) -> str:
    """Return shares as one bar, with their names and numbers below."""
    parts, begin = [], 0.0
    for number, part in enumerate(shares.parts):
        width, kind = 100 * part.value, f"share share-{number % 5}"
        parts.append(f'<rect class="{kind}" x="{begin:.2f}" y="0" height="4" width="{max(width - GAP, GAP):.2f}"/>')
        begin += width
    names = "".join(
        f'<li><svg class="key" viewBox="0 0 8 8" aria-hidden="true"><rect class="share share-{number % 5}" '
        f'width="8" height="8"/></svg>{html_text(part.name)} <b>{100 * part.value:.0f} %</b></li>'
        for number, part in enumerate(shares.parts)
    )
    told = ", ".join(f"{html_text(part.name)} {100 * part.value:.0f} %" for part in shares.parts)
    title = html_text(shares.title)
    return (
        f'<figure class="shares"><figcaption><h3>{title}</h3></figcaption><svg class="bar" viewBox="0 0 100 4" '
        f'preserveAspectRatio="none" role="img" aria-label="{title}: {told}">{"".join(parts)}</svg>'
        f'<ul class="keys">{names}</ul></figure>'
    )
