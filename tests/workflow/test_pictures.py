"""Pictures are drawn where HOME cannot be written to, without a word of Matplotlib and without a folder that stays."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from forecaster.workflow import pictures

if TYPE_CHECKING:
    from pathlib import Path

FOLDERS = ("MPLCONFIGDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")
PLOT = """
import numpy as np
from forecaster.workflow.chart_series import ChartSeries, ChartSet
from forecaster.workflow.pictures import draw_charts, encode_picture
one = ChartSeries("s", np.arange(5), np.arange(3.0), np.arange(2.0), {}, {})
draw_charts(ChartSet((one,), 0, "row"))
for ending in (".png", ".svg", ".pdf"):
    assert len(encode_picture(ChartSet((one,), 0, "row"), ending)) > 5000
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a home in which no folder can be made, for root neither; Matplotlib is not imported yet."""
    for name in FOLDERS:
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "home").touch()
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.delitem(sys.modules, "matplotlib", raising=False)
    return tmp_path / "home"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Matplotlib has other folders on other systems")
def test_matplotlib_gets_a_folder_for_its_import_alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usable = home.with_name("usable")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(usable))
    with pictures._writable_folders():
        assert [os.environ.get(name) for name in FOLDERS[:2]] == [None, str(usable)]
        (folder,) = home.with_name("temporary").iterdir()
        assert os.environ["XDG_CACHE_HOME"] == str(folder)
    assert not folder.exists()
    assert "XDG_CACHE_HOME" not in os.environ
    monkeypatch.setenv("MPLCONFIGDIR", str(home))
    with pictures._writable_folders():
        assert os.environ["MPLCONFIGDIR"].startswith(str(home.with_name("temporary")))
    assert os.environ["MPLCONFIGDIR"] == str(home)
    monkeypatch.setenv("MPLCONFIGDIR", str(usable))
    with pictures._writable_folders():
        assert not list(home.with_name("temporary").iterdir())


def test_what_matplotlib_logs_is_not_printed(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("matplotlib.font_manager")
    with pictures._without_log():
        logger.error("foreign")
    logger.error("of others")
    assert caplog.messages == ["of others"]


@pytest.mark.slow
@pytest.mark.skipif(find_spec("matplotlib") is None, reason="needs Matplotlib")
def test_pictures_are_drawn_without_a_home(home: Path) -> None:
    temporary = home.with_name("temporary")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PLOT],
        env={**os.environ, "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr, list(temporary.iterdir())) == (0, "", "", [])
