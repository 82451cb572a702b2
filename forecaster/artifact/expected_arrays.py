"""Check the arrays of a model file: their types, shapes and bounds all follow from its `meta`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.artifact.refusal import refusal, refuse_first_broken
from forecaster.calendars.calendar import Calendar
from forecaster.calendars.units import EARLIEST_TIME, LATEST_TIME
from forecaster.forecasting.effects.panel_effects import PanelEffects
from forecaster.forecasting.methods.bootstrap import CHANGES, NONE, VALUES
from forecaster.forecasting.methods.own_past import FEWEST
from forecaster.forecasting.methods.ridge import feature_count
from forecaster.forecasting.pretrained.level_network import ARCHITECTURE
from forecaster.forecasting.prices.features import KNOTS
from forecaster.forecasting.prices.variance_time import CLOSES
from forecaster.forecasting.uncertainty.calibration import MOST, TAUS
from forecaster.forecasting.uncertainty.growth import BLOCKS
from forecaster.nn.architecture import parameter_count
from forecaster.series.calendar_features import feature_width
from forecaster.series.empty_steps import are_too_many, empty_steps
from forecaster.series.limits import limits_between
from forecaster.series.transforms import ASINH, COUNTS, LOG, PLAIN
from forecaster.size_limits import MOST_OPEN_SLOTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecaster.artifact.npz import Array

    Shape = tuple[int | None, ...]

TRANSFORM_TYPES = {"kind": "<i8", "offset": "<f8", "size": "<f8"}
"""The arrays of a transform, and their types."""
LARGEST_NUMBER = 1e30
"""Bound of the numbers in arrays, apart from those of effects, which have bounds of their own. Values are below 1e15,
and a sum of ten million of them below 1e23; powers and products of larger numbers could overflow in a forecast."""
LAST_STEP = 2**62
"""Bound of integer time: the steps after it do not overflow 64 bits."""


def check_arrays(meta: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Check that the arrays are exactly those that `meta`, already checked, implies.

    Raises:
        ModelRefusedError: One is missing, or is not of its type, shape or bounds.

    """
    shapes = types_and_shapes(meta)
    if arrays.keys() - {"earlier"} != shapes.keys() - {"earlier"}:
        raise refusal("its arrays are not " + ", ".join(shapes))
    for name, found in arrays.items():
        dtype, shape = shapes[name]
        axes = len(found.shape) == len(shape) and all(b in (None, a) for a, b in zip(found.shape, shape, strict=True))
        if found.dtype.str != dtype or not axes:
            raise refusal(f"its array {name} is of another type or shape")
        if dtype != "<i8" and name != "effects" and float(np.abs(found).max(initial=0)) > LARGEST_NUMBER:
            raise refusal(f"its array {name} has a number beyond {LARGEST_NUMBER:g}")
    _check_scales(meta, arrays)
    if meta["volatility_epochs"] is not None:
        _check_volatility(arrays)
    _check_scores(meta, arrays)
    if "effects" in arrays:
        _check_effects(meta, arrays)
    _check_tail(meta, arrays)
    _check_calendars(meta, arrays)
    _check_covariates(meta, arrays)


def types_and_shapes(meta: Mapping[str, Any]) -> dict[str, tuple[str, Shape]]:
    """Return type and shape of every array; None stands for any size."""
    N, recipe, predicts_volatility = len(meta["series"]), meta["recipe"], meta["volatility_epochs"] is not None
    h, P, K = recipe["horizon"], len(recipe["observed"]), len(recipe["known"])
    A = K + feature_width(recipe["calendar"])
    shapes: dict[str, tuple[str, Shape]] = {}
    if recipe["members"] or not recipe["pretrained"]:
        shapes["weights"] = "<f4", (recipe["members"], parameter_count(**meta["network"]))
    shapes |= {
        "spread": ("<f8", (N,)),
        **{f"transform_{name}": (dtype, (N,)) for name, dtype in TRANSFORM_TYPES.items()},
        "slope": ("<f8", (N,)),
        "drawn": ("<i8", (N,)),
        **_calibration_shapes(meta),
        **_effect_shapes(meta),
        "calendar_of": ("<i8", (N,)),
        "tail_ds": ("<i8", (None,)),
        "tail_values": ("<f8", (None,)),
        "tail_indptr": ("<i8", (N + 1,)),
    }
    if recipe["pretrained"] and not _is_zero_shot(recipe):
        shapes |= {f"levels_{name}": (dtype, (N,)) for name, dtype in TRANSFORM_TYPES.items()}
    if recipe["fine_tuned"]:
        shapes["fine_tuned"] = "<f2", (recipe["fine_tuned"], parameter_count(**asdict(ARCHITECTURE)))
    if "ridge" in meta["blend"]:
        shapes["ridge"] = ("<f8", (h, feature_count(recipe["lookback"], P + K)))
    if "ridge" in meta["blend"] and A:
        shapes["ridge_ahead"] = ("<f8", (h, A))
    if P + K:
        shapes |= {f"covariate_{name}": ("<f8", (P + K, N)) for name in ("offset", "unit", "centre", "size")}
        shapes["covariate_kind"] = ("<i8", (P + K, N))
    if P:
        shapes["tail_observed"] = ("<f8", (P, None))
    if K:
        shapes |= {"tail_known": ("<f8", (K, None)), "tail_known_indptr": ("<i8", (N + 1,))}
    if predicts_volatility:
        shapes |= {f"volatility_{name}": ("<f8", (N,)) for name in ("decay", "floor", "leverage", "slope")}
        shapes["volatility_quantiles"] = ("<f8", (N, len(KNOTS), len(TAUS)))
        shapes["volatility_close_variance"] = ("<f8", (N, CLOSES))
    return shapes


def _calibration_shapes(meta: Mapping[str, Any]) -> dict[str, tuple[str, Shape]]:
    """Return type and shape of the arrays that the intervals follow from."""
    recipe = meta["recipe"]
    shapes: dict[str, tuple[str, Shape]] = {
        "held_out": ("<f8", (None, None if _is_zero_shot(recipe) else recipe["horizon"])),
        "held_out_cutoff": ("<i8", (None,)),
        "earlier": ("<f8", (None, None)),
    }
    # where offsets end at the horizon, as `Recipe.extends_offsets` says
    own_networks = recipe["members"] > 0 or not recipe["pretrained"]
    if own_networks and not meta["network"]["irregular"] and meta["volatility_epochs"] is None:
        shapes["growth"] = "<f8", (len(BLOCKS) - 1,)
    return shapes


def _effect_shapes(meta: Mapping[str, Any]) -> dict[str, tuple[str, Shape]]:
    """Return type and shape of the array of effects; there is none where no series has effects."""
    count = PanelEffects.count_numbers(meta["effects"])
    return {"effects": ("<f8", (count,))} if count else {}


def _is_zero_shot(recipe: Mapping[str, Any]) -> bool:
    """Return whether nothing was trained, see `Recipe.zero_shot`."""
    return bool(recipe["pretrained"]) and not recipe["members"] + recipe["fine_tuned"]


def _check_scales(meta: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Check how the values of each series are scaled."""
    refuse_first_broken({"a spread is not positive": (arrays["spread"] > 0).all()})
    kinds = {"transform": [PLAIN, LOG, ASINH, COUNTS] if meta["recipe"]["log"] else [PLAIN], "levels": [PLAIN, LOG]}
    for name, allowed in kinds.items():
        if f"{name}_kind" not in arrays:
            continue
        kind, offset = arrays[f"{name}_kind"], arrays[f"{name}_offset"]
        bounds = {
            "a unit is of no kind": np.isin(kind, allowed).all(),
            "a negative number is added before logarithms": (offset[kind == LOG] >= 0).all(),
            "a unit has no size": (arrays[f"{name}_size"] > 0).all(),
        }
        refuse_first_broken(bounds)


def _check_volatility(arrays: Mapping[str, Array]) -> None:
    """Check the arrays of networks that predict volatility."""
    decay = arrays["volatility_decay"]
    bounds = {
        "a decay is not between 0 and 1": ((decay > 0) & (decay < 1)).all(),
        "a move has no size": (arrays["volatility_floor"] > 0).all(),
        "quantiles do not rise": (np.diff(arrays["volatility_quantiles"]) >= 0).all(),
        "a move across a close has no size": (arrays["volatility_close_variance"] > 0).all(),
    }
    refuse_first_broken(bounds)


def _check_scores(meta: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Check the scores that calibrate the intervals."""
    held_out, cutoff = arrays["held_out"], arrays["held_out_cutoff"]
    bounds = {
        "there are too many scores": len(held_out) <= MOST,
        "the scores are of a longer horizon": held_out.shape[1] <= meta["recipe"]["horizon"],
        "the scores have no cutoffs": len(held_out) == len(cutoff),
        "the cutoffs of scores fall": (cutoff[1:] >= cutoff[:-1]).all(),
    }
    if "growth" in arrays:
        bounds["the growth falls, or begins below 1"] = (np.diff(arrays["growth"], prepend=1.0) >= 0).all()
    if "earlier" in arrays:
        earlier = arrays["earlier"]
        bounds |= {
            "trusting intervals lean on earlier scores": not meta["uses_own_quantiles"],
            "there are too many earlier scores": earlier.shape[1] <= MOST,
            "earlier scores are of another horizon": len(earlier) in {1, meta["recipe"]["horizon"]},
            "an earlier score is negative": (earlier >= 0).all(),
            "earlier scores do not rise": (np.diff(earlier, axis=1) >= 0).all(),
        }
    refuse_first_broken(bounds)


def _check_effects(meta: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Check the numbers of the effects of the calendar; `PanelEffects` itself checks their bounds."""
    try:
        PanelEffects.from_dict(meta["effects"], arrays["effects"])
    except ValueError as error:
        raise refusal(f"{error}") from error


def _check_tail(meta: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Check the last rows of the series, and where each series begins."""
    ds, values, indptr, calendar_of = (
        arrays[name] for name in ("tail_ds", "tail_values", "tail_indptr", "calendar_of")
    )
    first, last = (EARLIEST_TIME, LATEST_TIME) if meta["time"] == "datetime" else (-LAST_STEP, LAST_STEP)
    bounds = {
        "the rows have no places": indptr[0] == 0 and indptr[-1] == len(ds) == len(values),
        "a series has no rows": (indptr[1:] > indptr[:-1]).all(),
        "a series has no calendar": ((calendar_of >= 0) & (calendar_of < len(meta["calendars"]))).all(),
        "a time is out of bounds": ((ds >= first) & (ds <= last)).all(),
    }
    refuse_first_broken(bounds)
    drawn, rows = arrays["drawn"], np.diff(indptr)
    bounds = {
        "what is drawn of a series is of no kind": np.isin(drawn, [NONE, VALUES, CHANGES]).all(),
        "a series is drawn from too few rows": (rows[drawn != NONE] >= FEWEST).all(),
        "a series is drawn that may not be": meta["recipe"]["bootstrap"] or (drawn == NONE).all(),
    }
    refuse_first_broken(bounds)
    begins = np.zeros(len(ds), dtype=bool)
    begins[indptr[:-1]] = True
    kind, offset = (np.repeat(arrays[name], np.diff(indptr)) for name in ("transform_kind", "transform_offset"))
    limits = limits_between(meta["recipe"]["minimum"], meta["recipe"]["maximum"])
    bounds = {
        "the times of a series do not rise": (begins[1:] | (ds[1:] > ds[:-1])).all(),
        "a value has no logarithm": (values + offset > 0)[kind == LOG].all(),
        "a value lies outside the limits": not limits.outside(values).any(),
    }
    refuse_first_broken(bounds)


def _check_calendars(meta: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Check that the calendars have no more steps between the rows than a forecast can list."""
    calendars = [Calendar.from_dict(fields) for fields in meta["calendars"]]
    slots = sum(calendar.week.size for calendar in calendars if calendar.week)
    refuse_first_broken({"its calendars have too many open slots": slots <= MOST_OPEN_SLOTS})
    ds = arrays["tail_ds"]
    empty = empty_steps(ds, arrays["tail_indptr"], calendars, arrays["calendar_of"])
    refuse_first_broken({"its rows have too many steps between them": not are_too_many(empty, len(ds))})


def _check_covariates(meta: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Check how the covariates are scaled, and that they have a value for every row of the tail."""
    rows, recipe = np.diff(arrays["tail_indptr"]), meta["recipe"]
    if recipe["observed"] + recipe["known"]:
        kind = arrays["covariate_kind"]
        bounds = {
            "a column is of no kind": np.isin(kind, [PLAIN, LOG, ASINH, COUNTS]).all(),
            "a negative number is added before a column's logarithms": (
                arrays["covariate_offset"][kind == LOG] >= 0
            ).all(),
            "a column has no size": (arrays["covariate_unit"] > 0).all() and (arrays["covariate_size"] > 0).all(),
        }
        refuse_first_broken(bounds)
    if recipe["observed"] and arrays["tail_observed"].shape[1] != len(arrays["tail_values"]):
        raise refusal("the observed values are not as many as the rows")
    if recipe["known"]:
        places = arrays["tail_known_indptr"]
        bounds = {
            "the known values have no places": places[0] == 0 and places[-1] == arrays["tail_known"].shape[1],
            "the places of known values fall": (places[1:] >= places[:-1]).all(),  # so no difference below overflows
        }
        refuse_first_broken(bounds)
        if (np.diff(places) < rows).any():
            raise refusal("the known values do not reach the last row")
