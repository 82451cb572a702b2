"""Every remedy that is printed works: it is typed, or the file is edited as it says, and the command is run again."""

from __future__ import annotations

import csv
import io
import re
import runpy
import shlex
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from forecaster.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FOLDER = Path(__file__).parent / "remedies"
CASES = runpy.run_path(str(FOLDER / "cases.py"))
VALUE = r"(?:'[^']*'|\"[^\"]*\"|(?!(?:if|or|and|for|with|to|there|alone)\b)[^\s;]*[^\s;,:?]|[.,](?=\s|$))"
OPTION = rf"--[a-z][a-z-]*(?:(?: |: ){VALUE})?"
OPTIONS = re.compile(rf"{OPTION}(?: {OPTION})*")
"""Options with their values, as a person would copy them from a message."""


def pattern_of(remedy: str) -> re.Pattern[str]:
    """Return what matches a remedy as it is printed."""
    return re.compile(".*?".join(map(re.escape, remedy.partition(": ")[2].split("{}"))))


def first_listed(text: str) -> str:
    """Return the first of the words that a message lists, as it is typed."""
    match = re.search(r"(?:one of|choose from|rows follow,|takes others:|did you mean) ([^\s,?\"]+)", text)
    return match[1] if match else ""


def typed_options(printed: str) -> list[str]:
    """Return the options that a remedy names, each as it is typed."""
    return [each[0].replace(": ", " ") for each in OPTIONS.finditer(printed)]


class Run:
    """What one command printed."""

    def __init__(self, command: str, capsys: pytest.CaptureFixture[str]) -> None:
        """Run the command in this process."""
        capsys.readouterr()
        self.code = main(shlex.split(command))
        self.out, self.err = capsys.readouterr()

    def remedy_like(self, pattern: re.Pattern[str]) -> str | None:
        """Return the remedy that was printed and matches; None if there is none."""
        cells = [row["remedy"] for row in csv.DictReader(io.StringIO(self.out)) if row.get("remedy")]
        sentences = [line for line in self.err.splitlines() if line.startswith(("error: ", "failed: "))]
        ends = [line[match.start() :] for line in sentences for match in re.finditer(r"(?<=[;:] )\S", line)]
        return next((each for each in [*cells, *ends] if pattern.fullmatch(each)), None)


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], bytes]:
    """Return a function that trains the model of a command once, and returns the file."""
    trained: dict[str, bytes] = {}

    def train(name: str) -> bytes:
        if name not in trained:
            folder = tmp_path_factory.mktemp("model")
            with pytest.MonkeyPatch.context() as patch:
                patch.chdir(folder)
                command, files = CASES["MODELS"][name]
                write_files(files)
                assert main(shlex.split(command)) == 0
                trained[name] = Path("forecast.joblib").read_bytes()
        return trained[name]

    return train


def write_files(files: str | bytes | dict[str, Any]) -> None:
    """Write files; content alone is that of `f.csv`."""
    for name, content in (files if isinstance(files, dict) else {"f.csv": files}).items():
        path = Path(name)
        path.parent.mkdir(exist_ok=True)
        if content is None:
            path.unlink()
        elif content == CASES["LINK"]:
            path.symlink_to(path.name)
        elif callable(content):
            pytest.importorskip({".parquet": "pyarrow", ".xlsx": "openpyxl"}[path.suffix])
            path.write_bytes(content())
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())


def test_every_remedy_has_a_case_or_a_reason() -> None:
    source = runpy.run_path(str(FOLDER / "remedy_texts.py"))["Source"]()
    printed = {f"{module}: {text}" for module, text in source.remedies()}
    untyped = CASES["UNTYPED"]
    tested = {case.remedy for case in CASES["CASES"]}
    assert sorted(tested & {*untyped}) == []
    assert sorted(printed - tested - {*untyped}) == [], "write a case for each in tests/remedies/cases.py"
    assert sorted((tested | {*untyped}) - printed) == [], "these are not printed any more"


def identity(case: Any) -> str:
    """Return the name of a case as a parameter."""
    return re.sub(r"[^\w.-]+", "-", case.remedy)[:80]


def parameters() -> Iterator[Any]:
    """Yield each case as a parameter of a test.

    It is slow where something is trained, forecast or unpacked, and where the remedy is an edit of the file. The first
    two slow ones of a module stay so, and its others are nightly; of those that are not slow, all but two become so.
    """
    before: Counter[tuple[str, bool]] = Counter()
    for case in CASES["CASES"]:
        kind = case.remedy.partition(":")[0], takes_long(case)
        before[kind] += 1
        tier = kind[1] + (before[kind] > 2)
        marks = [pytest.mark.slow, pytest.mark.nightly][:tier]
        yield pytest.param(case, id=identity(case), marks=marks)


def takes_long(case: Any) -> bool:
    """Return whether a case trains, forecasts, unpacks or edits something."""
    edited = case.fixed is not None
    quick = case.command.startswith("check") or "--dry-run" in case.command
    slow = edited or bool(case.model) or not quick or (case.then or "").startswith(("train f.csv {typed}", "predict"))
    slow |= case.command.startswith("batch ")  # a worker process takes a second to start
    slow |= "--calendar X" in f"{case.command} {case.then}" or "f.csv.gz" in case.command
    return slow


@pytest.mark.parametrize("case", list(parameters()))
def test_a_remedy_works(
    case: Any,
    models: Callable[[str], bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    write_files(case.files)
    if case.model:
        Path("forecast.joblib").write_bytes(models(case.model))
    pattern = pattern_of(case.remedy)
    first = Run(case.command, capsys)
    printed = first.remedy_like(pattern)
    assert printed is not None, f"{case.command}: {first.code}\n{first.out[:2000]}{first.err[:2000]}"
    options = typed_options(printed)
    if case.fixed is not None:
        write_files(case.fixed)
    then = case.then
    if then is None:
        then = "{typed}" if options and case.fixed is None else ""
    follow = then.format(
        typed=options[0] if options else "",
        typed2=options[1] if len(options) > 1 else "",
        typed3=options[2] if len(options) > 2 else "",
        listed=first_listed(first.out + first.err),
    )
    command = follow if follow.split()[:1] and follow.split()[0] in CASES["COMMANDS"] else f"{case.command} {follow}"
    again = Run(command, capsys)
    told = f"{command}: {again.code}\n{again.out[:1000]}{again.err[:2000]}"
    assert again.code == case.code, told
    assert again.remedy_like(pattern) is None, told
