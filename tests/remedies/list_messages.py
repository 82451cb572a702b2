"""Write `docs/messages.md`: every kind of message with an example, made by running the commands that print it.

Run it with `python tests/remedies/list_messages.py` from the root of the repository. The commands are those of the
remedies in `cases.py` and the ones below. A message is listed once, whatever its names and numbers are.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import re
import runpy
import shlex
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

sys.path.insert(0, str(Path(__file__).parents[2]))

from forecaster.cli import main
from forecaster.cli.exits import EXIT_CODES
from forecaster.evaluation.naive_reference import PairedTest
from forecaster.evaluation.plain_sentences import accuracy_sentences, interval_sentence, short_accuracy_sentence

FOLDER = Path(__file__).parent
PAGE = FOLDER.parents[1] / "docs" / "messages.md"
CASES = runpy.run_path(str(FOLDER / "cases.py"))
LABELS = ("Read", "Columns", "Found", "Plan", "Method", "Accuracy", "Failed", "Model", "Next")
"""Labels of the facts that commands print."""
WRONG_COMMANDS = (
    "trian f.csv",
    "f.csv -H 3",
    "forecast predict",
    "version",
    "plot",
    "--train f.csv",
    "-v",
    "train f.csv --targt value",
    "train f.csv --steps 5",
    "train f.csv --colour red",
    "train f.csv -x",
    "train f.csv --folds 3",
    "inspect -m forecast.joblib",
    "train f.csv --horizon",
    "train f.csv --quiet=yes",
    "train f.csv --horizon five",
    "train f.csv --jobs 0",
    "train f.csv --min low",
    "train f.csv --require-skill 101",
    "train f.csv --cell LSTM",
    "train f.csv --cell transformer",
    "predict --level .8",
    "train horizon=5",
)
"""Command lines with a mistake."""
TABLE, EDITED = CASES["table"], CASES["edited"]
GOOD, TWO = CASES["GOOD"], CASES["TWO"]
FINDINGS: tuple[tuple[str, Any, str], ...] = (
    ("predict f.csv --model forecast.joblib", TABLE(50), "days"),
    ("predict f.csv --model forecast.joblib", EDITED(TABLE(70), 58, "2024-02-26,1"), "days"),
    ("predict --horizon 9", {}, "days"),
    ("predict f.csv --model forecast.joblib", TWO.replace("b,", "c,"), "two"),
    ("predict --at 2026-01-01", {}, "uneven"),
    ("predict f.csv", TABLE(80, step=CASES["HOURS"], date="%Y-%m-%d %H:%M"), "days"),
    ("predict f.csv --horizon 30", TABLE(40), ""),
    ("predict f.csv -o out.csv", GOOD, ""),
    ("predict f.csv g.csv --out o", {"f.csv": GOOD, "g.csv": GOOD.replace("100", "x")}, ""),
    ("predict forecast.joblib --out o --newer n", {"n/g.csv": GOOD}, "days"),
    ("train f.csv g.csv --zero-shot --out o", {"f.csv": GOOD, "g.csv": TABLE(1)}, ""),
    ("train f.csv --zero-shot --verbose", GOOD, ""),
    ("evaluate f.csv --zero-shot --folds 2 --verbose", GOOD, ""),
    ("check f.csv", TABLE(values=dict.fromkeys(range(60), 5)), ""),
    ("check f.csv", TABLE(values={i: i / 100 for i in range(60)}), ""),
    ("check f.csv", TABLE(values={0: "", 59: ""}), ""),
    ("check f.csv --repair full", TABLE(values={20: "", 21: ""}), ""),
    ("check f.csv", "report of May\n\n" + GOOD + "source: the shop\n", ""),
    ("check f.csv", EDITED(GOOD, 30, "date,value"), ""),
    ("check f.csv", GOOD.replace("\n", ",\n").replace("value,", "value"), ""),
    ("check f.csv", EDITED(GOOD, 5, GOOD.splitlines()[3]), ""),
    ("check f.csv", "\n".join([GOOD.splitlines()[0], *GOOD.splitlines()[:0:-1]]), ""),
    ("check f.csv", TABLE(date="%Y-%m-%dT00:00:00+02:00"), ""),
    ("check f.csv --drop-last", GOOD, ""),
    ("check f.csv --known x", TABLE(header="date,value,x", row="{date},{value},same"), ""),
)
"""Commands that report findings without a remedy, with their files and model."""
SAME_KIND = re.compile(r"\(the first of \d+ such findings\)")
"""How the text ends of further findings of one kind, which need no example of their own."""
INTRODUCTION = """# Messages

Every kind of message of the program, with an example. Each example was printed by the command beside it, on files that
provoke it. `python tests/remedies/list_messages.py` writes this page; [data.md](data.md) explains the codes.
"""


class Message(NamedTuple):
    """A message with its section of the page and the command that printed it."""

    section: str
    text: str
    command: str


def write_files(files: Any) -> None:
    """Write files; content alone is that of `f.csv`. Raise ImportError where a package for them is missing."""
    for name, content in (files if isinstance(files, dict) else {"f.csv": files}).items():
        path = Path(name)
        path.parent.mkdir(exist_ok=True)
        if content == CASES["LINK"]:
            path.symlink_to(path.name)
        elif content is not None:
            data = content() if callable(content) else content
            path.write_bytes(data if isinstance(data, bytes) else data.encode())


def messages_of(command: str) -> Iterator[Message]:
    """Run a command in the current folder, and yield what it says."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), np.errstate(all="ignore"):
        code = main(shlex.split(command))
    out.flush()
    out.buffer.seek(0)
    listed = set()
    for row in csv.DictReader(io.StringIO(out.buffer.read().decode())):
        if not row.get("text") or SAME_KIND.search(row["text"]):
            continue
        section = f"Findings and refusals: {row['code']}"
        text = row["text"] + (f"; {row['remedy']}" if row["remedy"] else "")
        listed.add(text)
        yield Message(section, text, command)
    for line in err.getvalue().splitlines():
        label = line.split(maxsplit=1)[0].rstrip(":") if line.strip() else ""
        if label == "error":
            if any(line.endswith(text) for text in listed):
                continue
            yield Message(f"Errors: exit code {code}, {EXIT_CODES[code]}", line, command)
        elif label in {"failed", "note", "try"}:
            yield Message(f"Lines that begin with {label}", line, command)
        elif label in LABELS:
            yield Message(f"Facts: {label}", line, command)


def reasons_in_model(command: str) -> Iterator[Message]:
    """Yield the reasons of decisions and the verdict of the model in the current folder, which a command trained."""
    out = io.TextIOWrapper(io.BytesIO(), "utf-8")
    with contextlib.redirect_stdout(out):
        main(["inspect", "--json"])
    out.flush()
    found = json.loads(out.buffer.getvalue())  # type: ignore[attr-defined] - the stream below is of bytes
    for each in found["decisions"]:
        yield Message("Choices and their reasons, with --verbose", f"{each['name']}: {each['reason']}", command)
    for sentence in (found["verdict"] or {"sentences": ()})["sentences"]:
        yield Message("Verdicts, with --verbose", sentence, command)


def messages_in_folder(command: str, files: Any, model: bytes = b"") -> list[Message]:
    """Return what a command says in a folder with these files and perhaps a model; nothing if a package is missing."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        try:
            write_files(files)
        except ImportError:
            return []
        if model:
            Path("forecast.joblib").write_bytes(model)
        listed = list(messages_of(command))
    hidden = {os.path.realpath(folder): "/folder"}
    hidden |= {digest: "DIGEST" for each in listed for digest in re.findall(r"\b[0-9a-f]{64}\b", each.text)}
    for name, shown in hidden.items():
        listed = [each._replace(text=each.text.replace(name, shown)) for each in listed]
    return listed


def accuracy_messages() -> Iterator[Message]:
    """Yield the sentences on accuracy for tests with each kind of result."""
    repeated = {"last_value": "the last value", "seasonal_naive": "last week"}
    for skill, p_value, coverage in (
        (12.0, 0.02, 79.0),
        (12.0, 0.3, 60.0),
        (12.0, float("nan"), None),
        (0.2, 0.5, 80.0),
        (-8.0, 0.99, 80.0),
        (-8.0, 0.6, 80.0),
        (-350.0, 0.9999, 80.0),
        (99.9, 0.0001, 100.0),
        (float("nan"), float("nan"), 80.0),
    ):
        verdict = SimpleNamespace(
            baseline="seasonal_naive",
            skill=skill,
            p_value=p_value,
            origins=9,
            coverage={} if coverage is None else {80: coverage},
        )
        what = f"skill {skill:g} %, p-value {p_value:g}, coverage {coverage}"
        for series in (1, 5):
            with mock.patch("forecaster.evaluation.plain_sentences.paired_tests", return_value={}):
                sentences = (*accuracy_sentences(verdict, [], repeated, series), interval_sentence(verdict))
            yield Message("Accuracy: the sentences for each result", " ".join(sentences), what)
        with mock.patch("forecaster.evaluation.plain_sentences.paired_tests", return_value={}):
            yield Message("Accuracy: many files", short_accuracy_sentence(verdict, [], repeated), what)
        best = {
            "seasonal_naive": PairedTest("seasonal_naive", 5.0, 0.1),
            "theta": PairedTest("theta", skill, p_value),
        }
        with mock.patch("forecaster.evaluation.plain_sentences.paired_tests", return_value=best):
            yield Message(
                "Accuracy: a better method", " ".join(accuracy_sentences(verdict, [], repeated, 1)), f"Theta: {what}"
            )


def kind_of(text: str) -> str:
    """Return a message without the names and numbers in it."""
    return re.sub(r"\d[\d,.:T-]*|'[^']*'|\s+", "#", text)


def all_messages(progress: Callable[[str], None] = print) -> list[Message]:
    """Return every message, each kind once in a section."""
    models, found = {}, []
    for name, (command, files) in CASES["MODELS"].items():
        progress(f"model {name}")
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            write_files(files)
            found += [*messages_of(command), *reasons_in_model(command)]
            models[name] = Path("forecast.joblib").read_bytes()
    for command in ("predict", "predict -o out.csv", "inspect", "inspect -v"):
        found += messages_in_folder(command, {}, models["days"])
    found += messages_in_folder(f"evaluate f.csv --folds 2 --hidden 2 {CASES['QUICK']}", GOOD)
    for command, files, model in FINDINGS:
        found += messages_in_folder(command, files, models.get(model, b""))
    for command in WRONG_COMMANDS:
        found += messages_in_folder(command, GOOD)
    for case in CASES["CASES"]:
        progress(case.remedy)
        found += messages_in_folder(case.command, case.files, models.get(case.model, b""))
    found += accuracy_messages()
    kinds = {(each.section, kind_of(each.text)): each for each in reversed(found)}
    return sorted(kinds.values(), key=lambda each: (each.section, kind_of(each.text)))


def page_of(messages: list[Message]) -> str:
    """Return the page with a table for each section."""
    parts = [INTRODUCTION]
    for section in dict.fromkeys(each.section for each in messages):
        parts += [f"\n## {section}\n", "| message | command |", "|---|---|"]
        parts += [
            f"| {in_cell(each.text)} | {in_cell(command_of(each))} |" for each in messages if each.section == section
        ]
    return "\n".join(parts) + "\n"


def command_of(message: Message) -> str:
    """Return the command with the name of the program."""
    return message.command if message.section.startswith("Accuracy: ") else f"forecast {message.command}"


def in_cell(text: str) -> str:
    """Return a text as code in a cell of a table."""
    safe = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return "`` " + safe.replace("|", "\\|") + " ``"


if __name__ == "__main__":
    PAGE.write_text(page_of(all_messages()), encoding="utf-8")
