"""The report of any result: of a training, an evaluation or a forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.report.evaluation import report_of_evaluation
from forecaster.report.prediction import report_of_prediction
from forecaster.report.training import report_of_training
from forecaster.workflow.results import Prediction, Training

if TYPE_CHECKING:
    from forecaster.report.document import Report
    from forecaster.report.run import Run
    from forecaster.workflow.results import Evaluation


def report_of(result: Training | Evaluation | Prediction, run: Run) -> Report | None:
    """Return the report of a result; None where there is none, as after a dry run."""
    match result:
        case Training():
            return report_of_training(result, run)
        case Prediction():
            return report_of_prediction(result, run)
    return report_of_evaluation(result, run)
