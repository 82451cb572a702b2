"""A signal ends the program in order, whatever it does; a second one ends it at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from forecaster.cli.signals import SECONDS_OF_ONE_REQUEST, SIGNALS

Forecast = Callable[..., Any] if TYPE_CHECKING else object
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no signals to other processes")

CHILD = """
import os, sys, time
{before}
from forecaster.cli import main
from forecaster.workflow import train as workflow
def ready():
    os.write(1, b"ready\\n")
def train(*_, **__):
    {work}
workflow.train = train
sys.exit(main())
"""
WAIT = """
    try:
        ready()
        time.sleep(600)
    except Exception:
        print("swallowed", flush=True)
"""
WAIT_IN_FINALIZER = """
    class Slow:
        def __del__(self):
            ready()
            time.sleep(1)
    Slow()
    time.sleep(600)
"""
WAIT_IN_LIBRARY = """
    try:
        ready()
        time.sleep(600)
    except BaseException:
        pass
    time.sleep(600)
"""
IGNORE = """
    try:
        ready()
        time.sleep(600)
    finally:
        while True:
            time.sleep(1)
"""
HUNG_UP = """
    try:
        ready()
        time.sleep(600)
    finally:
        raise OSError(5, "Input/output error")
"""
AGAIN = "run again: forecast train 'my prices.csv'\n"


def open_handles() -> set[str]:
    """Return the numbers of the open handles of this process, with that of the folder that is read."""
    return set(os.listdir("/dev/fd"))  # noqa: PTH208 - `iterdir` is not done before the folder is closed


def start(work: str, *, before: str = "") -> subprocess.Popen[str]:
    """Start the program with something else in place of a training, and wait until that has begun."""
    code = CHILD.format(work=work.strip(), before=before)
    command = [sys.executable, "-c", code, "train", "my prices.csv"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n", child.stderr
    return child


@pytest.mark.sampled("15")
@pytest.mark.parametrize("number", SIGNALS)
def test_signals_end_in_order(number: int) -> None:
    with start(WAIT) as child:
        child.send_signal(number)
        out, err = child.communicate(timeout=300)
    line = f"error: {SIGNALS[number]}; no file is left half-written\n"
    assert (child.returncode, out, err) == (128 + number, "", line + AGAIN)


@pytest.mark.slow
def test_a_signal_that_is_sent_twice_at_once_counts_once() -> None:
    with start(WAIT) as child:
        child.send_signal(signal.SIGTERM)
        child.send_signal(signal.SIGTERM)
        _, err = child.communicate(timeout=300)
    assert child.returncode == 143
    assert err.endswith(AGAIN)


@pytest.mark.slow
@pytest.mark.nightly
def test_a_second_signal_ends_at_once_and_a_run_that_does_not_end_is_ended() -> None:
    ends = []
    for _ in range(3):  # on a busy machine the second signal may come after the end
        with start(IGNORE) as child:
            child.send_signal(signal.SIGTERM)
            time.sleep(2 * SECONDS_OF_ONE_REQUEST)
            child.send_signal(signal.SIGINT)
            ends.append((*child.communicate(timeout=300), child.wait()))
    assert ("", "", 130) in ends
    with start(IGNORE) as child:
        child.send_signal(signal.SIGTERM)
        _, err = child.communicate(timeout=300)
    assert child.returncode == 143
    assert err == f"error: terminated; the next run removes what is left half-written\n{AGAIN}"


@pytest.mark.sampled("library")
@pytest.mark.parametrize("dropping", [WAIT_IN_FINALIZER, WAIT_IN_LIBRARY], ids=["finalizer", "library"])
def test_a_signal_whose_error_is_dropped_is_not_lost(dropping: str) -> None:
    with start(dropping) as child:
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=300)
    assert (child.returncode, err) == (130, f"error: interrupted; no file is left half-written\n{AGAIN}")


@pytest.mark.slow
def test_what_fails_after_a_signal_does_not_hide_it() -> None:
    with start(HUNG_UP) as child:
        child.send_signal(signal.SIGHUP)
        _, err = child.communicate(timeout=300)
    assert (child.returncode, err) == (129, f"error: its terminal was closed; no file is left half-written\n{AGAIN}")


LATE = """
import atexit, os, signal, sys
from forecaster.cli import main
def send():
    os.kill(os.getpid(), signal.{name})
class Late:
    def __del__(self, send=send):
        send()
late = Late()
atexit.register(send)
code = main()
send()
sys.exit(code)
"""


@pytest.mark.sampled("15")
@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_after_the_work_does_not_change_the_exit_code(number: int) -> None:
    code = LATE.format(name=signal.Signals(number).name)
    done = subprocess.run([sys.executable, "-c", code, "--version"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_signal_while_the_program_is_loaded_has_no_traceback() -> None:
    code = """
import signal, sys
class Interrupting:
    def find_spec(self, name, *_):
        if name == "typer":
            sys.meta_path.remove(self)
            signal.raise_signal(signal.SIGINT)
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Interrupting())
from forecaster.cli import main
sys.exit(main())
"""
    done = subprocess.run([sys.executable, "-c", code, "check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "error: interrupted; no file is left half-written\nrun again: forecast check\n"


@pytest.mark.slow
def test_a_closed_standard_stream_is_not_the_pipe_of_the_signals() -> None:
    command = "exec 0<&- 1>&-; exec " + f"{sys.executable} -m forecaster predict --horizon 0"
    done = subprocess.run(["/bin/sh", "-c", command], stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: --horizon takes")


def test_signals_are_handled_as_before_when_the_program_is_done(forecast: Forecast, fake: Any) -> None:
    before = [signal.getsignal(number) for number in SIGNALS], sys.unraisablehook
    handles = open_handles()
    seen = []
    fake.before = lambda: seen.append(signal.getsignal(signal.SIGTERM))
    forecast("predict")
    assert seen[0] != signal.getsignal(signal.SIGTERM)
    assert ([signal.getsignal(number) for number in SIGNALS], sys.unraisablehook) == before
    end = time.monotonic() + 60
    while open_handles() != handles and time.monotonic() < end:  # the thread closes its end of the pipe
        time.sleep(0.01)
    assert open_handles() == handles


@pytest.mark.parametrize("number", SIGNALS)
def test_an_ignored_signal_stays_ignored(forecast: Forecast, fake: Any, number: int) -> None:
    before = signal.signal(number, signal.SIG_IGN)
    try:
        fake.before = lambda: signal.raise_signal(number)
        assert forecast("predict").code == 0
    finally:
        signal.signal(number, before)
