"""The page on data is true: commands run, cells mean what it says, codes, limits and caps are those of the sources."""

from __future__ import annotations

import csv
import re
import runpy
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from forecaster import size_limits
from forecaster.calendars.calendar import HOLIDAY_SHARE
from forecaster.calendars.day_record import YEARS_OF_PROOF
from forecaster.cli import main
from forecaster.cli.exits import EXIT_CODES
from forecaster.cli.findings import MOST_LISTED
from forecaster.errors import Code, ForecasterError
from forecaster.reading import column_search, counted_steps, repair, series_search
from forecaster.reading.cells import column, missing_values, numbers, timestamps
from forecaster.reading.cells.dates import ISO
from forecaster.reading.cells.time_style import TimeStyle, write_times
from forecaster.reading.reader import read_sources
from forecaster.reading.tables import header, sources
from forecaster.reading.target_rows import MISSING_SHARE
from forecaster.spec import Selection

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "data.md").read_text()
TEXT = " ".join(PAGE.split())
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
SHELL: Callable[..., Any] = runpy.run_path(str(ROOT / "tests" / "test_readme.py"))["shell"]
DAYS = pd.bdate_range("2022-01-03", periods=300)
MOMENT = np.datetime64("2024-01-05T14:30", "us")
ZONES = {"Z": "UTC", "HH:MM+HHMM": "+01:00", "SS+HH:MM": "+01:00", "since 1970": "UTC"}


def rows_below(*titles: str) -> list[list[str]]:
    """Return the cells of the table whose first titles are these; of several, of all."""
    head = re.escape("| " + " | ".join(titles))
    tables = re.findall(rf"^{head}[^\n]*\n\|[-|]+\|\n((?:\|[^\n]*\n)+)", PAGE, re.MULTILINE)
    assert tables, titles
    return [[cell.strip() for cell in line.split("|")[1:-1]] for table in tables for line in table.splitlines()]


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def retail_months() -> pd.DatetimeIndex:
    """Return the last days of the months of five years of 4, 5 and 4 weeks, which end near the end of January."""
    ends = [pd.Timestamp(date) for date in ("2018-02-03", "2019-02-02", "2020-02-01", "2021-01-30", "2022-01-29")]
    weeks = np.cumsum(np.tile([4, 5, 4], 4))[:-1]
    within = [end + pd.Timedelta(weeks=int(count)) for end in ends for count in weeks]
    return pd.DatetimeIndex(sorted([*ends[1:], pd.Timestamp("2023-01-28"), *within]))


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the files that the page speaks of."""
    folder = tmp_path_factory.mktemp("data")
    for inside in ("prices", "more/east"):
        (folder / inside).mkdir(parents=True)
    rng = np.random.default_rng(0)
    walk = pd.DataFrame({"Date": DAYS, "Close": (100 + rng.normal(size=300).cumsum()).round(2)})
    for name in ("prices", "prices/a", "prices/b", "more/c", "more/east/d"):
        walk.to_csv(folder / f"{name}.csv", index=False)
    pd.concat(walk.assign(shop=shop) for shop in "xy").to_csv(folder / "panel.csv", index=False)
    walk.assign(north=walk["Close"], south=walk["Close"]).drop(columns="Close").to_csv(folder / "wide.csv", index=False)
    candles = pd.DataFrame({"time": DAYS.astype("datetime64[us]").astype(np.int64) // 1000})
    for number in range(2, 8):
        candles[str(number)] = walk["Close"] + number
    candles.to_csv(folder / "klines.csv", index=False, header=False)
    export = walk.assign(Date=DAYS.strftime("%d/%m/%Y")).rename(columns={"Date": "Tag", "Close": "Schluß"})
    export.to_csv(folder / "export.csv", index=False, sep=";", decimal=",", encoding="cp1250")
    days = pd.date_range("2022-01-01", periods=320)
    promo = pd.DataFrame({"Date": days, "promo": (np.arange(320) % 10 == 0).astype(int)})
    promo.to_csv(folder / "promo.csv", index=False)
    sales = promo[:300].assign(visits=rng.integers(50, 90, 300), units=(20 + rng.normal(size=300)).round(2))
    sales.drop(columns="promo").to_csv(folder / "sales.csv", index=False)
    fridays = pd.date_range("2021-01-01", periods=24, freq="WOM-4FRI")
    pd.DataFrame({"Date": fridays, "Close": walk["Close"][:24]}).to_csv(folder / "expiries.csv", index=False)
    pd.DataFrame({"Date": retail_months(), "Close": walk["Close"][:60]}).to_csv(folder / "retail.csv", index=False)
    moments = pd.Timestamp("2022-01-03") + pd.to_timedelta(np.sort(rng.integers(0, 120 * 86400, 20_000)), unit="s")
    receipts = pd.DataFrame(
        {"time": moments, "shop": rng.choice(["x", "y"], 20_000), "amount": rng.integers(1, 90, 20_000)}
    )
    receipts.to_csv(folder / "receipts.csv", index=False)
    stores = [
        pd.DataFrame(
            {"Date": days[:200], "store": store, "region": region, "weather": rng.choice(["rain", "sun"], 200)}
        )
        for store, region in (("a", "north"), ("b", "north"), ("c", "south"))
    ]
    shops = pd.concat(stores, ignore_index=True)
    shops["sales"] = np.where(shops["weather"] == "sun", 30, 20) + rng.normal(size=600).round(2)
    shops.to_csv(folder / "stores.csv", index=False)
    ahead = pd.DataFrame({"Date": days[200:260], "weather": rng.choice(["rain", "sun"], 60)})
    ahead.to_csv(folder / "weather.csv", index=False)
    (folder / "text.csv").write_text("Exceeded the daily limit\n")
    (folder / "short.csv").write_text("Date,id,y\n2024-01-01,a,1\n2024-01-02,a,2\n2024-01-01,b,1\n2024-01-02,b,2\n")
    return folder


@pytest.mark.slow
@pytest.mark.nightly
def test_every_command_runs_as_it_stands(workplace: Path) -> None:
    for line in COMMANDS:
        done = SHELL(line, workplace)
        assert done.returncode == 0, (line, done.stderr)
    assert len(COMMANDS) >= 15
    assert len(pd.read_csv(workplace / "repaired.csv")) == 300


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("prices.csv", 0),
        ("prices.csv --encoding none", 2),
        ("prices.csv text.csv", 3),
        ("text.csv missing.csv", 4),
        ("short.csv", 4),
        ("text.csv", 65),
        ("missing.csv", 66),
        ("prices.csv 'missing*.csv'", 66),
        ("prices.csv -o missing/repaired.csv", 73),
    ],
)
def test_check_ends_as_the_page_says(
    workplace: Path, monkeypatch: pytest.MonkeyPatch, arguments: str, code: int
) -> None:
    monkeypatch.chdir(workplace)
    assert main(["check", *shlex.split(arguments)]) == code
    assert str(code) in {row[0] for row in rows_below("exit code", "of check")}
    assert code in EXIT_CODES


def readable(cells: list[str], selection: Selection, folder: Path) -> Any:
    """Return what is read of a file whose column y repeats the cells."""
    file = folder / "file.csv"
    file.write_text("Date;y\n" + "".join(f"{day:%Y-%m-%d};{cells[i % len(cells)]}\n" for i, day in enumerate(DAYS)))
    return read_sources([str(file)], selection).panel.values  # noqa: PD011 - a panel is no frame


@pytest.mark.parametrize(
    ("layout", "example"), [[quoted(cell)[0] for cell in row] for row in rows_below("layout", "example")]
)
def test_layouts_of_dates_are_found(layout: str, example: str, tmp_path: Path) -> None:
    zone = next((zone for end, zone in ZONES.items() if layout.endswith(end)), "")
    style = TimeStyle("" if layout == ISO else layout, zone)
    unit, rows = ("h", 1000) if re.search("HH|1970", layout) else ("D", 300) if "D" in layout else ("M", 300)
    unit = "W" if "WWW" in layout else unit
    moments = (MOMENT.astype(f"datetime64[{unit}]") + np.arange(rows)).astype("datetime64[us]")
    moments += (MOMENT - MOMENT.astype("datetime64[h]")) * (unit == "h")
    moments -= np.timedelta64(3, "D") * (unit == "W")  # weeks of NumPy begin on Thursday
    written = write_times(moments, style).tolist()
    file = tmp_path / "file.csv"
    with file.open("w", newline="") as stream:
        csv.writer(stream).writerows([("Date", "y"), *((cell, i % 7) for i, cell in enumerate(written))])
    source = read_sources([str(file)], Selection())
    assert source.style == style
    assert (source.panel.ds == moments).all()
    assert written[0] == example


@pytest.mark.parametrize("row", rows_below("cell", "refused, because"), ids=lambda row: row[0])
def test_dates_that_are_not_read_are_refused(row: list[str], tmp_path: Path) -> None:
    (cell,) = quoted(row[0])
    file = tmp_path / "file.csv"
    file.write_text("Date,y\n" + f"{cell},1\n" * 20)
    with pytest.raises(ForecasterError, match="column Date") as caught:
        read_sources([str(file)], Selection(time="Date", targets=("y",)))
    assert caught.value.code in {"DATE", "DATE-AMBIGUOUS"}
    named = [option.split()[1] for option in quoted(row[2]) if option.startswith("--date-format")]
    assert all(layout in caught.value.remedy for layout in named)


@pytest.mark.parametrize("row", rows_below("cells", "read as"), ids=lambda row: row[0])
def test_numbers_mean_what_the_page_says(row: list[str], tmp_path: Path) -> None:
    meant = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", row[1].partition(":")[0])]
    cells = quoted(row[0])
    assert readable(cells, Selection(), tmp_path)[: len(cells)].tolist() == meant


@pytest.mark.parametrize("row", rows_below("cells", "refused, because"), ids=lambda row: row[0])
def test_numbers_that_are_not_read_are_refused(row: list[str], tmp_path: Path) -> None:
    with pytest.raises(ForecasterError, match="column y") as caught:
        readable(quoted(row[0]), Selection(), tmp_path)
    assert caught.value.exit_code == 65
    for option in quoted(row[2]):
        assert len(readable(quoted(row[0]), Selection(decimal=option[-1]), tmp_path)) == 300


def test_missing_marks_are_those_of_the_reader() -> None:
    listed = TEXT.partition("Missing, in any case:")[2].partition("A file whose")[0]
    assert {mark.lower() for mark in quoted(listed)} | {""} == missing_values.MISSING


def spoken(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


@pytest.mark.parametrize(
    "said",
    [
        f"lines of a footer | {header.MOST_HEADINGS}, {header.MOST_FOOTERS} |",
        f"a value | -{numbers.LARGEST:g} to {numbers.LARGEST:g}".replace("e+", "e"),
        f"at most {repair.MOST_TOGETHER} rows together and {100 * repair.MOST_SHARE:.0f} % of all rows",
        f"over {100 * MISSING_SHARE:.0f} % of the values missing",
        f"prints {MOST_LISTED} findings",
        f"up to {column.MOST_LISTED:,} cells",
        f"Years are {timestamps.EARLIEST_YEAR} to {timestamps.LATEST_YEAR}",
        f"called {spoken(series_search.SERIES_NAMES)}",
        f"called {spoken(counted_steps.STEP_NAMES)}",
        f"called {spoken(tuple(names[0] for names in column_search.TARGET_NAMES))}",
        f"`{'`, `'.join(sources.TABLES[:-1])}` or `{sources.TABLES[-1]}`",
    ],
)
def test_the_page_has_the_numbers_and_names_of_the_code(said: str) -> None:
    assert said in TEXT


SIZES = {
    "LARGEST_FILE": f"a table, compressed or not | {size_limits.LARGEST_FILE // 2**30} GiB | 65",
    "LARGEST_RATIO": f"{size_limits.LARGEST_RATIO} times its size, beyond ",
    "ALWAYS_UNPACKED": f" beyond {size_limits.ALWAYS_UNPACKED // 2**20} MiB | 65",
    "MOST_ENTRIES": f"entries of a zip archive | {size_limits.MOST_ENTRIES} | 65",
    "MOST_MEMBERS": f"pieces of gzip data in a file | {size_limits.MOST_MEMBERS:,} | 65",
    "LONGEST_LINE": f"a line | {size_limits.LONGEST_LINE // 2**20} MiB | 65",
    "LONGEST_CELL": f"a cell | {csv.field_size_limit():,} characters | 65",
    "MOST_LINES": f"lines, or rows of a Parquet file | {size_limits.MOST_LINES:,} | 65",
    "MOST_COLUMNS": f"columns | {size_limits.MOST_COLUMNS:,} | 65",
    "MOST_CELLS": f"cells of a Parquet file or a workbook | {size_limits.MOST_CELLS:,} | 65",
    "MOST_SHEET_ROWS": f"rows of a sheet of a workbook | {size_limits.MOST_SHEET_ROWS:,} | 65",
    "LARGEST_LIST": f"a list of files | {size_limits.LARGEST_LIST // 2**20} MiB",
    "MOST_LISTED_FILES": f"MiB, {size_limits.MOST_LISTED_FILES:,} names | 65",
    "MOST_FOLDERS": f"folders that a pattern with `**` covers | {size_limits.MOST_FOLDERS:,} | 65",
    "LARGEST_MODEL": f"a model | {size_limits.LARGEST_MODEL // 2**20} MiB | 76",
    "MOST_INSTRUCTIONS": f"instructions of a model | {size_limits.MOST_INSTRUCTIONS:,} | 76",
    "MOST_SERIES": f"series of a model | {size_limits.MOST_SERIES:,} | 76",
    "DEEPEST": f"levels of lists in a model | {size_limits.DEEPEST} | 76",
    "LONGEST_TEXT": f"a text in a model | {size_limits.LONGEST_TEXT:,} characters | 76",
    "MOST_VALUES_OF_A_WINDOW": (
        f"values that the network of a model keeps of a window | {size_limits.MOST_VALUES_OF_A_WINDOW:,} | 76"
    ),
    "MOST_EMPTY_STEPS": f"between the rows of a model | {size_limits.MOST_EMPTY_STEPS:,}, and ",
    "EMPTY_STEPS_PER_ROW": f", and {size_limits.EMPTY_STEPS_PER_ROW} for each row | 76, of newer rows 65",
    "MOST_OPEN_SLOTS": f"weeks in a model, such as seconds | {size_limits.MOST_OPEN_SLOTS:,} | 76",
    "MOST_FORECAST_CELLS": f"times columns | {size_limits.MOST_FORECAST_CELLS:,} | 76 with a model, 65 without one",
    "MOST_FOLD_CELLS": f"cells of all folds of `evaluate`, with all its methods | {size_limits.MOST_FOLD_CELLS:,} | 65",
    "LARGEST_CONFIGURATION": f"a configuration file | {size_limits.LARGEST_CONFIGURATION // 2**10} KiB | 78",
    "LONGEST_SETTING": f"a value in it or in a variable | {size_limits.LONGEST_SETTING:,} characters | 78",
    "MOST_KEY_PARTS": f"points in a name in it | {size_limits.MOST_KEY_PARTS} | 78",
    "MOST_STEPS": f"steps of a forecast, `--horizon` | {size_limits.MOST_STEPS:,} | 2",
    "MOST_SAMPLES": f"rows of sample paths, `--samples` | {size_limits.MOST_SAMPLES:,} | 2",
}
"""What the page says of each size."""


def test_the_page_lists_every_size_that_is_limited() -> None:
    assert {name for name in vars(size_limits) if name.isupper()} == SIZES.keys()
    assert csv.field_size_limit() == size_limits.LONGEST_CELL
    assert [said for said in SIZES.values() if said not in TEXT] == []


def test_shares_that_are_spelt_out_are_those_of_the_code() -> None:
    assert (HOLIDAY_SHARE, "up to a tenth of its days" in TEXT) == (0.1, True)
    assert (YEARS_OF_PROOF, "hold for three years" in TEXT) == (3, True)


def test_links_lead_to_files() -> None:
    for target in re.findall(r"\]\(([^)h][^)]*)\)", PAGE):
        assert (ROOT / "docs" / target).exists(), target
    assert "(docs/data.md)" in (ROOT / "README.md").read_text()


def listed(*titles: str) -> set[str]:
    return {code for row in rows_below(*titles) for code in quoted(row[0])}


def test_every_code_is_explained_in_the_table_where_users_meet_it() -> None:
    tables = [listed("code", word) for word in ("refused", "finding", "failed")]
    before_any_file_is_read = {"ERROR", "CONFIGURATION", "CLUSTER"}
    assert set().union(*tables) == {str(code) for code in Code} - before_any_file_is_read


def test_every_code_is_used() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "forecaster").rglob("*.py"))
    assert {code for code in Code if f"Code.{code.name}" not in sources} == set()
