"""Does a training or an evaluation end in a defined way, whatever its checkpoints contain?

A small training is run once, and the checkpoints before its last epoch are kept. `bytes` are these files, damaged as
`mutants.py` damages tables. `content` are the same files with other values, keys and arrays and with a digest that
fits. Each mutant takes the place of its file, and the same training is run again: it has to say that it does not use a
checkpoint and end with the usual model, or end with a model whose forecasts are finite. `fold bytes` and `fold content`
are the same of the forecasts of folds that an evaluation keeps, which has to end with the usual scores, or with other
finite ones. A mutant that the reader refuses is not run with, except every tenth: all refusals take one path. Each
mutant depends only on the seed and its number.

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
from typing import TYPE_CHECKING, Any, NamedTuple

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

from forecaster.artifact import checkpoint, fold_checkpoint
from forecaster.artifact.document import decode
from forecaster.cli import main as forecast
from forecaster.errors import ForecasterError
from forecaster.workflow import checkpoints, fold_checkpoints

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from forecaster.nn.fit import Training
    from forecaster.workflow.checkpoints import TrainingCheckpoints

KINDS = ("bytes", "content", "fold bytes", "fold content")
RUN_WITH = 10
"""Of this many mutants that the reader refuses, one is run with."""
SOURCE, MODEL, SCORES = Path("sales.csv"), Path("model.joblib"), Path("scores.csv")
SMALL = (
    *("--no-zero-shot", "--jobs", "1", "--epochs", "3", "--updates", "2"),
    *("--members", "2", "--hidden", "4", "--lookback", "12", "--horizon", "3"),
)


class Verb(NamedTuple):
    """A run that keeps checkpoints.

    Attributes:
        command: The command line.
        result: The file that it writes.
        kept_for: The file whose checkpoints these are, and the verb where it is not training.
        form: The format of those that are damaged.
        load: Their reader.

    """

    command: tuple[str, ...]
    result: Path
    kept_for: tuple[Any, ...]
    form: str
    load: Callable[[Path], object]

    @property
    def folder(self) -> Path:
        """The folder of its checkpoints."""
        return checkpoints.checkpoint_folder(*self.kept_for)


TRAIN = Verb(
    ("train", str(SOURCE), "-o", str(MODEL), *SMALL),
    MODEL,
    (MODEL,),
    checkpoint.FORMAT,
    checkpoint.load_checkpoint,
)
EVALUATE = Verb(
    ("evaluate", str(SOURCE), "-o", str(SCORES), "--folds", "3", *SMALL),
    SCORES,
    (SOURCE, "evaluate"),
    fold_checkpoint.FORMAT,
    fold_checkpoint.load_fold_checkpoint,
)


class Usual(NamedTuple):
    """The checkpoints of a run by name, and what it writes."""

    files: dict[str, bytes]
    result: bytes


def keep_all_checkpoints() -> None:
    """Make this process write each state of a training that is not at its end, and each fold, and remove none."""
    keep = checkpoints.TrainingCheckpoints.keep

    def keep_unless_complete(self: TrainingCheckpoints, name: str, training: Training, **named: bool) -> None:
        if not training.complete:
            keep(self, name, training, **named)

    checkpoints.WORTH, checkpoints.SECONDS = 0, 0.0
    checkpoints.TrainingCheckpoints.keep = keep_unless_complete  # type: ignore[method-assign] - for this process alone
    checkpoints.TrainingCheckpoints.remove = lambda _: None  # type: ignore[method-assign] - for this process alone
    fold_checkpoints.FoldCheckpoints.remove = lambda _: None  # type: ignore[method-assign] - for this process alone


def run_as_usual(verb: Verb) -> Usual:
    """Write the table, run once, and return what that leaves, without the states of trainings behind folds."""
    months = [f"{2015 + n // 12}-{n % 12 + 1:02}-01,{100 + 10 * (n % 12 - 5) ** 2 % 37 + n * 7 % 5}" for n in range(80)]
    SOURCE.write_text("\n".join(["ds,y", *months]) + "\n", encoding="utf-8")
    code, text = run(verb.command)
    if code:
        sys.exit(text)
    files = [file for file in sorted(verb.folder.iterdir()) if not fold_checkpoints.PREFIX.match(file.name)]
    return Usual({file.name: file.read_bytes() for file in files}, verb.result.read_bytes())


def run(command: Sequence[str]) -> tuple[int, str]:
    """Run a command line in this process, and return its exit code and what it wrote to the screen."""
    out, text = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(text), limited():
        code = forecast(list(command))
    return code, text.getvalue() + out.buffer.getvalue().decode()  # type: ignore[attr-defined] - bytes in memory


def verb_of(n: int) -> Verb:
    """Return the run whose checkpoints mutant number `n` is one of."""
    return EVALUATE if n % len(KINDS) > 1 else TRAIN


def mutant(n: int, seed: int, usual: Usual) -> tuple[str, str, bytes]:
    """Return kind, name and content of mutant number `n`."""
    rng = random.Random(f"{seed} {n}")  # noqa: S311 - chance, not secrecy
    kind, name = KINDS[n % len(KINDS)], rng.choice(sorted(usual.files))
    if kind.endswith("bytes"):
        return kind, name, damaged(usual.files[name], rng)
    path, form = Path("whole"), verb_of(n).form
    path.write_bytes(usual.files[name])
    document = decode(path, form)
    return kind, name, changed_content((document.schema, document.meta, document.arrays), rng, form)


def judge(n: int, seed: int, all_usual: Mapping[Verb, Usual]) -> Outcome:
    """Put a mutant in the place of its file, and run again."""
    verb = verb_of(n)
    usual = all_usual[verb]
    kind, name, data = mutant(n, seed, usual)
    for other in verb.folder.iterdir():
        other.unlink()
    for each, whole in usual.files.items():
        (verb.folder / each).write_bytes(data if each == name else whole)
    begin = time.perf_counter()
    with limited():
        refused = is_refused(verb, verb.folder / name)
    if refused and n // len(KINDS) % RUN_WITH:
        return Outcome(n, kind, "refused", time.perf_counter() - begin, "")
    code, text = run(verb.command)
    seconds, result = time.perf_counter() - begin, verb.result.read_bytes()
    ending = "refused" if refused else "usual" if result == usual.result else "other"
    fault = fault_of(code, text)
    if not fault and refused and (result != usual.result or "is not used" not in text):
        fault = "another result than the usual one"
    if not fault and ending == "other":
        fault = fault_of_result(verb)
    return Outcome(n, kind, ending, seconds, fault)


def fault_of_result(verb: Verb) -> str:
    """Return what is wrong with a model or scores, or nothing."""
    if verb is EVALUATE:
        return "" if all_finite(verb.result.read_text(encoding="utf-8"), "mase") else "scores that are not finite"
    code, text = run(["predict", "--model", str(MODEL), "--format", "csv"])
    return fault_of(code, "") or ("" if all_finite(text) else "a forecast that is not finite")


def is_refused(verb: Verb, path: Path) -> bool:
    """Return whether the reader refuses a file; any other exception is a fault."""
    try:
        verb.load(path)
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
        usual = {verb: run_as_usual(verb) for verb in (TRAIN, EVALUATE)}
        numbers = range(asked.first, asked.first + asked.count)
        outcomes = [outcome_of(partial(judge, n, asked.seed, usual), n, KINDS[n % len(KINDS)]) for n in numbers]
    print_and_exit({"rows": summary(outcomes)}, outcomes, as_json=asked.json)


if __name__ == "__main__":
    main()
