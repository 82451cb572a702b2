"""The pages on schedules work as they stand: their commands, units, rules, tasks and statements run on small files."""

from __future__ import annotations

import configparser
import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import typer
import yaml

from forecaster.cli.app import app
from forecaster.cli.exits import EXIT_CODES, FailureDisplay
from forecaster.files.lock import exclusive_lock

if TYPE_CHECKING:
    from collections.abc import Callable

PAGES = {path.name: path.read_text() for path in (Path(__file__).parents[2] / "docs" / "how-to").glob("*.md")}
MOST_LINES = 62
"""Lines of a page at most: about a screen."""
PROGRAMS = Path(sys.executable).parent


def blocks(page: str, language: str) -> list[str]:
    """Return the blocks of code of a page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGES[page], re.DOTALL | re.MULTILINE)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Make a folder with prices, a curl that notes its calls, and a folder to work in."""
    for name in ("prices", "archive", "bin"):
        (tmp_path / name).mkdir()
    rng = np.random.default_rng(0)
    for name in ("apple", "banana"):
        days = pd.bdate_range("2024-01-01", periods=120)
        prices = pd.DataFrame({"Date": days, "Close": (100 + rng.normal(size=120).cumsum()).round(2)})
        prices.to_csv(tmp_path / "prices" / f"{name}.csv", index=False)
    curl = tmp_path / "bin" / "curl"
    curl.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\n')
    curl.chmod(0o755)
    return tmp_path


def here(text: str, place: Path) -> str:
    """Return a text with the paths of this machine."""
    text = text.replace("/opt/forecaster/bin", str(PROGRAMS)).replace("/usr/bin/curl", f"{place}/bin/curl")
    return text.replace("/srv", str(place))


def run(command: str, place: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as cron would, with few variables, in the folder."""
    surroundings = {"HOME": str(place), "PATH": f"{place}/bin:{PROGRAMS}:/usr/bin:/bin", "LOGNAME": "me"}
    kept = {name: os.environ[name] for name in ("PYTHONPATH", "OMP_NUM_THREADS") if name in os.environ}
    return subprocess.run(
        ["/bin/sh", "-c", here(command, place)],
        cwd=place,
        env=surroundings | kept,
        capture_output=True,
        text=True,
        check=False,
    )


def forecasts(place: Path) -> list[str]:
    """Return the names of the forecast files."""
    return sorted(path.name for path in (place / "forecasts").glob("*.csv") if path.name != "failures.csv")


BOTH = ["apple.csv", "banana.csv"]


def break_a_file(place: Path) -> None:
    (place / "prices" / "apple.csv").write_text("Date,Close\n2024-01-01,1\n2024-01-02\n")


# What is said on all pages


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_one_screen(page: str) -> None:
    assert len(PAGES[page].splitlines()) <= MOST_LINES


def test_the_index_lists_every_page() -> None:
    assert set(re.findall(r"^\| \[(.+)\]\(\1\) \|", PAGES["README.md"], re.MULTILINE)) == PAGES.keys() - {"README.md"}


def test_the_program_knows_the_options_of_the_commands() -> None:
    program = typer.main.get_command(app)
    text = "\n".join(block for page in PAGES for block in re.findall(r"```\w+\n(.*?)```", PAGES[page], re.DOTALL))
    lines = re.findall(r"(?<=forecast )batch [^\n|&>]*", text)
    lists = [" ".join(json.loads(f"[{words}]")[1:]) for words in re.findall(r"COMMAND = \[(.+)\]", text)]
    assert (len(lines), len(lists)) >= (7, 2)
    for line in [*lines, *lists]:
        command, *arguments = shlex.split(re.sub(r"\d>.*", "", line))
        program.commands[command].make_context(command, arguments, obj=FailureDisplay())  # type: ignore[attr-defined] - it is a group


def test_the_exit_codes_are_those_of_the_program() -> None:
    (table,) = re.findall(r"^\| exit code \|.*?(?=\n\n)", PAGES["README.md"], re.DOTALL | re.MULTILINE)
    named = {int(code) for row in re.findall(r"^\| ([\d, ]+) \|", table, re.MULTILINE) for code in row.split(",")}
    assert named <= EXIT_CODES.keys()
    assert {0, 3, 4, 75} | {code for code in EXIT_CODES if code > 128} <= named, "the others are one row"


def test_the_workers_of_kubernetes_find_the_scheduler() -> None:
    found = list(yaml.safe_load_all(blocks("kubernetes.md", "yaml")[0]))
    assert [each["kind"] for each in found] == ["Service", "Deployment", "Deployment", "CronJob"]
    service, scheduler, worker, nightly = found
    pods = [each["spec"]["template"] for each in (scheduler, worker)]
    for each, pod in zip((scheduler, worker), pods, strict=True):
        assert each["spec"]["selector"]["matchLabels"] == pod["metadata"]["labels"]
    assert service["spec"]["selector"] == pods[0]["metadata"]["labels"]
    address = f"tcp://{service['metadata']['name']}:{service['spec']['ports'][0]['port']}"
    job = nightly["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    command = job["containers"][0]["command"]
    assert address in pods[1]["spec"]["containers"][0]["command"]
    assert command[command.index("--scheduler") + 1] == address
    program = typer.main.get_command(app)
    program.commands["batch"].make_context("batch", command[2:], obj=FailureDisplay())  # type: ignore[attr-defined] - it is a group
    assert {each["name"] for each in job["volumes"]} == {"srv"}


@pytest.mark.slow
def test_a_second_run_ends_with_75_and_names_the_first(place: Path) -> None:
    command = blocks("monitoring.md", "sh")[0]
    (place / "forecasts").mkdir()
    with exclusive_lock(place / "forecasts", "folder"):
        done = run(command, place)
    assert (done.returncode, str(os.getpid()) in done.stderr) == (75, True)
    assert forecasts(place) == []
    assert run(command, place).returncode == 0


# Each scheduler


@pytest.mark.slow
@pytest.mark.nightly
def test_crontab(place: Path) -> None:
    first, logged, copied = blocks("crontab.md", "crontab")
    variable, line = first.splitlines()
    assert re.fullmatch(r"[A-Z]+=\S+", variable)
    commands = []
    for entry in (line, logged.strip(), copied.strip()):
        *times, command = entry.split(maxsplit=5)
        assert all(re.fullmatch(r"[\d*,/-]+", field) for field in times)
        assert not re.search(r"(?<!\\)%", command), "cron would end the line there"
        commands.append(command.replace("\\%", "%"))
    quiet, with_log, copy = commands
    done = run(quiet, place)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert forecasts(place) == BOTH
    assert run(with_log, place).returncode == 0
    assert "ping.example.com" in (place / "calls").read_text()
    assert (place / "forecast.log").read_text()
    assert run(copy, place).returncode == 0
    (day,) = (place / "archive").iterdir()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", day.name)
    break_a_file(place)
    done = run(quiet, place)
    assert (done.returncode, done.stdout) == (3, "")
    assert "apple.csv:3" in done.stderr
    assert forecasts(place) == BOTH, "the forecast of the last run stays"
    (place / "calls").unlink()
    assert run(with_log, place).returncode == 3
    assert not (place / "calls").exists()
    assert run(f"{quiet} --fail-on 60%", place).returncode == 0


def unit(text: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign] - names of systemd have capitals
    parser.read_string(text)
    return parser


def test_systemd_retries_where_that_helps() -> None:
    service, timer = map(unit, blocks("systemd.md", "ini"))
    never = {int(code) for code in service["Service"]["RestartPreventExitStatus"].split()}
    ended = {int(code) for code in service["Service"]["SuccessExitStatus"].split()}
    assert EXIT_CODES.keys() - {0, 69, 75} <= never | ended
    assert not {69, 75} & (never | ended)
    assert timer["Timer"]["Persistent"] == "true"


@pytest.mark.slow
def test_systemd(place: Path) -> None:
    service, timer = (here(block, place) for block in blocks("systemd.md", "ini"))
    (place / "forecast.service").write_text(service)
    (place / "forecast.timer").write_text(timer)
    for line in ("ExecStart", "ExecStartPost"):
        done = run(unit(service)["Service"][line], place)
        assert done.returncode == 0, done.stderr
    assert forecasts(place) == BOTH
    if verifier := shutil.which("systemd-analyze"):
        files = [str(place / name) for name in ("forecast.service", "forecast.timer")]
        done = subprocess.run([verifier, "verify", *files], capture_output=True, text=True, check=False)
        said = [line for line in done.stderr.splitlines() if "forecast" in line]
        assert (done.returncode, said) == (0, [])


@pytest.mark.slow
@pytest.mark.nightly
@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_makefile(place: Path) -> None:
    (block,) = blocks("makefile.md", "make")
    (place / "Makefile").write_text(block)
    done = run("make", place)
    assert done.returncode == 0, done.stderr
    assert forecasts(place) == BOTH
    assert "up to date" in run("make", place).stdout
    break_a_file(place)
    done = run("make", place)
    assert (done.returncode, "Error 3" in done.stderr) == (2, True)
    assert "up to date" in run("make", place).stdout


class Refused(Exception):  # noqa: N818 - it stands in for the errors of packages, with other names
    """A failure that is not tried again."""


class Retried(Exception):  # noqa: N818 - the same
    """A failure that is tried again."""


def stand_in_for_airflow() -> dict[str, ModuleType]:
    """Return modules whose decorators call what they decorate, for where Airflow is not installed."""
    airflow, sdk, exceptions = (ModuleType(name) for name in ("airflow", "airflow.sdk", "airflow.sdk.exceptions"))
    exceptions.AirflowFailException = Refused  # type: ignore[attr-defined] - a module made here
    sdk.dag = lambda **_: lambda function: function  # type: ignore[attr-defined] - the same
    sdk.task = lambda **_: lambda function: function  # type: ignore[attr-defined] - the same
    return {each.__name__: each for each in (airflow, exceptions, sdk)}


def stand_in_for_dagster() -> dict[str, ModuleType]:
    """Return a module whose decorator gives the function back, for where Dagster is not installed."""
    dagster = ModuleType("dagster")
    dagster.asset = lambda function: function  # type: ignore[attr-defined] - a module made here
    dagster.AssetExecutionContext = object  # type: ignore[attr-defined] - the same
    dagster.RetryRequested = lambda **_: Retried()  # type: ignore[attr-defined] - the same
    dagster.Failure = lambda text, **_: Refused(text)  # type: ignore[attr-defined] - the same
    for name in ("define_asset_job", "ScheduleDefinition", "Definitions"):
        setattr(dagster, name, lambda *_, **__: None)
    return {"dagster": dagster}


def run_airflow_task(code: str) -> None:
    exec(compile(code, "airflow.md", "exec"), {})  # noqa: S102 - the code of the page


def run_dagster_asset(code: str) -> None:
    names: dict[str, Any] = {"__name__": "page"}
    exec(compile(code, "dagster.md", "exec"), names)  # noqa: S102 - the code of the page
    names["forecasts"](SimpleNamespace(log=SimpleNamespace(info=print)))


@pytest.mark.sampled(slow=("airflow*",))
@pytest.mark.parametrize(
    ("page", "modules", "start", "again"),
    [
        ("airflow.md", stand_in_for_airflow, run_airflow_task, RuntimeError),
        ("dagster.md", stand_in_for_dagster, run_dagster_asset, Retried),
    ],
)
def test_tasks(  # noqa: PLR0917 - fixtures and parameters
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    page: str,
    modules: Callable[[], dict[str, ModuleType]],
    start: Callable[[str], None],
    again: type[Exception],
) -> None:
    for name, module in modules().items():
        monkeypatch.setitem(sys.modules, name, module)
    (code,) = blocks(page, "python")
    start(here(code, place))
    assert forecasts(place) == BOTH
    break_a_file(place)
    with pytest.raises(Refused, match="exit code 3"):
        start(here(code, place))
    held = re.sub(r"COMMAND = \[.+\]", f"COMMAND = ['{sys.executable}', '-c', 'raise SystemExit(75)']", code)
    with pytest.raises(again):
        start(held)


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("airflow") is None, reason="Airflow is not installed")
def test_airflow_reads_the_page() -> None:
    names: dict[str, Any] = {"__name__": "page"}
    exec(compile(blocks("airflow.md", "python")[0], "airflow.md", "exec"), names)  # noqa: S102 - the code of the page
    assert names["forecasts"]().get_task("batch").retries == 6


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("dagster") is None, reason="Dagster is not installed")
def test_dagster_reads_the_page() -> None:
    names: dict[str, Any] = {"__name__": "page"}
    exec(compile(blocks("dagster.md", "python")[0], "dagster.md", "exec"), names)  # noqa: S102 - the code of the page
    assert names["definitions"].resolve_job_def("nightly").name == "nightly"


@pytest.mark.slow
def test_ci(place: Path) -> None:
    (block,) = blocks("ci.md", "yaml")
    workflow = yaml.safe_load(block)
    assert "schedule" in workflow[True], "YAML 1.1 reads `on` as a truth value, and GitHub as text"
    steps = workflow["jobs"]["forecasts"]["steps"]
    commands = [step["run"] for step in steps if "run" in step]
    assert [command.split()[0] for command in commands] == ["pip", "forecast"]
    done = run(f"set -e\n{commands[1]}", place)
    assert done.returncode == 0, done.stderr
    assert forecasts(place) == BOTH
    paths = {step["with"]["path"] for step in steps if "path" in step.get("with", {})}
    assert paths == {"forecasts"}


@pytest.mark.slow
def test_monitoring(place: Path) -> None:
    metrics, ping = blocks("monitoring.md", "sh")
    assert run(metrics, place).returncode == 0
    written = (place / "forecasts.prom").read_text()
    (rules,) = blocks("monitoring.md", "yaml")
    used = set(re.findall(r"\bforecast_\w+", PAGES["monitoring.md"]))
    assert used == set(re.findall(r"^# TYPE (\w+) gauge$", written, re.MULTILINE)) & used
    assert {rule["alert"] for group in yaml.safe_load(rules)["groups"] for rule in group["rules"]}
    assert run(ping, place).returncode == 0
    assert "ping.example.com" in (place / "calls").read_text()


@pytest.mark.slow
@pytest.mark.nightly
@pytest.mark.skipif(importlib.util.find_spec("duckdb") is None, reason="DuckDB is not installed")
def test_duckdb(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import duckdb

    batch = "forecast batch prices --horizon 5 --out forecasts"
    assert run(batch, place).returncode == 0
    break_a_file(place)
    assert run(batch, place).returncode == 3
    monkeypatch.chdir(place)
    shown, old, failed, ended = (duckdb.sql(block).fetchall() for block in blocks("duckdb.md", "sql"))
    assert [row[0] for row in shown] == ["apple"] * 5 + ["banana"] * 5
    assert [(code, files) for code, files, _ in failed] == [("RAGGED", 1)]
    assert [(row[0], row[1]) for row in ended] == [("prices/apple.csv", "failed")]
    assert [(row[0], row[1]) for row in old] == [("apple", "stale")]
