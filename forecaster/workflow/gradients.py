"""Measure how far back in time the networks of a model learn, from the norms of their gradients by lag."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from forecaster.artifact.model import load
from forecaster.forecasting.gradient_report import gradient_advice, report_gradients
from forecaster.workflow.newer_rows import combine_with_newer_rows
from forecaster.workflow.results import Diagnosis

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from forecaster.spec import Selection


def gradients(model: Path, sources: Sequence[str] = (), *, selection: Selection) -> Diagnosis:
    """Measure how far back the networks of a model learn, on the rows that it keeps or on rows of other files.

    Args:
        model: The model file.
        sources: Files with rows of the model's series; none for the rows that the model keeps.
        selection: The options that say how to read the files; what is not given is as in training.

    Raises:
        ForecasterError: Its subclasses say which input or option is at fault.

    """
    loaded = load(model)
    fitted, panel, _, findings, failed = combine_with_newer_rows(loaded, sources, selection, appended=False)
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
