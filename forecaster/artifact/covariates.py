"""The covariates of a model in its file: their categories in `meta`, and arrays of their latest and known values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.series.covariates import Covariates

if TYPE_CHECKING:
    from forecaster.artifact.npz import Array
    from forecaster.series.panel import Panel


def covariates_to_meta(covariates: Covariates | None) -> dict[str, Any]:
    """Return the categories of the covariates, and which of them are static."""
    if covariates is None:
        return {"categories": {}, "static": []}
    categories = {name: list(values) for name, values in covariates.categories.items()}
    return {"categories": categories, "static": list(covariates.static)}


def covariate_tail_arrays(tail: Panel) -> dict[str, Array]:
    """Return the covariates at the rows of the tail; known ones continue as far into the future as they are known."""
    arrays: dict[str, Array] = {}
    if tail.covariates is None:
        return arrays
    kept = tail.covariates.take(range(len(tail)), np.arange(len(tail.values)))
    if kept.observed:
        arrays["tail_observed"] = kept.observed_values
    if kept.known:
        arrays |= {"tail_known": kept.known_values, "tail_known_indptr": np.append(0, kept.stop)}
    return arrays


def covariates_from_file(meta: dict[str, Any], arrays: dict[str, Array]) -> Covariates | None:
    """Return the covariates of a model file that was audited; None where there are none."""
    observed, known = (tuple(meta["recipe"][name]) for name in ("observed", "known"))
    if not observed and not known:
        return None
    indptr, none = arrays.get("tail_known_indptr", arrays["tail_indptr"]), np.empty((0, len(arrays["tail_values"])))
    past, ahead = (arrays.get(f"tail_{name}", none) for name in ("observed", "known"))
    categories = {name: tuple(values) for name, values in meta["categories"].items()}
    return Covariates(observed, known, past, ahead, indptr[:-1], indptr[1:], categories, tuple(meta["static"]))
