"""No file that an option names is lost because another option names it, too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer

from forecaster.cli.app import app
from forecaster.cli.named_files import REPLACED, RESULTS

Forecast = Callable[..., Any] if TYPE_CHECKING else object
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def named_files(command: Any) -> dict[str, str]:
    """Return the parameters of the options of a command that name a file, by the options."""
    found = [each for each in command.params if getattr(each, "metavar", None) == "FILE" or each.name == "known"]
    return {each.opts[0]: each.name for each in found}


FILES = {name: named_files(command) for name, command in COMMANDS.items()}
"""The options of each command that name a file, and `--known`, which may name one."""
PAIRS = [
    (command, result, other)
    for command, options in FILES.items()
    for result in options
    for other in options
    if options[result] in RESULTS and options[other] not in REPLACED
    if result < other or (options[other] not in RESULTS and other != result)
]


def test_every_result_is_an_option() -> None:
    assert set(RESULTS) <= {name for options in FILES.values() for name in options.values()}
    assert len(PAIRS) > 50


@pytest.mark.parametrize(("command", "result", "other"), PAIRS)
def test_two_options_never_have_one_file(forecast: Forecast, fake: Any, command: str, result: str, other: str) -> None:
    file = Path("f.txt")
    file.write_text("")
    folder = ["--out", "new"] if command == "batch" else []  # it needs one
    done = forecast(command, result, "f.txt", other, "./f.txt", *folder)
    assert (done.code, done.out) == (2, "")
    assert done.err == "error: f.txt is used twice and would be overwritten; name another file\n"
    assert file.read_text() == ""
    assert not fake.calls


@pytest.mark.parametrize("name", ["forecast.toml", "pyproject.toml"])
def test_the_configuration_of_the_folder_is_not_written_over(forecast: Forecast, fake: Any, name: str) -> None:
    Path(name).write_text("")
    assert f"{name} is used twice" in forecast("predict", "--output", name).err
    assert not fake.calls
