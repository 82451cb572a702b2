"""A cluster of two workers does what processes of this machine do, to the byte, also when a worker dies."""

from __future__ import annotations

import os
import signal
import time
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from forecaster.batch import file_work
from forecaster.cli import main
from forecaster.errors import ClusterError
from forecaster.progress import report_progress
from forecaster.workers import cluster as connection
from forecaster.workers.cluster import open_cluster
from forecaster.workers.cluster_run import run_on_cluster
from forecaster.workers.pool import TaskEnd
from tests.batch.in_this_process import run_in_this_process
from tests.batch.shop_folder import add_row, digests, record, sources, write_level
from tests.workers.local_cluster import OTHER_VERSION, LocalCluster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),
    # only looked for, as its import takes time and the default tests have no need of it
    pytest.mark.skipif(find_spec("distributed") is None, reason="a cluster needs distributed"),
]
QUICK = ("--horizon", "3", "--epochs", "1", "--members", "2", "-q")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    with LocalCluster(tmp_path_factory.mktemp("cluster")) as started:
        started.start_worker()
        started.start_worker()
        yield started


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of sources; what is done here is done in this process."""
    monkeypatch.setattr(file_work, "run_in_workers", run_in_this_process)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    for number in range(3):
        write_level(tmp_path / "in" / f"shop-{number}.csv", number)
    return tmp_path


@pytest.fixture
def forecast(cluster: LocalCluster) -> Callable[..., int]:
    """Return a function that runs a command on the cluster."""
    return lambda *arguments: main([*arguments, "--backend", "dask", "--scheduler", cluster.address])


@pytest.mark.usefixtures("shop")
def test_a_training_and_a_backtest_have_the_same_bytes(forecast: Callable[..., int]) -> None:
    for command, file in (("train", "model.joblib"), ("evaluate", "scores.csv")):
        arguments = command, "in/shop-0.csv", *QUICK, *(("--folds", "2") * (command == "evaluate"))
        assert main([*arguments, "--output", file, "--jobs", "1"]) == 0
        assert forecast(*arguments, "--output", f"cluster-{file}") == 0
        assert Path(file).read_bytes() == Path(f"cluster-{file}").read_bytes()


def exported(ledger: Path) -> list[str]:
    """Return the rows of the export of a ledger, sorted, without the last column, which says when each was made."""
    file = ledger.with_suffix(".csv")
    assert main(["ledger", "--ledger", str(ledger), "--export", str(file)]) == 0
    return sorted(row.rpartition(",")[0] for row in file.read_text().splitlines())


def test_a_batch_has_the_same_bytes_and_ledger_although_a_worker_is_killed(
    shop: Path, cluster: LocalCluster, forecast: Callable[..., int]
) -> None:
    victim = cluster.processes[1]

    def kill_a_worker_after_a_source() -> None:
        while not list((shop / "cluster").glob("*.csv")):
            time.sleep(0.01)
        victim.send_signal(signal.SIGKILL)

    batch = "batch", "in", *QUICK
    assert main([*batch, "--out", "here", "--ledger", "here.sqlite"]) == 0
    killer = Thread(target=kill_a_worker_after_a_source, daemon=True)
    killer.start()
    assert forecast(*batch, "--out", "cluster", "--ledger", "cluster.sqlite") == 0
    killer.join()
    cluster.start_worker()
    assert digests(shop / "cluster") == digests(shop / "here")

    add_row(shop / "in" / "shop-1.csv")
    assert main([*batch, "--out", "here", "--ledger", "here.sqlite"]) == 0
    assert forecast(*batch, "--out", "cluster", "--ledger", "cluster.sqlite") == 0
    assert digests(shop / "cluster") == digests(shop / "here")
    rows = exported(shop / "cluster.sqlite")
    assert rows == exported(shop / "here.sqlite")
    assert len(rows) == 1 + 3 * (3 + 1), "three steps of three forecasts, then of one more"
    reasons = {name: each["reason"] for name, each in sources(shop / "cluster").items()}
    assert reasons == {name: each["reason"] for name, each in sources(shop / "here").items()}
    assert "size and time" in reasons["shop-0"], "the record has the times of the files as they are here"


@pytest.mark.nightly
def test_groups_and_models_of_many_files_have_the_same_bytes(shop: Path, forecast: Callable[..., int]) -> None:
    (shop / "in" / "shop-0.csv").write_text("date,value\nno,rows\n")
    for command in (("batch", "in", "--group", *QUICK), ("train", "in/shop-0.csv", "in/shop-1.csv", *QUICK)):
        assert main([*command, "--out", f"here-{command[0]}"]) == 3
        assert forecast(*command, "--out", f"cluster-{command[0]}") == 3
        assert digests(shop / f"cluster-{command[0]}") == digests(shop / f"here-{command[0]}")
    assert exported(shop / "cluster-batch" / "ledger.sqlite") == exported(shop / "here-batch" / "ledger.sqlite")


def test_an_interrupted_run_leaves_no_task(cluster: LocalCluster, by_value: Callable[..., Any], tmp_path: Path) -> None:
    def work(number: int) -> None:
        (tmp_path / str(number)).touch()
        while number > 0:  # for ever
            report_progress("waiting", 0, 1)
            time.sleep(0.01)

    seen: list[int] = []
    with open_cluster(cluster.address) as opened:
        reports = run_on_cluster(opened, by_value(work), range(9), 3, on_progress=lambda *now: seen.append(now[0]))
        with closing(reports):
            assert next(reports).number == 0
            while not (tmp_path / "1").exists():
                time.sleep(0.01)
        while opened.client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)):
            time.sleep(0.01)
        (report,) = run_on_cluster(opened, by_value(abs), [-3], 1)
        assert report.result == 3, "the workers are free again"


def test_an_error_of_the_work_is_raised_with_its_traceback(cluster: LocalCluster, by_value: Callable[..., Any]) -> None:
    def divide(number: int) -> float:
        return 1 / number

    with open_cluster(cluster.address) as opened, pytest.raises(ZeroDivisionError) as caught:
        list(run_on_cluster(opened, by_value(divide), [1, 0, 2], 2))
    assert "divide" in caught.value.__notes__[0]


def test_a_worker_with_other_versions_is_refused_with_both(cluster: LocalCluster, by_value: Callable[..., Any]) -> None:
    with open_cluster(cluster.address) as opened:
        late = cluster.start_worker("-c", OTHER_VERSION)
        opened.client.wait_for_workers(3)
        with pytest.raises(ClusterError, match=r"joined the cluster has forecaster 0\.0\.9 and not \d"):
            list(run_on_cluster(opened, by_value(time.sleep), [0.1] * 9, 9))
    with (
        pytest.raises(ClusterError, match=r"worker at tcp://\S+ has forecaster 0\.0\.9 and not \d"),
        open_cluster(cluster.address),
    ):
        pass
    late.kill()
    late.wait()


def test_what_kills_each_worker_does_not_end_the_other_tasks(
    cluster: LocalCluster, by_value: Callable[..., Any]
) -> None:
    def work(number: int) -> int:
        if number == 1:
            os._exit(9)
        return number

    with open_cluster(cluster.address) as opened:
        opened.client.run_on_scheduler(lambda dask_scheduler: setattr(dask_scheduler, "allowed_failures", 0))
        reports = {each.number: each for each in run_on_cluster(opened, by_value(work), range(5), 2)}
    assert reports[1].end is TaskEnd.WORKERS_DIED
    assert [reports[number].result for number in (0, 2, 3, 4)] == [0, 2, 3, 4]


@pytest.mark.nightly
def test_a_lost_scheduler_ends_the_run_and_what_is_finished_stays(
    shop: Path, cluster: LocalCluster, forecast: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    def kill_the_scheduler_after_a_source() -> None:
        while not list((shop / "out").glob("*.csv")):
            time.sleep(0.01)
        cluster.processes[0].kill()

    Thread(target=kill_the_scheduler_after_a_source, daemon=True).start()
    assert forecast("batch", "in", *QUICK, "--out", "out") == 69
    assert f"the connection to the scheduler at {cluster.address} was lost" in capsys.readouterr().err
    done = record(shop / "out")["counts"]
    assert done["ok"] + done["warned"] >= 1
    assert done["not-run"] >= 1
    assert main(["batch", "in", *QUICK, "--out", "out"]) == 0, "the same run does the rest here"


def test_a_scheduler_that_is_not_there_is_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, shop: Path
) -> None:
    monkeypatch.setattr(connection, "SECONDS_TO_CONNECT", 0.2)
    arguments = "--backend", "dask", "--scheduler", "tcp://127.0.0.1:9"
    assert main(["train", str(shop / "in" / "shop-0.csv"), *arguments]) == 69
    error = capsys.readouterr().err
    assert "the scheduler at tcp://127.0.0.1:9 cannot be reached" in error
    assert "Traceback" not in error
