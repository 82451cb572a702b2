"""The README and the pages on commands are true: commands run, tables are the program's, the set-up is that of CI."""

from __future__ import annotations

import itertools
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer

from forecaster.cli import main
from forecaster.cli.app import app
from forecaster.cli.exits import EXIT_CODES, FailureDisplay

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
COMMANDS_PAGE, OPTIONS_PAGE, CRON_PAGE = (
    (ROOT / "docs" / name).read_text() for name in ("commands.md", "options.md", "cron.md")
)
MOST_WORDS = 900
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
QUICK = {"FORECAST_EPOCHS": "1", "FORECAST_UPDATES": "5", "FORECAST_MEMBERS": "1", "FORECAST_FOLDS": "2"}
"""The options that make training short, given as a user would."""


def shell(commands: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    surroundings = {**os.environ, **QUICK, **environment, "PATH": path}
    command = ["bash", "-euo", "pipefail", "-c", commands]
    return subprocess.run(command, cwd=folder, env=surroundings, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the files that the README speaks of."""
    folder = tmp_path_factory.mktemp("readme")
    rng = np.random.default_rng(0)
    days = pd.bdate_range("2022-01-03", periods=310)
    walk = pd.DataFrame({"Date": days, "Open": 100 + rng.normal(size=310).cumsum()})
    walk["Close"] = walk["Open"] + rng.normal(size=310)
    for name in ("prices", "a", "b", "c"):
        walk[:300].to_csv(folder / f"{name}.csv", index=False)
    walk.to_csv(folder / "newer.csv", index=False)
    visits = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(1, 8, 100).cumsum(), unit="D")
    pd.DataFrame({"ds": visits, "y": 5 + rng.normal(size=100)}).to_csv(folder / "visits.csv", index=False)
    months = pd.date_range("2015-01-01", periods=80, freq="MS")
    waves = [
        pd.DataFrame({"industry": i, "month": months, "y": 9 + np.sin(np.arange(80) / 2 + k)})
        for k, i in enumerate("xy")
    ]
    pd.concat(waves).to_csv(folder / "panel.csv", index=False)
    (folder / "sample_data").symlink_to(ROOT / "sample_data")
    return folder


def test_the_quick_start_prints_a_forecast(workplace: Path) -> None:
    commands = BLOCKS[0].replace(".venv/bin/", "").split("&&\n", 1)[1]
    done = shell(commands, workplace)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 6
    assert [line.split(",")[1] for line in lines[1:]] == [
        "2019-01-02",
        "2019-01-03",
        "2019-01-04",
        "2019-01-07",
        "2019-01-08",
    ]
    assert "Accuracy  As good as repeating the last value" in done.stderr
    assert "% of the values fell into the 80 % interval" in done.stderr
    shown = re.search(r"```text\n(.*?)```", README, re.DOTALL)
    assert shown is not None
    sentences = re.sub(r"\n {10}", " ", shown[1]).splitlines()
    assert not [each for each in sentences[:5] if each not in done.stderr.splitlines()], "the README shows other words"


COMMANDS = re.findall(r"```sh\n(.*?)```", COMMANDS_PAGE, re.DOTALL)[0].splitlines()


@pytest.mark.slow
@pytest.mark.nightly
def test_the_commands_run_as_they_stand(workplace: Path) -> None:
    for line in [each for each in COMMANDS if "--scheduler" not in each]:  # tests/workers has a cluster
        expected = 5 if "--require-skill" in line else 0
        done = shell(line, workplace)
        if line:
            assert done.returncode == expected, (line, done.stderr)
    assert (workplace / "forecast.csv").is_file()


@pytest.mark.slow
def test_the_lines_for_many_files_run_as_they_stand(tmp_path: Path) -> None:
    for folder in ("prices", "archive"):
        (tmp_path / folder).mkdir()
    walk = 100 + np.random.default_rng(0).normal(size=250).cumsum()
    for name in "ab":
        prices = pd.DataFrame({"Date": pd.bdate_range("2022-01-03", periods=250), "Close": walk.round(2)})
        prices.to_csv(tmp_path / "prices" / f"{name}.csv", index=False)
    (tmp_path / "prices" / "broken.csv").write_text("Date,Close\n2022-01-03,1\n2022-01-04\n")
    ended = []
    for line in re.findall(r"```sh\n(.*?)```", CRON_PAGE, re.DOTALL)[0].splitlines():
        done = shell(line, tmp_path)
        ended.append((done.returncode, "broken.csv:3" in done.stderr, bool(done.stderr), done.stdout))
    assert ended == [(3, True, True, ""), (0, False, False, ""), (0, False, False, "")]
    (day,) = (tmp_path / "archive").iterdir()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", day.name)
    for folder in (tmp_path / "forecasts", day):
        assert sorted(path.name for path in folder.iterdir()) == ["a.csv", "b.csv", "failures.csv"]


@pytest.mark.parametrize("page", ["docs/commands.md", "docs/data.md"])
def test_the_program_knows_the_options_of_the_commands(page: str) -> None:
    program = typer.main.get_command(app)
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    lines = [line for block in blocks for line in re.findall(r"^forecast (.+)", block, re.MULTILINE)]
    assert len(lines) >= 12
    for line in lines:
        words = itertools.takewhile(lambda word: word not in {"|", ">", "&&"}, shlex.split(line, comments=True))
        command, *arguments = words
        program.commands[command].make_context(command, arguments, obj=FailureDisplay())  # type: ignore[attr-defined] - it is a group


def test_the_configuration_of_the_page_is_taken(
    workplace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = re.search(r"```toml\n(.*?)```", OPTIONS_PAGE, re.DOTALL)
    assert text is not None
    (tmp_path / "forecast.toml").write_text(text[1])
    monkeypatch.chdir(tmp_path)
    for name, value in QUICK.items():
        monkeypatch.setenv(name, value)
    assert [main(["train", str(workplace / "prices.csv")]), main(["inspect", "--json"])] == [0, 0]
    found = json.loads(capsys.readouterr().out)["specification"]
    assert (found["cell"], found["horizon"], found["seed"]) == ("lstm", 10, 7)


def test_the_exit_codes_are_those_of_the_program() -> None:
    rows = {int(code): meaning for code, meaning in re.findall(r"^\| (\d+) \| (.+) \|$", CRON_PAGE, re.MULTILINE)}
    assert rows == dict(EXIT_CODES)


def test_every_command_stands_in_the_readme() -> None:
    names = [command.callback.__name__ for command in app.registered_commands if command.callback]
    assert sorted(names) == ["batch", "check", "config", "doctor", "evaluate", "inspect", "ledger", "predict", "train"]
    for name in names:
        assert f"forecast {name}" in README


def test_every_option_stands_on_the_page() -> None:
    tables = "\n".join(line for line in OPTIONS_PAGE.splitlines() if line.startswith("| "))
    named = set(re.findall(r"--[a-z][a-z-]*", tables))
    options = {
        flag
        for command in typer.main.get_command(app).commands.values()  # type: ignore[attr-defined] - it is a group
        for parameter in command.params
        for flag in (*parameter.opts, *parameter.secondary_opts)
        if flag.startswith("--")
    }
    assert options - named == {"--all-rows"}
    assert named <= options


@pytest.mark.parametrize(
    "page", ["README.md", *sorted(str(each.relative_to(ROOT)) for each in (ROOT / "docs").rglob("*.md"))]
)
def test_links_lead_to_files(page: str) -> None:
    for target in re.findall(r"\]\(([^)h#][^)#]*)(?:#[^)]*)?\)", (ROOT / page).read_text()):
        assert ((ROOT / page).parent / target).exists(), target


def test_the_readme_is_short() -> None:
    assert len(README.split()) <= MOST_WORDS


def test_ci_runs_the_test_command_of_the_readme() -> None:
    assert "<!-- tests -->" in (ROOT / ".ci" / "run").read_text()
    tests = README.split("<!-- tests -->")[1].split("```")[1]
    assert "pip install -q -e '.[test]'" in tests
    assert "python -m pytest" in tests


def test_the_nightly_run_has_every_benchmark() -> None:
    listed = re.findall(r"^\| `(\w+\.py)` \|", (ROOT / "benchmarks" / "README.md").read_text(), re.MULTILINE)
    assert set(re.findall(r"\bbenchmark (\w+\.py)", (ROOT / ".ci" / "nightly").read_text())) == set(listed)
