"""What a model is made of, and how good it is, in sentences for users of the library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.api.words import in_python_words
from forecaster.evaluation.method_sentence import method_sentence
from forecaster.evaluation.verdict import Verdict
from forecaster.workflow.inspect import training_span
from forecaster.workflow.summary import describe_accuracy

if TYPE_CHECKING:
    from forecaster.artifact.model import Model


def summary_of(model: Model) -> str:
    """Return the data, the method and the accuracy of a model, a line each, and the sentences of its verdict."""
    verdict = Verdict.from_dict(model.verdict)
    accuracy = describe_accuracy(verdict, model.scores, model.fitted.recipe, model.tail)
    span = " to ".join(training_span(model))
    rows = f"{len(model.tail):,} series, {model.fingerprint['rows']:,} rows from {span}"
    lines = {"Data": rows, "Method": method_sentence(model.fitted), "Accuracy": accuracy}
    said = [*(f"{name:10}{text}" for name, text in lines.items() if text), *verdict.sentences]
    return in_python_words("\n".join(said))
