"""Fit a model to what a user of the library gave; nothing is written to a file."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from forecaster.numeric_errors import refuse_numeric_errors
from forecaster.reading.reader import read_sources
from forecaster.workflow.fit import fit_model, prepare_training
from forecaster.workflow.limits import requested_limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecaster.api.given import GivenData
    from forecaster.artifact.model import Model
    from forecaster.errors import Finding
    from forecaster.spec import Specification


@refuse_numeric_errors
def fit_given(
    given: GivenData, specification: Specification, repair: str, jobs: int | None
) -> tuple[Model, tuple[Finding, ...], Mapping[str, str]]:
    """Return the model of the data, the findings, and the series that failed, each with the reason."""
    began = perf_counter()
    source = read_sources(
        given.sources,
        given.selection,
        repair=repair,
        irregular=specification.irregular,
        limits=requested_limits(specification),
    )
    prepared = prepare_training(source, specification, began)
    return fit_model(prepared, jobs).model, prepared.findings, prepared.failed
