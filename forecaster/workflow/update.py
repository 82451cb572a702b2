"""`train --update`: continue a model on newer rows, and keep the old one unless the new one is no worse.

Both are judged by forecasts of rows after the end of the old model, which neither has seen: for that, the new model is
continued on the rows before the first of these forecasts only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy import isfinite

from forecaster.artifact.model import load_document, model_of_document, save
from forecaster.errors import Code, Finding, InputRefusedError, counted
from forecaster.evaluation.backtest import backtest
from forecaster.evaluation.score_tables import score
from forecaster.files.atomic import refuse_overwriting
from forecaster.files.lock import exclusive_lock
from forecaster.files.preflight import check_writable
from forecaster.forecasting.budget import sizes_of
from forecaster.forecasting.continuation import continue_forecaster
from forecaster.forecasting.method import ROUNDING
from forecaster.forecasting.methods.training_session import JUDGED, TrainingSession
from forecaster.forecasting.new_series import for_series
from forecaster.progress import WRITING, report_part
from forecaster.spec import COLUMNS
from forecaster.text import shown
from forecaster.workflow.checkpoints import TrainingCheckpoints, checkpoint_folder, open_checkpoints
from forecaster.workflow.limits import requested_limits
from forecaster.workflow.newer_rows import latest_rows, read_newer_rows
from forecaster.workflow.run_description import MODEL, describe_run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from forecaster.arrays import Ints
    from forecaster.artifact.model import Model
    from forecaster.forecasting.fitted import FittedForecaster
    from forecaster.forecasting.method import Method
    from forecaster.series.panel import Panel
    from forecaster.spec import Selection
    from forecaster.workflow.checkpoints import Resumption
    from forecaster.workflow.newer_rows import LatestRows

OLD = "old"
"""The column of the old model's forecasts; those of the new one are in the usual column."""
FEWEST_ORIGINS, MOST_ORIGINS = 3, 5
"""Forecasts of newer rows that compare the two models, at least and at most: fewer depend on chance, and more leave the
new model fewer rows to continue on. Chosen by hand."""
JUDGING = 0.5
"""Share of the newer rows that judge at most, unless the fewest origins need more; the new model is continued on the
others before it is judged. Chosen by hand."""
POINTS, QUANTILES = "mase", "wql"
"""The scores that decide: of points, and of prices, whose points hardly differ, of quantiles."""


class Comparison(NamedTuple):
    """How two models forecast rows that neither has seen.

    Attributes:
        metric: The score that decides: `mase`, `wql` or `mae`; less is better.
        new, old: The scores of both models.
        origins: Forecasts of the past that each was judged by.

    """

    metric: str
    new: float
    old: float
    origins: int


@dataclass(frozen=True)
class Update:
    """The result of an update.

    Attributes:
        findings: Findings about the rows.
        failed: Series that could not be used, each with the reason.
        newer, needed: Rows after the end of the old model, and those that it takes to compare models.
        comparison: The old and the new model; None where there are too few newer rows.
        path: The model file.
        digest: Content digest of the new model; None if it was not written.

    """

    findings: tuple[Finding, ...]
    failed: Mapping[str, str]
    newer: int
    needed: int
    comparison: Comparison | None
    path: Path
    digest: str | None

    @property
    def replaced(self) -> bool:
        """Whether the new model was written."""
        return self.digest is not None

    @property
    def sentence(self) -> str:
        """Both scores and the decision."""
        if self.comparison is None:
            rows = counted(self.newer, "row")
            return (
                f"{rows} after the end of the model, and {self.needed} are needed to judge a new one: the old one stays"
            )
        metric, new, old, origins = self.comparison
        scores = f"{metric.upper()} {new:.4g} of the continued model and {old:.4g} of the old one"
        decision = "the continued one is no worse and is written" if self.replaced else "the old one stays"
        return f"{scores}, on {counted(origins, 'forecast')} of newer rows: {decision}"


@dataclass(frozen=True)
class _OldModel:
    """The old model as a method that can be backtested: it learns nothing from a history."""

    fitted: FittedForecaster
    name: str = OLD

    def fit(self, panel: Panel) -> FittedForecaster:
        """Return the model; where nothing was trained, everything follows from the rows."""
        return for_series(self.fitted, panel) if self.fitted.recipe.zero_shot else self.fitted


@dataclass(frozen=True)
class _ContinuedModel:
    """The new model as a method that can be backtested: the old one, continued on a history."""

    fitted: FittedForecaster
    jobs: int | None
    session: TrainingSession
    name: str = COLUMNS.model

    def fit(self, panel: Panel) -> FittedForecaster:
        """Return the model, continued on every row of a panel."""
        return continue_forecaster(self.fitted, panel, self.jobs, JUDGED, self.session)


def update(  # noqa: PLR0913 - one argument an option
    model: Path,
    sources: Sequence[str],
    *,
    selection: Selection,
    output: Path | None = None,
    jobs: int | None = None,
    resume: bool = True,
    announce_resumption: Callable[[Resumption], None] | None = None,
) -> Update:
    """Continue a model on newer rows, and write it unless it is worse than before.

    Args:
        model: The model file.
        sources: Files with rows of its series: the whole history, or rows that overlap or follow those that it keeps.
        selection: What the user says about the files; the rest is as in training.
        output: The file of the new model; None for that of the old one.
        jobs: Processes for the networks; None for as many as pay.
        resume: Whether to go on from the checkpoints of an earlier run that was killed.
        announce_resumption: Called with what became of the checkpoints of an earlier run.

    Raises:
        ForecasterError: As its subclasses say.

    """
    path = output or model
    refuse_overwriting(path, sources)
    check_writable(path)
    with exclusive_lock(path):
        document = load_document(model)
        loaded = model_of_document(document)
        source = read_newer_rows(loaded, sources, selection, requested_limits(loaded.specification))
        now = _rows_to_continue_on(loaded, latest_rows(loaded, source, selection))
        newer = _rows_after(now.panel, loaded.tail)
        needed = now.fitted.recipe.horizon + FEWEST_ORIGINS - 1
        run = describe_run(now.panel, now.fitted.recipe, [selection], {MODEL: document.digest})
        checkpoints = TrainingCheckpoints(checkpoint_folder(path, "update"), run, sizes=sizes_of(now.fitted.recipe))
        resumption = open_checkpoints(checkpoints, now.fitted.recipe, resume=resume)
        if announce_resumption is not None:
            announce_resumption(resumption)
        session, comparison, digest = TrainingSession(checkpoints), None, None
        try:
            if newer.max() >= needed:
                comparison = _compare(now, newer, needed, jobs, session)
            if comparison and comparison.new <= comparison.old * (1 + ROUNDING):
                fitted = continue_forecaster(now.fitted, now.panel, jobs, session=session)
                report_part(WRITING, "file")
                tail = now.panel.tail(fitted.kept_rows)
                digest = save(path, replace(loaded, fitted=fitted, tail=tail, fingerprint=now.panel.fingerprint()))
        except InputRefusedError:
            checkpoints.remove()  # to go on from them would lead to the same end
            raise
        checkpoints.remove()
    return Update(now.findings, now.failed, int(newer.max()), needed, comparison, path, digest)


def _rows_to_continue_on(loaded: Model, parts: Sequence[LatestRows]) -> LatestRows:
    """Return all series of a model with their newer rows; series that it does not have are left out, with a finding.

    Raises:
        InputRefusedError: A series of the model has no rows.

    """
    now, *others = parts
    missing = [name for name in loaded.tail.ids if name not in now.panel.ids]
    if missing:
        named = f"{len(missing)} of the {len(loaded.tail)} series of the model, such as {shown(missing[0])}"
        what = f"the files lack {named}"
        raise InputRefusedError(what, "give rows of all its series, or train a model on these")
    unseen = tuple(
        Finding(Code.UNUSED, f"{len(each.panel)} series that the model does not have are not used") for each in others
    )
    return now._replace(findings=(*now.findings, *unseen))


def _compare(now: LatestRows, newer: Ints, needed: int, jobs: int | None, session: TrainingSession) -> Comparison:
    """Compare the old and the new model by forecasts of series with at least the `needed` of `newer` rows, (N,)."""
    recipe, chosen = now.fitted.recipe, np.flatnonzero(newer >= needed)
    judging = max(needed, int(JUDGING * newer[chosen].min()))
    origins = min(MOST_ORIGINS, judging - recipe.horizon + 1)
    step = max(1, min(recipe.horizon, (judging - recipe.horizon) // (origins - 1)))
    panel, fitted = now.panel.take(chosen.tolist()), now.fitted.take(chosen.tolist())
    methods: list[Method] = [_ContinuedModel(fitted, jobs, session), _OldModel(fitted)]
    frame = backtest(panel, methods, recipe.horizon, origins, step, season=recipe.season, refit=None)
    scores = score(frame, [method.name for method in methods])
    metric = QUANTILES if recipe.predicts_volatility else POINTS
    metric = next((name for name in (metric, "mae") if isfinite(scores[name]).all()), metric)
    new, old = scores[metric]
    return Comparison(metric, float(new), float(old), origins)


def _rows_after(panel: Panel, kept: Panel) -> Ints:
    """Return how many rows of each series come after the end of the kept rows of the same series, (N,)."""
    end = {name: kept.ds[kept.last[i]] for i, name in enumerate(kept.ids)}
    return np.array([int((panel.ds[panel.slice(i)] > end[name]).sum()) for i, name in enumerate(panel.ids)])
