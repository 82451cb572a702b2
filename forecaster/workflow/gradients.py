"""`gradients`: how far back the networks of a model learn."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from forecaster.artifact.model import load
from forecaster.errors import InputRefusedError, UsageError
from forecaster.forecasting.gradient_report import gradient_advice, report_gradients
from forecaster.numeric_errors import refuse_numeric_errors
from forecaster.workflow.newer_rows import latest_rows, read_newer_rows
from forecaster.workflow.results import Diagnosis

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from forecaster.errors import Finding
    from forecaster.forecasting.fitted import FittedForecaster
    from forecaster.forecasting.recipe import Recipe
    from forecaster.series.panel import Panel
    from forecaster.spec import Selection

NONE_FAILED: Mapping[str, str] = MappingProxyType({})


@refuse_numeric_errors
def gradients(model: Path, sources: Sequence[str] = (), *, selection: Selection) -> Diagnosis:
    """Measure how far back a model's networks learn, on the rows that it keeps or on others.

    Args:
        model: The model file.
        sources: Files with series of the model; none for the rows that the model keeps.
        selection: What the user says about the files; the rest is as in training.

    Raises:
        ForecasterError: As its subclasses say.

    """
    loaded = load(model)
    recipe = loaded.fitted.recipe
    if not has_own_networks(recipe):
        trained = (
            "this model has no network of its own" if recipe.zero_shot else "this model only trained a network further"
        )
        what = f"{trained}: it uses the pretrained one"
        raise UsageError(what, "train one with an option of the network, such as --hidden 32")
    source = read_newer_rows(loaded, sources, selection) if sources else None
    seen, *others = latest_rows(loaded, source, selection, joined=False)
    if seen.unseen:
        what = f"the model knows none of the {len(seen.panel)} series"
        raise InputRefusedError(what, "name a file with series that it was trained on")
    unseen = {name: "the model was not trained on this series" for part in others for name in part.panel.ids}
    return diagnose(seen.fitted, seen.panel, seen.findings, {**seen.failed, **unseen})


def has_own_networks(recipe: Recipe) -> bool:
    """Return whether a forecaster has networks whose gradients can be measured, and not the pretrained ones alone."""
    return bool(recipe.members) or not recipe.pretrained


def diagnose(
    fitted: FittedForecaster, panel: Panel, findings: tuple[Finding, ...] = (), failed: Mapping[str, str] = NONE_FAILED
) -> Diagnosis:
    """Measure how far back the networks of a forecaster learn, over windows of a panel."""
    report = report_gradients(fitted, panel)
    clipped = [member.clipped for member in fitted.members if member.clipped is not None]
    share = sum(clipped) / len(clipped) if clipped else None
    lags = np.arange(fitted.recipe.steps)
    paths = {f"{layer.name} c": layer.memory for layer in report.layers if layer.memory is not None}
    paths = {layer.name: layer.norms for layer in report.layers} | paths
    by_lag = pd.DataFrame({"lag": lags * fitted.recipe.segment, **paths})
    layers = [
        {"layer": layer.name, "norm_at_lag_0": layer.first, "spectral_radius": layer.radius}
        | {f"saturated_{gate}": part for gate, part in layer.saturation.items()}
        | ({} if layer.dead is None else {"dead_units": layer.dead})
        for layer in report.layers
    ]
    facts = {"networks": fitted.recipe.members, "windows": report.windows, "targets_known": report.targets}
    facts |= {"head_was_zero": report.silent}
    return Diagnosis(
        by_lag, pd.DataFrame(layers), share, gradient_advice(fitted.recipe, report, share), facts, failed, findings
    )
