"""A report as one HTML file: style, scripts and numbers are inside, and a policy forbids it to ask any network.

The policy names the digests of the style sheet and of the script, so nothing else in the page could run.
"""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

from forecaster import __version__
from forecaster.report.blocks import facts_html, html_text, section_html
from forecaster.text import json_value

if TYPE_CHECKING:
    from forecaster.report.document import Report
    from forecaster.report.series_numbers import SeriesNumbers

PAGE, STYLE = "page.html", "report.css"
SCRIPTS = ("numbers.js", "chart.js", "panel.js", "main.js")
"""The page that is filled in, its style, and the scripts, in the order in which they use each other."""
COMMANDS = {"train": "Training report", "evaluate": "Evaluation report", "predict": "Forecast report"}
"""What the report of a command is called."""
ENDS_SCRIPT = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})
"""What could end a block of JSON in a page, or begin a comment there."""


def encode_report(report: Report) -> bytes:
    """Return the file of a report; the same report gives the same bytes."""
    style, script = _asset(STYLE), "\n".join(map(_asset, SCRIPTS))
    sections = [section for section in report.sections if section.blocks]
    lead, *others = report.answer
    page = Template(_asset(PAGE)).substitute(
        policy=f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'",
        title=html_text(f"{report.title} - {COMMANDS[report.command].lower()}"),
        kind=COMMANDS[report.command],
        heading=html_text(report.title),
        lead=html_text(lead),
        answer="".join(f"<p>{html_text(sentence)}</p>" for sentence in others),
        facts=facts_html(report.facts),
        contents="".join(
            f'<li><a href="#{section.anchor}">{html_text(section.title)}</a></li>' for section in sections
        ),
        sections="".join(map(section_html, sections)),
        version=escape(__version__),
        style=style,
        script=script,
        data=numbers_json(report.numbers),
    )
    return page.encode()


def numbers_json(numbers: SeriesNumbers | None) -> str:
    """Return the numbers of the series as JSON that cannot leave its element; `null` for none."""
    document = None if numbers is None else json_value(dict(numbers.document))
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.translate(ENDS_SCRIPT)


def size_of_assets() -> int:
    """Return the bytes of what is the same in every page."""
    return sum(len(_asset(name).encode()) for name in (PAGE, STYLE, *SCRIPTS))


def _asset(name: str) -> str:
    """Return a file of the page."""
    return files("forecaster.report").joinpath("assets", name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """Return the digest of a style sheet or script as a policy names it."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
