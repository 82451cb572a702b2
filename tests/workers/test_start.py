"""New interpreters get all of their work, whatever arrives meanwhile."""

from __future__ import annotations

import signal
import sys
from threading import Thread
from typing import Any

import pytest

from forecaster.workers.start import ENDING_SIGNALS, _signals_deferred


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no signals to other processes")
@pytest.mark.parametrize("number", ENDING_SIGNALS)
def test_a_signal_is_handled_when_the_work_is_sent(number: int) -> None:
    sent, handled = [], []

    def stop(number: int, _frame: Any) -> None:
        handled.append((number, list(sent)))
        raise KeyboardInterrupt

    def send_work() -> None:
        with _signals_deferred():
            signal.raise_signal(number)
            sent.append("the work")

    before = signal.signal(number, stop)
    try:
        with pytest.raises(KeyboardInterrupt):
            send_work()
        assert handled == [(number, ["the work"])]
        assert signal.getsignal(number) == stop
    finally:
        signal.signal(number, before)


def test_threads_start_interpreters_too() -> None:
    done = []

    def start() -> None:
        with _signals_deferred():
            done.append(True)

    thread = Thread(target=start)
    thread.start()
    thread.join()
    assert done == [True]
