"""A field of the specification is an option of each command that takes it; nothing else declares the option."""

from __future__ import annotations

from dataclasses import fields, make_dataclass
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from forecaster.cli import shared_options
from forecaster.cli.app import app
from forecaster.nn.architecture import ARCHES
from forecaster.spec import Selection, Specification, option_field

COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined] - it is a group


Extended = make_dataclass(
    "Extended",
    [
        (
            "foo",
            int | None,
            option_field("Count of foo.", short="-f", metavar="COUNT", low=2, high=9, absent="derived"),
        ),
        ("bars", tuple[str, ...], option_field("Names of bars.", default=(), option="bar")),
        ("shape", str, option_field("Shape of foo.", default="round", choices=("round", "flat"))),
        ("sure", bool | None, option_field("Whether foo is sure.", absent="derived")),
    ],
    frozen=True,
)
"""A specification of made-up options."""


def run(*arguments: str, names: dict[str, tuple[str, ...]] | None = None) -> tuple[Any, list[Any]]:
    """Return the result of a command with the made-up options, and what the command was called with."""
    seen: list[Any] = []

    def command(*, wanted: Any) -> int:
        """Do nothing."""
        seen.append(wanted)
        return 0

    command.__annotations__["wanted"] = Extended
    program = typer.Typer(rich_markup_mode=None)
    program.command()(shared_options.with_shared_options(**(names or {}))(command))
    return CliRunner().invoke(program, list(arguments)), seen


@pytest.fixture(autouse=True)
def without_options_of_every_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the options of every run, whose callbacks need the whole program."""
    monkeypatch.setattr(shared_options, "OF_EVERY_RUN", ())


def test_a_made_up_field_reaches_the_command() -> None:
    assert run()[1] == [Extended()]
    _, seen = run("-f", "3", "--bar", "a", "--bar", "b", "--shape", "flat", "--no-sure")
    assert seen == [Extended(3, ("a", "b"), "flat", sure=False)]


def test_the_help_of_an_option_is_that_of_its_field() -> None:
    text = " ".join(run("--help")[0].output.split())
    for part in (
        "-f, --foo COUNT Count of foo. [default: (derived); 2<=x<=9]",
        "--shape <round|flat> Shape of foo. [default: round]",
        "--sure / --no-sure Whether foo is sure. [default: (derived)]",
    ):
        assert part in text


@pytest.mark.parametrize("arguments", [("--foo", "1"), ("--foo", "10"), ("--foo", "x"), ("--shape", "square")])
def test_values_that_a_field_does_not_take_are_refused(arguments: tuple[str, ...]) -> None:
    done, seen = run(*arguments)
    assert (done.exit_code, seen) == (2, [])


def test_a_command_may_take_some_fields_alone() -> None:
    assert run("--foo", "4", names={"wanted": ("foo",)})[1] == [Extended(4)]
    assert run("--shape", "flat", names={"wanted": ("foo",)})[0].exit_code == 2


@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_every_field_is_an_option(command: str) -> None:
    options = {parameter.name for parameter in COMMANDS[command].params}
    records = (Selection, Specification)
    assert {each.metadata.get("option", each.name) for record in records for each in fields(record)} <= options


def test_the_architectures_are_those_of_the_networks() -> None:
    (arch,) = (each for each in fields(Specification) if each.name == "arch")
    assert arch.metadata["choices"] == ARCHES
