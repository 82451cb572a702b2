"""Do the pages of --report open fast, ask no network, and can everybody read them?

Four reports are made and opened in Chromium: a training on prices, a forecast of 600 monthly series, an evaluation, and
10,000 monthly series, which are simulated. For each one this prints its size, the time until it is drawn (`cpu_s` is
that of the processor, which other work hardly changes), console errors, requests to a network, violations of the rules
of axe-core in light and dark, whether a narrow screen must be scrolled sideways, and what failed when keys, pointer,
search and sorting were tried.

    pip install playwright axe-playwright-python                       # Chromium itself comes from the system
    python benchmarks/report_pages.py
    python benchmarks/report_pages.py --pictures pictures --file sales.csv
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from cells import table
from many_files import forecast_command

from forecaster.reading.cells.time_style import ISO_STYLE
from forecaster.report.document import Facts, Report, Section
from forecaster.report.forecast import forecast_section
from forecaster.report.page import encode_report
from forecaster.report.series_numbers import Forecasts, Writing, series_numbers
from forecaster.series.panel import TIME_DTYPE, panel_from_series
from forecaster.workflow.number_formats import NumberFormat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MONTHS, HORIZON = 120, 12
WIDE, NARROW, PAPER = (1280, 900), (390, 844), (720, 1020)
"""Sizes of the screens, and of a page of A4 without its margins, in pixels."""
WIDTHS = {80: 1.28, 95: 1.96}
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))"
AXE = "() => axe.run().then((found) => found.violations.map((each) => `${each.id} (${each.nodes.length})`))"


def simulated_values(series: int, months: int) -> NDArray[np.float64]:
    """Return monthly sales, (series, months): levels of many sizes, a season, a trend, and chance."""
    rng = np.random.default_rng(7)
    level = np.exp(rng.normal(6, 1.5, series))[:, None]
    season = 1 + 0.25 * np.sin(np.arange(months) * np.pi / 6 + rng.uniform(0, 6, series)[:, None])
    walk = np.exp(np.cumsum(rng.normal(0, 0.03, (series, months)), axis=1))
    return np.round(level * season * walk * np.exp(rng.normal(0, 0.05, (series, months))), 1)


def simulated_report(series: int) -> bytes:
    """Return the page of a simulated forecast: what follows each series is its own last year, with wide intervals."""
    values = simulated_values(series, MONTHS + HORIZON)
    stamps = (np.datetime64("2015-01") + np.arange(MONTHS + HORIZON)).astype(TIME_DTYPE)
    known, ahead = values[:, :MONTHS], values[:, MONTHS:]
    names = tuple(f"article {number:05d}, store {number % 97}" for number in range(series))
    panel = panel_from_series((name, stamps[:MONTHS], row) for name, row in zip(names, known, strict=True))
    width = known.std(axis=1)[:, None] * np.sqrt(np.arange(1, HORIZON + 1)) / 4
    low, high = ({level: (ahead + side * z * width)[None] for level, z in WIDTHS.items()} for side in (-1, 1))
    forecasts = Forecasts(np.tile(stamps[MONTHS:], (1, series, 1)), ahead[None], low, high, {})
    skill = np.random.default_rng(8).normal(15, 20, series)
    formats = dict.fromkeys(names, NumberFormat(1))
    numbers = series_numbers(panel, forecasts, Writing(formats, ISO_STYLE, HORIZON, skill, "last year"))
    ranks = {0: "first", series // 3: "", series // 2: "", series - 1: "last"}
    facts = Facts((("Data", f"{known.size:,} simulated rows"),))
    sections: tuple[Section, ...] = (forecast_section(numbers, ranks),)
    return encode_report(Report("predict", f"{series:,} series", ("A simulated forecast.",), facts, sections, numbers))


def write_panel(path: Path, series: int) -> None:
    """Write simulated monthly sales as a long table."""
    values, months = simulated_values(series, MONTHS), np.datetime64("2015-01") + np.arange(MONTHS)
    lines = [
        f"article {i:03d},{month},{value}"
        for i, row in enumerate(values)
        for month, value in zip(months, row, strict=True)
    ]
    path.write_text("\n".join(["article,month,sales", *lines, ""]), encoding="utf-8")


def make_reports(folder: Path, sources: Sequence[str], many: int) -> dict[str, Path]:
    """Return the reports by name; each has been written to a file of the folder."""
    write_panel(folder / "panel.csv", 600)
    shutil.copytree(ROOT / "sample_data", folder, dirs_exist_ok=True)
    commands = {
        "prices": ("train", "sp500.csv"),
        "panel of 600": ("predict", "panel.csv", "--zero-shot", "--output", "forecast.csv"),
        "evaluation": ("evaluate", "us_employment.csv", "--output", "scores.csv"),
        **{
            Path(name).stem: ("predict", name, "--zero-shot", "--output", f"of_{place}.csv")
            for place, name in enumerate(sources)
        },
    }
    pages = {name: folder / f"{name.replace(' ', '_')}.html" for name in commands}
    for name, command in commands.items():
        words = forecast_command(*command, "--report", str(pages[name]))
        subprocess.run(words, cwd=folder, check=True, capture_output=True)  # noqa: S603
    pages[f"{many:,} series"] = folder / f"{many}_series.html"
    pages[f"{many:,} series"].write_bytes(simulated_report(many))
    return pages


class Reader:
    """A browser that opens a page, and remembers what went wrong."""

    def __init__(self, browser: Browser, size: tuple[int, int], scheme: str) -> None:
        """Open an empty page."""
        width, height = size
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        self.page: Page = context.new_page()
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda each: each.type in {"error", "warning"} and self.errors.append(each.text))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda each: each.url.startswith("http") and self.requests.append(each.url))

    def open(self, path: Path) -> tuple[float, float]:
        """Open a file and return the seconds until it is drawn, and those that the processor worked on it."""
        session = self.page.context.new_cdp_session(self.page)
        session.send("Performance.enable")
        self.page.goto(path.resolve().as_uri())
        seconds = float(self.page.evaluate(DRAWN)) / 1000
        measured = session.send("Performance.getMetrics")["metrics"]
        return seconds, next(each["value"] for each in measured if each["name"] == "ProcessTime")

    def violations(self) -> list[str]:
        """Return the rules of axe-core that the page breaks, with the number of places."""
        self.page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
        return list(self.page.evaluate(AXE))

    def close(self) -> None:
        """Close the page."""
        self.page.context.close()


def try_out(page: Page) -> list[str]:
    """Use the first chart and the table of all series as a person does, and return what did not do what it should."""
    failed = [] if page.locator("figure.series .plot svg").count() else ["no chart"]
    plot, readout = page.locator(".plot").first, page.locator(".readout").first

    def must_change(what: str, action: Any, seen: Any) -> None:
        before = seen()
        action()
        page.wait_for_timeout(60)
        if seen() == before:
            failed.append(what)

    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    middle = box["x"] + box["width"] * 0.4, box["y"] + box["height"] / 2
    must_change("pointer", lambda: page.mouse.move(*middle), readout.inner_text)
    plot.focus()
    must_change("arrow keys", lambda: page.keyboard.press("ArrowLeft"), readout.inner_text)
    must_change("zoom by key", lambda: page.keyboard.press("+"), plot.inner_html)
    must_change("reset by key", lambda: page.keyboard.press("0"), plot.inner_html)
    must_change("zoom by button", page.get_by_role("button", name="Zoom in").first.click, plot.inner_html)

    def drag() -> None:
        page.mouse.move(*middle)
        page.mouse.down()
        page.mouse.move(middle[0] + 150, middle[1], steps=5)
        page.mouse.up()

    must_change("pan", drag, plot.inner_html)
    must_change("reset", page.get_by_role("button", name="Reset the view").first.click, plot.inner_html)
    page.get_by_role("button", name="Zoom in").first.click()
    must_change("whole history", page.get_by_role("button", name="whole history").first.click, plot.inner_html)
    page.locator("summary").first.click()
    if page.locator("figure.series details table tbody tr").count() < 1:
        failed.append("numbers")
    return failed + (try_table(page, must_change) if page.locator(".all-series").count() else [])


def try_table(page: Page, must_change: Any) -> list[str]:
    """Search, sort, scroll and open series in the table of all."""
    failed: list[str] = []
    rows, count = page.locator(".all-series tbody"), page.locator(".count")
    must_change("sort", page.locator(".all-series thead button").nth(1).click, rows.inner_text)
    if page.locator('.all-series th[aria-sort="descending"]').count() != 1:
        failed.append("aria-sort")
    search = page.get_by_label("Search")
    word = page.locator(".all-series tbody button").nth(3).inner_text()
    must_change("search", lambda: search.fill(word), count.inner_text)
    search.fill("")
    first = page.locator(".all-series tbody button").first
    first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("PageDown")
    page.keyboard.press("End")
    page.wait_for_timeout(60)
    focused = page.evaluate("document.activeElement.closest('tr')?.dataset.row")
    if focused is None or int(focused) != page.evaluate(
        "Number(document.querySelector('.all-series').getAttribute('aria-rowcount')) - 2"
    ):
        failed.append("keys of the table")
    page.keyboard.press("Enter")
    page.wait_for_timeout(60)
    if not page.locator("dialog[open] .plot svg").count() or not page.locator("dialog[open] table").count():
        failed.append("open a series")
    page.keyboard.press("Escape")
    page.wait_for_timeout(60)
    if page.locator("dialog[open]").count() or page.evaluate("document.activeElement.closest('tr') === null"):
        failed.append("close a series")
    return failed


def examine(browser: Browser, name: str, path: Path, pictures: Path | None) -> dict[str, object]:
    """Return what is to be said of one page."""
    light, dark, narrow = (
        Reader(browser, size, scheme) for size, scheme in ((WIDE, "light"), (WIDE, "dark"), (NARROW, "light"))
    )
    seconds, worked = light.open(path)
    row: dict[str, object] = {
        "page": name.replace(" ", "_"),
        "mb": path.stat().st_size / 1e6,
        "wall_s": seconds,
        "cpu_s": worked,
    }
    dark.open(path)
    narrow.open(path)
    broken = light.violations() + dark.violations() + narrow.violations()
    sideways = narrow.page.evaluate("document.documentElement.scrollWidth > innerWidth")
    if pictures is not None:
        for kind, reader in (("light", light), ("dark", dark), ("narrow", narrow)):
            reader.page.screenshot(path=pictures / f"{path.stem}-{kind}.png", full_page=True)
        print_page(browser, path, pictures)
    failed = try_out(light.page) + try_out(narrow.page)
    readers = (light, dark, narrow)
    row |= {
        "console_errors": sum(len(each.errors) for each in readers),
        "requests": sum(len(each.requests) for each in readers),
        "violations": len(broken),
        "sideways": "yes" if sideways else "no",
        "failed": len(failed),
    }
    for text in (*broken, *failed, *(error for each in readers for error in each.errors)):
        print(f"{name}: {text}", file=sys.stderr)
    for each in readers:
        each.close()
    return row


def print_page(browser: Browser, path: Path, pictures: Path) -> None:
    """Write the page as it is printed: as PDF, and as one long picture."""
    reader = Reader(browser, PAPER, "dark")
    reader.open(path)
    reader.page.pdf(path=pictures / f"{path.stem}-print.pdf", prefer_css_page_size=True)
    reader.page.emulate_media(media="print")
    reader.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    reader.page.wait_for_timeout(100)
    reader.page.screenshot(path=pictures / f"{path.stem}-print.png", full_page=True)
    reader.close()


def main() -> None:
    """Make the reports, open them, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=10_000, help="series of the largest page")
    parser.add_argument("--file", nargs="*", default=[], help="other files to forecast")
    parser.add_argument("--pictures", type=Path, help="folder for pictures of the pages")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright

    browser_path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if options.pictures:
        options.pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        pages = make_reports(Path(folder), [str(Path(name).resolve()) for name in options.file], options.series)
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = driver.chromium.launch(executable_path=browser_path, args=flags)
        found = {"rows": [examine(browser, name, path, options.pictures) for name, path in pages.items()]}
        browser.close()
    print(json.dumps(found) if options.json else table(found))
    if any(row["console_errors"] or row["requests"] or row["violations"] or row["failed"] for row in found["rows"]):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
