"""Sources that share a network: who belongs to a group, when it is trained, and that no member affects the others."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

from forecaster.batch import engine, file_work
from forecaster.batch.batch_run import BatchRun, RunOptions
from forecaster.batch.decisions import CHANGED_MODEL, NEW, OTHER_OPTIONS, SourceTask
from forecaster.batch.group_runs import processes_of_training
from forecaster.batch.group_signature import SEVERAL_TARGETS, SourceDescription, describe_source
from forecaster.batch.group_training import OTHER_VERSION
from forecaster.batch.groups import GroupRecord, assign_groups
from forecaster.batch.limits import FailureLimit, RetrainingRule
from forecaster.batch.records import Status
from forecaster.batch.settings import BatchSettings
from forecaster.cli import main
from forecaster.spec import Selection, Specification
from forecaster.workers.pool import TaskEnd, TaskReport, WorkerLimits
from forecaster.workflow.request import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

QUICK = {"epochs": 1, "updates": 2, "members": 1, "hidden": 4, "horizon": 3}
"""Options with which training is short."""
MONTHS, BUSINESS_DAYS, DAYS = (
    pd.date_range("2015-01-31", periods=72, freq="ME"),
    pd.bdate_range("2022-01-03", periods=250),
    pd.date_range("2022-01-03", periods=120),
)


def write_levels(file: Path, seed: int, rows: int = 60, dates: pd.DatetimeIndex = MONTHS) -> Path:
    """Write a series with a season and noise."""
    rng = np.random.default_rng(seed)
    steps = np.arange(len(dates))
    values = 100 + 10 * seed + 8 * np.sin(2 * np.pi * (steps + seed) / 12) + rng.normal(size=len(dates))
    file.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame({"date": dates, "sales": values.round(3)})[:rows].to_csv(file, index=False)
    return file


def write_prices(file: Path, seed: int) -> Path:
    """Write a series that moves like a price."""
    walk = 100 * np.exp(0.01 * np.random.default_rng(30 + seed).normal(size=len(BUSINESS_DAYS)).cumsum())
    file.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame({"date": BUSINESS_DAYS, "close": walk.round(4)}).to_csv(file, index=False)
    return file


def settings(**changes: Any) -> BatchSettings:
    """Return the settings of a batch with groups."""
    values: dict[str, Any] = {
        "selection": Selection(),
        "specification": Specification(**QUICK),
        "repair": "safe",
        "request": Request(),
        "form": "csv",
        "dates": "file",
        "retrain_after": RetrainingRule(rows=6),
        "grouped": True,
    }
    return BatchSettings(**(values | changes))


class InProcess:
    """Do tasks in this process in place of workers, and keep a copy of the folder from each moment of the run."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self.copies: list[Path] = []

    def __call__(
        self,
        work: Callable[[Any], Any],
        tasks: Sequence[Any],
        _jobs: int,
        *,
        on_start: Callable[[int], None] = lambda _number: None,
        wanted: Callable[[], bool] = lambda: True,
        **_others: Any,
    ) -> Iterator[TaskReport[Any]]:
        for number, task in enumerate(tasks):
            if not wanted():
                return
            on_start(number)
            self.copy_folder()
            result = work(task)
            self.copy_folder()
            yield TaskReport(number, TaskEnd.RETURNED, result, 0.0, 1)

    def copy_folder(self) -> None:
        """Keep a copy of the folder as a killed run would leave it."""
        if self.folder is not None and self.folder.exists():
            copy = self.folder.with_name(f"copy {len(self.copies)}")
            shutil.copytree(self.folder, copy)
            self.copies.append(copy)


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> InProcess:
    """Do the tasks of batches in this process."""
    workers = InProcess()
    monkeypatch.setattr(file_work, "run_in_workers", workers)
    return workers


Batch = "Callable[..., BatchRun]"


@pytest.fixture
def batch(tmp_path: Path, in_process: InProcess, assert_valid: Callable[..., None]) -> Callable[..., BatchRun]:
    """Return a function that runs a batch over the folder `in` and writes to `out`."""
    assert in_process

    def run(*, out: str = "out", dry_run: bool = False, **changes: Any) -> BatchRun:
        options = RunOptions(jobs=1, fail_on=FailureLimit(count=1), dry_run=dry_run)
        done = engine.run_batch([str(tmp_path / "in")], tmp_path / out, settings(**changes), options)
        if not dry_run:
            assert_valid("run.schema.json", json.loads((tmp_path / out / "run.json").read_text()))
        return done

    return run


def forecasts(folder: Path) -> dict[str, bytes]:
    """Return the forecast files and models of a folder."""
    files = [*folder.glob("*.csv"), *folder.rglob("*.joblib")]
    return {str(file.relative_to(folder)): file.read_bytes() for file in files if file.name != "failures.csv"}


def groups_of(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the groups in the record of a run."""
    return {group["name"]: group for group in json.loads((folder / "run.json").read_text())["groups"]}


def members_of(folder: Path) -> dict[str, list[str]]:
    """Return the names of the members of each group."""
    return {name: [Path(path).stem for path in group["members"]] for name, group in groups_of(folder).items()}


class Described(NamedTuple):
    signature: str
    group: str


def describe(file: Path, **changes: Any) -> Described:
    found = describe_source(settings(**changes), SourceTask(str(file), str(file), file.stem, None))
    assert found is not None
    return Described(found.signature, found.group)


def test_step_week_and_kind_of_values_are_the_signature(tmp_path: Path) -> None:
    monthly = describe(write_levels(tmp_path / "m.csv", 1))
    longer = describe(write_levels(tmp_path / "l.csv", 2, 72))
    open_days = describe(write_levels(tmp_path / "b.csv", 1, 120, BUSINESS_DAYS))
    all_days = describe(write_levels(tmp_path / "d.csv", 1, 120, DAYS))
    prices = describe(write_prices(tmp_path / "p.csv", 1))
    assert monthly == longer
    assert [each.group for each in (monthly, open_days, all_days, prices)] == [
        "monthly",
        "business-days",
        "daily",
        "business-days-prices",
    ]
    assert len({each.signature for each in (monthly, open_days, all_days, prices)}) == 4


@pytest.mark.parametrize(
    ("freq", "name"),
    [("h", "hourly"), ("15min", "15-minutes"), ("W-FRI", "weekly"), ("QE", "quarterly"), ("YE", "yearly")],
)
def test_a_group_has_the_name_of_its_step(tmp_path: Path, freq: str, name: str) -> None:
    dates = pd.date_range("1990-01-05", periods=100, freq=freq)
    assert describe(write_levels(tmp_path / "a.csv", 1, 100, dates)).group == name


def test_a_table_of_several_targets_keeps_a_model_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "wide.csv"
    steps = np.arange(60)
    pd.DataFrame({"date": MONTHS[:60], "a": np.sin(steps), "b": np.cos(steps)}).to_csv(file, index=False)
    named = {"selection": Selection(targets=("a", "b"))}
    assert describe(file, **named) == (SEVERAL_TARGETS, "")
    described = {name: SourceDescription(SEVERAL_TARGETS, "", ()) for name in ("a", "b")}
    assert assign_groups((), described) == ()


def test_what_cannot_be_read_is_not_described(tmp_path: Path) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_text("date,sales\n2020-01-01,x\n")
    for file in (broken, tmp_path / "missing.csv", write_levels(tmp_path / "short.csv", 1, 2)):
        assert describe_source(settings(), SourceTask(str(file), str(file), "s", None)) is None


def description(signature: str, *series: str, group: str = "monthly") -> SourceDescription:
    return SourceDescription(signature, group, series)


def test_a_group_has_two_sources_at_least() -> None:
    described = {"/b": description("m", "b"), "/a": description("m", "a"), "/c": description("w", "c")}
    (group,) = assign_groups((), described)
    assert (group.name, group.members, group.series) == ("monthly", ("/a", "/b"), ("a", "b"))


def test_groups_do_not_depend_on_the_order_of_sources() -> None:
    described = {f"/{name}": description(name[0], name) for name in ("a1", "a2", "b1", "b2", "b3")}
    backwards = dict(reversed(described.items()))
    found = assign_groups((), described)
    assert found == assign_groups((), backwards)
    assert [(group.name, len(group.members)) for group in found] == [("monthly", 2), ("monthly-2", 3)]


def test_the_second_of_two_files_of_one_name_stays_outside() -> None:
    described = {"/x/a": description("m", "a"), "/y/a": description("m", "a"), "/y/b": description("m", "b")}
    (group,) = assign_groups((), described)
    assert group.members == ("/x/a", "/y/b")
    (later,) = assign_groups([group], {"/z/b": description("m", "b"), "/z/c": description("m", "c")})
    assert later.members == ("/x/a", "/y/b", "/z/c")


def test_records_of_groups_are_read_as_they_were_written() -> None:
    group = GroupRecord("monthly", "m", ("/a", "/b"), ("a", "b"), reason=NEW, pending="x", waiting="y", version="1")
    assert GroupRecord.from_dict(json.loads(json.dumps(group.to_dict()))) == group


def test_a_dry_run_names_groups_and_writes_nothing(batch: Batch, tmp_path: Path) -> None:
    for seed in range(2):
        write_levels(tmp_path / f"in/s{seed}.csv", seed)
    run = batch(dry_run=True)
    said = "2 sources, 2 of them in 1 group: 1 group to train, 2 to forecast with their models"
    assert [(group.name, group.pending) for group in run.groups] == [("monthly", NEW)]
    assert run.sentence(dry_run=True) == said
    assert not (tmp_path / "out").exists()


@pytest.fixture
def grown(batch: Batch, tmp_path: Path) -> Path:
    """Return a folder after a run over three files of one group, each of which then gets a row."""
    for seed in range(3):
        write_levels(tmp_path / f"in/s{seed}.csv", seed)
    run = batch()
    assert run.sentence() == "3 sources, 3 of them in 1 group: 1 group trained, 3 forecast with their models"
    assert members_of(tmp_path / "out") == {"monthly": ["s0", "s1", "s2"]}
    for seed in range(3):
        write_levels(tmp_path / f"in/s{seed}.csv", seed, 61)
    return tmp_path


@pytest.mark.slow
def test_a_missing_member_changes_no_byte_of_the_others(batch: Batch, grown: Path) -> None:
    shutil.copytree(grown / "out", grown / "without")
    assert batch().sentence() == "3 sources, 3 of them in 1 group: 3 forecast with their models"
    (grown / "in/s1.csv").unlink()
    said = "2 sources, 2 of them in 1 group: 2 forecast with their models; 1 of earlier runs not among them"
    assert batch(out="without").sentence() == said
    whole, part = (forecasts(grown / folder) for folder in ("out", "without"))
    assert {name for name in whole if whole[name] != part[name]} == {"s1.csv"}
    assert members_of(grown / "without") == {"monthly": ["s0", "s1", "s2"]}


@pytest.mark.slow
def test_a_forecast_does_not_depend_on_the_other_members_of_the_run(batch: Batch, grown: Path) -> None:
    shutil.copytree(grown / "out", grown / "alone")
    batch()
    for name in ("s0", "s2"):
        (grown / f"in/{name}.csv").unlink()
    batch(out="alone")
    assert forecasts(grown / "alone")["s1.csv"] == forecasts(grown / "out")["s1.csv"]


@pytest.mark.slow
def test_a_new_source_is_forecast_without_training(batch: Batch, grown: Path) -> None:
    shutil.copytree(grown / "out", grown / "before")
    batch(out="before")
    write_levels(grown / "in/new.csv", 7)
    run = batch()
    assert run.trained_groups == 0
    assert members_of(grown / "out") == {"monthly": ["new", "s0", "s1", "s2"]}
    now, before = (forecasts(grown / folder) for folder in ("out", "before"))
    assert {name for name in now if now[name] != before.get(name)} == {"new.csv"}
    assert set(pd.read_csv(grown / "out/new.csv").strategy) == {"new-series"}
    assert batch().sentence() == "4 sources, 4 of them in 1 group: 4 unchanged"
    assert batch(regroup=True).trained_groups == 1
    assert set(pd.read_csv(grown / "out/new.csv").strategy) == {"direct"}


@pytest.mark.slow
def test_training_is_due_by_the_records_of_the_last_run(batch: Batch, grown: Path) -> None:
    write_levels(grown / "in/s0.csv", 0, 66)
    assert batch().trained_groups == 0
    assert batch().trained_groups == 1
    assert groups_of(grown / "out")["monthly"]["reason"].endswith("s0.csv: 6 new rows; the limit is 6")
    assert batch().sentence() == "3 sources, 3 of them in 1 group: 3 unchanged"


@pytest.mark.slow
@pytest.mark.parametrize("content", [None, "date,sales\n2020-01-01,x\n"])
def test_training_waits_for_a_member_but_forecasts_do_not(batch: Batch, grown: Path, content: str | None) -> None:
    write_levels(grown / "in/s0.csv", 0, 66)
    batch()
    model = forecasts(grown / "out")["models/groups/monthly.joblib"]
    lost = grown / "in/s1.csv"
    lost.unlink()
    if content:
        lost.write_text(content)
    write_levels(grown / "in/s2.csv", 2, 62)
    run = batch()
    assert forecasts(grown / "out")["models/groups/monthly.joblib"] == model
    assert [str(finding.code) for finding in run.findings] == ["WAITING"]
    assert "s1.csv" in groups_of(grown / "out")["monthly"]["waiting"]
    assert run.records[str(grown / "in/s2.csv")].status is Status.OK
    write_levels(lost, 1, 61)
    assert batch().trained_groups == 1


@pytest.mark.slow
def test_other_options_train_on_the_members_that_are_there(batch: Batch, grown: Path) -> None:
    (grown / "in/s1.csv").write_text("date,sales\n2020-01-01,x\n")
    changed = Specification(**{**QUICK, "horizon": 4})
    run = batch(specification=changed)
    group = groups_of(grown / "out")["monthly"]
    assert (group["reason"], len(group["members"])) == (OTHER_OPTIONS, 3)
    statuses = [record.status for record in run.records.values()]
    assert statuses == [Status.OK, Status.FAILED, Status.OK]
    assert len(pd.read_csv(grown / "out/s0.csv")) == 4
    assert set(pd.read_csv(grown / "out/s1.csv").status) == {"stale"}


@pytest.mark.slow
def test_members_without_a_network_keep_their_last_forecasts(batch: Batch, grown: Path) -> None:
    for name in ("s1", "s2"):
        (grown / f"in/{name}.csv").unlink()
    run = batch(specification=Specification(**{**QUICK, "horizon": 4}))
    (record,) = run.records.values()
    assert record.status is Status.FAILED
    assert "--regroup" in record.failures[0].text
    assert set(pd.read_csv(grown / "out/s0.csv").status) == {"stale"}
    run = batch(specification=Specification(**{**QUICK, "horizon": 4}), regroup=True)
    assert run.sentence() == "1 source: 1 trained; 2 of earlier runs not among them"
    assert not (grown / "out/models/groups/monthly.joblib").exists()


@pytest.mark.slow
def test_a_changed_network_is_trained_again(batch: Batch, grown: Path) -> None:
    model = grown / "out/models/groups/monthly.joblib"
    before = model.read_bytes()
    model.write_bytes(before[:-1])
    for seed in range(3):
        write_levels(grown / f"in/s{seed}.csv", seed)
    assert batch().trained_groups == 1
    assert groups_of(grown / "out")["monthly"]["reason"] == CHANGED_MODEL
    assert model.read_bytes() == before


@pytest.mark.slow
def test_a_network_of_another_version_is_looked_at(batch: Batch, grown: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forecaster.batch.group_training.__version__", "0.0.0")
    assert [group.pending for group in batch(dry_run=True).groups] == [OTHER_VERSION]
    assert batch().trained_groups == 0
    assert groups_of(grown / "out")["monthly"]["version"] == "0.0.0"


@pytest.mark.slow
def test_rows_of_other_data_are_those_of_a_series_that_training_did_not_see(batch: Batch, grown: Path) -> None:
    write_levels(grown / "in/s0.csv", 9, 61)
    run = batch()
    assert run.failed == run.trained_groups == 0
    assert set(pd.read_csv(grown / "out/s0.csv").strategy) == {"new-series"}
    assert set(pd.read_csv(grown / "out/s1.csv").strategy) == {"direct"}


@pytest.mark.slow
def test_times_of_another_zone_are_those_of_another_group(batch: Batch, grown: Path) -> None:
    file = grown / "in/s0.csv"
    header, *lines = file.read_text().splitlines()
    file.write_text("\n".join([header, *(line.replace(",", "T12:00:00Z,") for line in lines)]))
    run = batch()
    assert [(failure.file, "--regroup" in failure.text) for failure in run.failures] == [(str(file), True)]
    assert set(pd.read_csv(grown / "out/s0.csv").status) == {"stale"}
    run = batch(regroup=True)
    assert run.failed == 0
    assert members_of(grown / "out") == {"monthly": ["s1", "s2"]}


@pytest.mark.slow
def test_a_file_that_cannot_be_read_when_groups_are_decided_joins_later(batch: Batch, grown: Path) -> None:
    (grown / "in/s0.csv").write_text("date,sales\n2020-01-01,x\n")
    assert batch(regroup=True).failed == 1
    assert members_of(grown / "out") == {"monthly": ["s1", "s2"]}
    write_levels(grown / "in/s0.csv", 0, 61)
    assert batch().failed == 0
    assert members_of(grown / "out") == {"monthly": ["s0", "s1", "s2"]}


@pytest.mark.slow
def test_one_replaced_series_of_a_file_does_not_change_the_others(batch: Batch, tmp_path: Path) -> None:
    def write(**seeds: int) -> None:
        parts = [pd.read_csv(write_levels(tmp_path / "part.csv", seed)).assign(id=name) for name, seed in seeds.items()]
        pd.concat(parts)[["id", "date", "sales"]].to_csv(tmp_path / "in/long.csv", index=False)

    write_levels(tmp_path / "in/other.csv", 1)
    write(a=2, b=3)
    assert batch().failed == 0
    assert members_of(tmp_path / "out") == {"monthly": ["long", "other"]}
    before = pd.read_csv(tmp_path / "out/long.csv")
    write(a=2, b=4)
    assert batch().failed == 0
    after = pd.read_csv(tmp_path / "out/long.csv")
    same = before.unique_id == "a"
    pd.testing.assert_frame_equal(before[same], after[after.unique_id == "a"])
    assert set(after[after.unique_id == "b"].strategy) == {"new-series"}


@pytest.mark.slow
def test_with_and_without_groups_in_one_folder(batch: Batch, grown: Path) -> None:
    batch()
    together = forecasts(grown / "out")
    run = batch(grouped=False)
    assert {(str(each.action), each.reason) for each in run.records.values()} == {("train", OTHER_OPTIONS)}
    assert run.sentence() == "3 sources: 3 trained"
    assert len(list((grown / "out/models").glob("*.joblib"))) == 3
    run = batch()
    assert {(str(each.action), each.reason) for each in run.records.values()} == {("forecast", OTHER_OPTIONS)}
    assert forecasts(grown / "out") == together


@pytest.mark.slow
def test_prices_and_steps_do_not_mix(batch: Batch, tmp_path: Path) -> None:
    for seed in range(2):
        write_levels(tmp_path / f"in/month{seed}.csv", seed)
        write_levels(tmp_path / f"in/day{seed}.csv", seed, 100, BUSINESS_DAYS)
        write_prices(tmp_path / f"in/price{seed}.csv", seed)
    write_levels(tmp_path / "in/lonely.csv", 3, 100, DAYS)
    run = batch()
    assert run.failed == 0
    assert members_of(tmp_path / "out") == {
        "business-days": ["day0", "day1"],
        "business-days-prices": ["price0", "price1"],
        "monthly": ["month0", "month1"],
    }
    assert [path.name for path in (tmp_path / "out/models").glob("*.joblib")] == ["lonely.joblib"]
    assert batch().sentence() == "7 sources, 6 of them in 3 groups: 7 unchanged"


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind",
    ["due", pytest.param("first", marks=pytest.mark.nightly), pytest.param("regroup", marks=pytest.mark.nightly)],
)
def test_a_run_that_was_killed_anywhere_ends_with_the_same_bytes(
    batch: Batch, in_process: InProcess, tmp_path: Path, kind: str
) -> None:
    for seed in range(2):
        write_levels(tmp_path / f"in/s{seed}.csv", seed)
    write_levels(tmp_path / "in/lonely.csv", 3, 100, DAYS)
    if kind != "first":
        batch()
        write_levels(tmp_path / "in/s0.csv", 0, 66)
        batch()
        write_levels(tmp_path / "in/s1.csv", 1, 67)
        write_levels(tmp_path / "in/s2.csv", 2)
    in_process.folder = tmp_path / "out"
    batch(regroup=kind == "regroup")
    in_process.folder = None
    clean = forecasts(tmp_path / "out")
    assert len(in_process.copies) > 5
    for copy in in_process.copies:
        batch(out=copy.name, regroup=kind == "regroup")
        assert forecasts(copy) == clean, copy.name
        assert not (copy / "journal.jsonl").exists()


@pytest.mark.slow
def test_the_command_line_shares_networks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for seed in range(2):
        write_levels(Path(f"in/s{seed}.csv"), seed)
    command = ["batch", "in", "--out", "out", *(f"--{name}={value}" for name, value in QUICK.items()), "-j", "2"]
    assert main([*command, "--group", "--dry-run"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == f"group monthly,train,{NEW}"
    assert main([*command, "--group"]) == 0
    said = "2 sources, 2 of them in 1 group: 1 group trained, 2 forecast with their models\n"
    assert capsys.readouterr().err == said
    assert main([*command, "--regroup"]) == 2
    assert "add --group" in capsys.readouterr().err


def test_a_group_whose_rows_are_all_too_old_is_not_trained(
    tmp_path: Path, batch: Callable[..., BatchRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in range(2):
        write_levels(tmp_path / "in" / f"{seed}.csv", seed)
    monkeypatch.setattr("forecaster.workflow.fit.make_plan", lambda *_: pytest.fail("it was trained"))
    run = batch(oldest="2100-01-01T00:00:00")
    assert {failure.code for failure in run.failures} == {"OUTDATED"}


@pytest.mark.parametrize(
    ("groups", "processes", "jobs", "memory", "expected"),
    [
        (1, 4, 4, None, 4),
        (1, 4, None, None, None),
        (2, 4, None, None, 2),
        (3, 4, 4, None, 1),
        (9, 4, 4, None, 1),
        (1, 1, 1, None, 1),
        (1, 4, 4, 10**9, 1),
    ],
)
def test_trainings_share_the_processes(
    groups: int, processes: int, jobs: int | None, memory: int | None, expected: int | None
) -> None:
    options = RunOptions(jobs=jobs, fail_on=FailureLimit(count=1), limits=WorkerLimits(memory=memory))
    assert processes_of_training(groups, processes, options) == expected
