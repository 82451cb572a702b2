"""Does a training end in a defined way, whatever its checkpoints contain?

A small training is run once, and the checkpoints before its last epoch are kept. `bytes` are these files, damaged as
`mutants.py` damages tables. `content` are the same files with other values, keys and arrays and with a digest that
fits. Each mutant takes the place of its file, and the same training is run again: it has to say that it does not use a
checkpoint and end with the usual model, or end with a model whose forecasts are finite. A mutant that the reader
refuses is not trained with, except every tenth: all refusals take one path. Each mutant depends only on the seed and
its number.

    nice python benchmarks/mutants_of_checkpoints.py --count 1000
"""

from __future__ import annotations

import contextlib
import io
import random
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mutants import limited
from mutants_of_models import (
    Outcome,
    all_finite,
    changed_content,
    damaged,
    outcome_of,
    print_and_exit,
    read_request,
)

from forecaster.artifact.checkpoint import FORMAT, load_checkpoint
from forecaster.artifact.document import decode
from forecaster.cli import main as forecast
from forecaster.errors import ForecasterError
from forecaster.workflow import checkpoints

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.nn.fit import Training
    from forecaster.workflow.checkpoints import TrainingCheckpoints

KINDS = ("bytes", "content")
TRAINED_WITH = 10
"""Of this many mutants that the reader refuses, one is trained with."""
SOURCE, MODEL = Path("sales.csv"), Path("model.joblib")
TRAIN = (
    *("train", str(SOURCE), "-o", str(MODEL), "--no-zero-shot", "--jobs", "1"),
    *("--epochs", "3", "--updates", "2", "--members", "2", "--hidden", "4", "--lookback", "12", "--horizon", "3"),
)


class Usual(NamedTuple):
    """The checkpoints of the training by name, and the model that it writes."""

    files: dict[str, bytes]
    model: bytes


def keep_all_checkpoints() -> None:
    """Make this process write each state of a training that is not at its end, and remove none."""
    keep = checkpoints.TrainingCheckpoints.keep

    def keep_unless_complete(self: TrainingCheckpoints, name: str, training: Training, **named: bool) -> None:
        if not training.complete:
            keep(self, name, training, **named)

    checkpoints.WORTH, checkpoints.SECONDS = 0, 0.0
    checkpoints.TrainingCheckpoints.keep = keep_unless_complete  # type: ignore[method-assign] - for this process alone
    checkpoints.TrainingCheckpoints.remove = lambda _: None  # type: ignore[method-assign] - for this process alone


def folder() -> Path:
    """Return the folder of the checkpoints."""
    return MODEL.with_name(MODEL.name + checkpoints.ENDING)


def run_as_usual() -> Usual:
    """Write the table, train once, and return what that leaves."""
    months = [f"{2015 + n // 12}-{n % 12 + 1:02}-01,{100 + 10 * (n % 12 - 5) ** 2 % 37 + n * 7 % 5}" for n in range(80)]
    SOURCE.write_text("\n".join(["ds,y", *months]) + "\n", encoding="utf-8")
    code, text = run(TRAIN)
    if code:
        sys.exit(text)
    return Usual({file.name: file.read_bytes() for file in sorted(folder().iterdir())}, MODEL.read_bytes())


def run(command: Sequence[str]) -> tuple[int, str]:
    """Run a command line in this process, and return its exit code and what it wrote to the screen."""
    out, text = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(text), limited():
        code = forecast(list(command))
    return code, text.getvalue() + out.buffer.getvalue().decode()  # type: ignore[attr-defined] - bytes in memory


def mutant(n: int, seed: int, usual: Usual) -> tuple[str, str, bytes]:
    """Return kind, name and content of mutant number `n`."""
    rng = random.Random(f"{seed} {n}")  # noqa: S311 - chance, not secrecy
    kind, name = KINDS[n % len(KINDS)], rng.choice(sorted(usual.files))
    if kind == "bytes":
        return kind, name, damaged(usual.files[name], rng)
    path = Path("whole")
    path.write_bytes(usual.files[name])
    document = decode(path, FORMAT)
    return kind, name, changed_content((document.schema, document.meta, document.arrays), rng, FORMAT)


def judge(n: int, seed: int, usual: Usual) -> Outcome:
    """Put a mutant in the place of its file, and train again."""
    kind, name, data = mutant(n, seed, usual)
    for each, whole in usual.files.items():
        (folder() / each).write_bytes(data if each == name else whole)
    begin = time.perf_counter()
    with limited():
        refused = is_refused(folder() / name)
    if refused and n // len(KINDS) % TRAINED_WITH:
        return Outcome(n, kind, "refused", time.perf_counter() - begin, "")
    code, text = run(TRAIN)
    seconds, model = time.perf_counter() - begin, MODEL.read_bytes()
    ending = "refused" if refused else "usual" if model == usual.model else "other"
    fault = fault_of(code, text)
    if not fault and refused and (model != usual.model or "is not used" not in text):
        fault = "another model than the usual one"
    if not fault and ending == "other":
        code, text = run(["predict", "--model", str(MODEL), "--format", "csv"])
        fault = fault_of(code, "") or ("" if all_finite(text) else "a forecast that is not finite")
    return Outcome(n, kind, ending, seconds, fault)


def is_refused(path: Path) -> bool:
    """Return whether the reader refuses a file; any other exception is a fault."""
    try:
        load_checkpoint(path)
    except ForecasterError:
        return True
    return False


def fault_of(code: int, text: str) -> str:
    """Return what is wrong with the end of a command, or nothing."""
    if code or "unexpected error" in text:
        return f"ended with {code}: {text[-200:]}"
    return "" if text.replace("\n", "").isprintable() else f"not printable: {text[:200]!a}"


def summary(outcomes: Sequence[Outcome]) -> list[dict[str, object]]:
    """Return one row for each kind."""
    groups = {kind: [each for each in outcomes if each.kind == kind] for kind in KINDS}
    return [
        {
            "kind": kind,
            "mutants": len(group),
            **{ending: sum(each.ending == ending for each in group) for ending in ("refused", "usual", "other")},
            "faults": sum(bool(each.fault) for each in group),
            "slowest_s": max((each.seconds for each in group), default=0.0),
        }
        for kind, group in groups.items()
    ]


def main() -> None:
    """Judge the mutants, print the table and the first faults, and end with exit code 1 if there is a fault."""
    asked = read_request(__doc__, 1000)
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        keep_all_checkpoints()
        usual = run_as_usual()
        numbers = range(asked.first, asked.first + asked.count)
        outcomes = [outcome_of(partial(judge, n, asked.seed, usual), n, KINDS[n % len(KINDS)]) for n in numbers]
    print_and_exit({"rows": summary(outcomes)}, outcomes, as_json=asked.json)


if __name__ == "__main__":
    main()
