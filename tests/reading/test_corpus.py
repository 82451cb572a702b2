"""Files as people have them: the good ones are read right, the bad ones refused in a sentence.

`corpus` holds them, and its manifest what each must come to. Everything but the reading of values goes through the
command line.
"""

from __future__ import annotations

import csv
import json
import re
import runpy
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest

from forecaster.cli import main
from forecaster.reading.reader import read_sources
from forecaster.spec import COLUMNS, Selection

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.series.panel import Panel

    Row = dict[str, str]

CORPUS = Path(__file__).parent / "corpus"
LARGE = runpy.run_path(str(Path(__file__).parent / "large_files.py"))["MADE"]
with (CORPUS / "manifest.csv").open(encoding="utf-8", newline="") as _file:
    MANIFEST = {row["file"]: row for row in csv.DictReader(_file)}
ACCEPTED = [name for name, row in MANIFEST.items() if row["expected"] == "accept"]
REFUSED = [name for name, row in MANIFEST.items() if row["expected"] == "refuse"]
CANONICAL = "a01_canonical.csv"
ALIKE = [name for name, row in MANIFEST.items() if row["same_as"] == "canonical"]
OPTIONS = {"header": "--header", "date_col": "--time", "target": "--target", "series_col": "--series"}
"""The option for each word of the column `hints`."""
QUICK = ("--epochs", "1", "--updates", "1", "--members", "1", "--hidden", "2", "--quiet")
FIRST_OF_EACH_KIND = {row["message_id"]: name for name, row in reversed(MANIFEST.items()) if name in REFUSED}.values()
"""The first file with each fault, or faults."""
IN_CELL = {"DATE", "NUMBER", "NONFINITE", "VALUE-RANGE"}
"""Faults of a cell, whose column is named."""


class Result(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def path_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Return a function that gives the path of a file of the manifest; the large ones are made once."""
    folder = tmp_path_factory.mktemp("large")

    def path(name: str) -> str:
        if name not in LARGE:
            return str(CORPUS / name)
        if not (folder / name).exists():
            LARGE[name](folder / name)
        return str(folder / name)

    return path


@pytest.fixture(scope="module")
def panel_of(path_of: Callable[[str], str]) -> Callable[[str], Panel]:
    """Return a function that reads a file once, as it is said in the manifest."""
    return cache(lambda name: read_sources([path_of(name)], selection(name)).panel)


@pytest.fixture
def forecast(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Result]:
    """Return a function that runs a command line in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONWARNINGS", raising=False)

    def run(*arguments: str) -> Result:
        return Result(main(arguments), *capsys.readouterr())

    return run


@pytest.fixture(scope="module")
def canonical(path_of: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """Return the forecast from the first file."""
    model = str(tmp_path_factory.mktemp("canonical") / "model.joblib")
    output = model.replace("model.joblib", "forecast.csv")
    assert main(("train", path_of(CANONICAL), *QUICK, "--output", model)) == 0
    assert main(("predict", "--model", model, "--output", output, "--quiet")) == 0
    return rows_of(Path(output).read_text(encoding="utf-8"))


def hints(name: str) -> dict[str, str]:
    return dict(hint.split("=", 1) for hint in MANIFEST[name]["hints"].split(";") if hint)


def options(name: str) -> list[str]:
    return [part for word, value in hints(name).items() for part in (OPTIONS[word], value)]


def selection(name: str) -> Selection:
    said = hints(name)
    header = 0 if said.get("header") == "no" else None
    targets = (said["target"],) if "target" in said else ()
    return Selection(said.get("date_col"), targets, said.get("series_col"), header=header)


def rows_of(text: str) -> list[Row]:
    return list(csv.DictReader(text.splitlines()))


def values_of(rows: list[Row]) -> list[list[str]]:
    """Return all columns but the name and the time, which a file says in its own words."""
    return [[cell for column, cell in row.items() if column not in {COLUMNS.series, COLUMNS.time}] for row in rows]


def predicted(forecast: Callable[..., Result], path: str, *said: str) -> list[Row]:
    """Return the forecast of a network that is trained on a file."""
    trained = forecast("train", path, *said, *QUICK)
    assert trained == (0, "", ""), trained.err
    done = forecast("predict", "--format", "csv", "--quiet")
    assert (done.code, done.err) == (0, "")
    return rows_of(done.out)


def test_the_manifest_and_the_folder_agree() -> None:
    kept = {path.name for path in CORPUS.iterdir()} - {"manifest.csv", "README.md", ".gitattributes"}
    assert kept | LARGE.keys() == MANIFEST.keys()
    assert (len(ACCEPTED), len(REFUSED), len(ALIKE)) == (90, 68, 65)


@pytest.mark.sampled("[ab]*", "c[01]*", "c2[0-35-9]*")
@pytest.mark.parametrize("name", ACCEPTED)
def test_a_good_file_has_the_values_of_the_manifest(panel_of: Callable[[str], Panel], name: str) -> None:
    said, panel = MANIFEST[name], panel_of(name)
    assert len(panel.values) == int(said["n_obs"])
    first, last = (np.datetime_as_string(ds, unit="D") for ds in (panel.ds.min(), panel.ds.max()))
    assert (first, last) == (said["first_date"], said["last_date"])
    if said["sum_target"]:
        assert panel.values.sum() == pytest.approx(float(said["sum_target"]), rel=1e-15, abs=0.005)


@pytest.mark.parametrize("name", ALIKE)
def test_what_says_the_same_as_the_first_file_is_the_same(panel_of: Callable[[str], Panel], name: str) -> None:
    panel, first = panel_of(name), panel_of(CANONICAL)
    assert np.array_equal(panel.ds, first.ds)
    assert np.array_equal(panel.values, first.values)


@pytest.mark.sampled(
    "a07_*",
    slow=(
        "a[0-9][035]_*",
        "b29_*",
        "b0*",
    ),
)
@pytest.mark.parametrize("name", ALIKE)
def test_what_says_the_same_as_the_first_file_is_forecast_alike(
    forecast: Callable[..., Result], path_of: Callable[[str], str], canonical: list[Row], name: str
) -> None:
    assert values_of(predicted(forecast, path_of(name), *options(name))) == values_of(canonical)


@pytest.mark.sampled("[ab]?0_*", "c?[05]_*", "c0*", slow=("*5_*",))
@pytest.mark.parametrize("name", ACCEPTED)
def test_a_good_file_passes_the_check_with_its_findings(
    forecast: Callable[..., Result], path_of: Callable[[str], str], name: str
) -> None:
    done = forecast("check", path_of(name), *options(name), "--format", "json", "--quiet")
    assert (done.code, done.err) == (0, "")
    found = {finding["code"] for finding in json.loads(done.out)}
    noted = MANIFEST[name]["message_id"].removeprefix("W-")
    assert not noted or noted in found


@pytest.mark.sampled(*FIRST_OF_EACH_KIND)
@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_file_is_refused_in_one_sentence_that_says_where(
    forecast: Callable[..., Result], path_of: Callable[[str], str], tmp_path: Path, name: str
) -> None:
    said, path = MANIFEST[name], path_of(name)
    done = forecast("train", path, *options(name))
    assert (done.code, done.out) == (int(said["exit_code"]), "")
    assert done.err.count("\n") == 1
    assert done.err.endswith("\n")
    assert done.err[:-1].isprintable()
    sentence = done.err.removeprefix("error: ")
    assert sentence.startswith(path)
    assert len(sentence) < len(path) + 400
    place = sentence.removeprefix(path)
    if line := re.search(r"line (\d+)", said["effect"]):
        assert place.startswith(f":{line[1]}: ")
        if codes(name) & IN_CELL:
            assert re.match(r":\d+: column \w+: ", place)
    if re.search(r"both lines|line of each", said["effect"]):
        assert len(set(re.findall(r"(?<=^:)\d+|(?<=line )\d+", place))) == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.sampled("[abde]?0_*", "d0*", slow=("[abde]?5_*",))
@pytest.mark.parametrize("name", REFUSED)
def test_the_check_has_a_row_for_what_is_wrong(
    forecast: Callable[..., Result], path_of: Callable[[str], str], name: str
) -> None:
    path = path_of(name)
    done = forecast("check", path, *options(name), "--format", "json")
    assert done.code == int(MANIFEST[name]["exit_code"])
    rows = json.loads(done.out)
    wrong = [row for row in rows if row["code"] in codes(name)]
    assert wrong, rows
    assert all(row["file"] == path and row["text"] and row["remedy"] for row in wrong)


def codes(name: str) -> set[str]:
    return {code.removeprefix("E-") for code in MANIFEST[name]["message_id"].split("|")}


@pytest.mark.parametrize(("name", "spread"), [("c07_constant.csv", 0), ("c08_almost_constant.csv", 1e-6)])
def test_a_constant_series_stays_where_it_is(
    forecast: Callable[..., Result], path_of: Callable[[str], str], name: str, spread: float
) -> None:
    rows = predicted(forecast, path_of(name))
    assert len(rows) == 5
    assert max(abs(float(row[COLUMNS.model]) - 1500) for row in rows) <= spread
    assert max(abs(float(cell) - 1500) for row in values_of(rows) for cell in row[:-1]) <= 1e-5


@pytest.mark.parametrize(("name", "unit"), [("c09_tiny_values.csv", 1e-12), ("c10_large_values.csv", 1e9)])
def test_the_unit_of_the_values_does_not_matter(
    forecast: Callable[..., Result], path_of: Callable[[str], str], canonical: list[Row], name: str, unit: float
) -> None:
    found = [[float(cell) for cell in row[:-1]] for row in values_of(predicted(forecast, path_of(name)))]
    expected = [[unit * float(cell) for cell in row[:-1]] for row in values_of(canonical)]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "times"),
    [
        ("a29_dmy_dots.csv", ["27.02.2023", "28.02.2023"]),
        ("c11_calendar_days.csv", ["2022-10-28", "2022-10-29", "2022-10-30"]),
        ("c12_monthly.csv", ["2023-01-01", "2023-02-01"]),
    ],
)
def test_forecasts_continue_the_times_of_the_file(
    forecast: Callable[..., Result], path_of: Callable[[str], str], name: str, times: list[str]
) -> None:
    found = predicted(forecast, path_of(name))
    assert [row[COLUMNS.time] for row in found][: len(times)] == times


@pytest.mark.parametrize("name", ["c17_formula_in_header.csv", "c20_series_id_formula_newline.csv"])
def test_no_cell_of_text_begins_like_a_formula(
    forecast: Callable[..., Result], path_of: Callable[[str], str], name: str
) -> None:
    trained = forecast("train", path_of(name), *options(name), *QUICK)
    assert trained.code == 0, trained.err
    done = forecast("predict", "--format", "csv", "--quiet")
    rows = list(csv.reader(done.out.splitlines(keepends=True)))
    assert len({len(row) for row in rows}) == 1
    for cell in (cell for row in rows for cell in row):
        assert cell[:1] not in {"=", "+", "@", "\t", "\r"}
        assert not cell.startswith("-") or float(cell) < 0


def test_no_control_character_of_a_file_is_printed(
    forecast: Callable[..., Result], path_of: Callable[[str], str]
) -> None:
    name = path_of("c18_escape_codes_in_header.csv")
    shown = [forecast("train", name, *QUICK[:-1]), forecast("predict"), forecast("inspect"), forecast("check", name)]
    assert [each.code for each in shown] == [0, 0, 0, 0]
    assert all(each.out.replace("\n", "").isprintable() for each in shown)
    assert all(each.err.replace("\n", "").isprintable() for each in shown)
