"""Save and load a model: the file that `train` writes and `predict` reads.

Saving turns a model into text, numbers and arrays (`docs/artifact.md` lists each of them). Loading builds it again,
only from a document that passed the audit.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster import __version__
from forecaster.artifact.covariates import covariate_tail_arrays, covariates_from_file, covariates_to_meta
from forecaster.artifact.document import decode, encode
from forecaster.artifact.schema import SCHEMA, audit_document
from forecaster.calendars.calendar import Calendar
from forecaster.errors import ModelRefusedError
from forecaster.files.atomic import atomic_write
from forecaster.forecasting.blend import Blend
from forecaster.forecasting.components import FittedComponents
from forecaster.forecasting.effects.panel_effects import PanelEffects
from forecaster.forecasting.fitted import FittedForecaster
from forecaster.forecasting.methods.ensemble import Member
from forecaster.forecasting.methods.fine_tuning import LevelNetworks
from forecaster.forecasting.methods.ridge import Ridge
from forecaster.forecasting.pretrained.weights import load_weights
from forecaster.forecasting.prices.empirical_moves import EmpiricalMoves
from forecaster.forecasting.prices.features import EwmaScale
from forecaster.forecasting.prices.volatility import Volatility
from forecaster.forecasting.recipe import Recipe
from forecaster.forecasting.uncertainty.calibration import Calibration, HeldOutScores
from forecaster.nn.architecture import Architecture
from forecaster.reading.cells.time_style import ISO_STYLE, TimeStyle
from forecaster.series.panel import TIME_DTYPE, Panel
from forecaster.series.scaling import CovariateScaling, Scaling
from forecaster.series.transforms import Transform
from forecaster.spec import Decision, Selection, Specification

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from forecaster.artifact.document import Document
    from forecaster.artifact.npz import Array

TRANSFORM_PARTS = ("kind", "offset", "size")
"""The parameters of a transform, an array each; its limits are those of the recipe."""
COVARIATE_PARTS = ("kind", "offset", "unit", "centre", "size")
"""How a covariate is scaled: the transform, then centre and size of the transformed values; an array each."""


@dataclass(frozen=True)
class Model:
    """Everything that a model file holds.

    Attributes:
        fitted: The forecaster.
        tail: The last rows of each series, as many as a forecast needs.
        specification: The options of training that the user gave.
        selection: The columns that were read, and the options that say how to read the files.
        verdict: The comparison with baselines on held-out rows, see `forecaster.evaluation.verdict.Verdict.to_dict`.
        scores: The scores on those rows, one record for each method.
        fingerprint: Rows, span and digest of the training data.
        style: How the files write times.

    """

    fitted: FittedForecaster
    tail: Panel
    specification: Specification
    selection: Selection
    verdict: dict[str, Any]
    scores: list[dict[str, Any]]
    fingerprint: dict[str, Any]
    style: TimeStyle = ISO_STYLE


def save(path: Path, model: Model) -> str:
    """Write a model, all of it or nothing, and return its content digest.

    The file is read back and audited before it replaces an older one.

    Raises:
        OutputError: The file cannot be created.
        StorageError: Writing failed half-way; an older model stays in place.

    """
    data, digest = encode(SCHEMA, _meta_of_model(model), _arrays_of_model(model))
    atomic_write(path, data, read_audited)
    return digest


def load(path: Path) -> Model:
    """Read a model.

    Raises:
        InputUnreadableError: The file cannot be opened.
        ModelRefusedError: It is not a model that this version may load.

    """
    return model_of_document(load_document(path))


def load_document(path: Path) -> Document:
    """Read what `model_of_document` builds a model from; raise what `load` raises."""
    document = read_audited(path)
    try:
        if pretrained := document.meta["recipe"]["pretrained"]:
            load_weights(pretrained)
    except ModelRefusedError as error:
        raise error.at(document.place) from error
    return document


def model_of_document(document: Document) -> Model:
    """Build the model that a document holds."""
    meta, arrays = document.meta, document.arrays
    tail = _tail_from_file(meta, arrays)
    return Model(
        _fitted_from_file(meta, arrays, tail.ds[tail.last]),
        tail,
        Specification(**meta["specification"]),
        Selection(**_lists_to_tuples(meta["selection"])),
        meta["verdict"],
        meta["scores"],
        meta["fingerprint"],
        TimeStyle(*(meta["time_style"][name] for name in ("layout", "zone", "standard"))),
    )


def read_audited(path: Path) -> Document:
    """Read a model file and check all of it; raise what `load` raises."""
    return audit_document(decode(path))


def _meta_of_model(model: Model) -> dict[str, Any]:
    recipe, fitted = model.fitted.recipe, model.fitted
    calendars = list(dict.fromkeys(model.tail.calendars))
    plain = {key: value for key, value in vars(recipe).items() if key not in {"architecture", "decisions"}}
    return {
        "program": {"forecaster": __version__, "numpy": np.__version__, "pandas": _pandas_version()},
        "specification": _specification_to_meta(model.specification),
        "selection": _selection_to_meta(model.selection),
        "time_style": {
            "layout": model.style.date_format,
            "zone": model.style.zone,
            "standard": model.style.standard,
        },
        "decisions": [asdict(decision) for decision in recipe.decisions],
        "recipe": plain,
        "network": asdict(recipe.architecture),
        "series": list(model.tail.ids),
        "calendars": [calendar.to_dict() for calendar in calendars],
        **covariates_to_meta(model.tail.covariates),
        "time": "datetime" if model.tail.ds.dtype == TIME_DTYPE else "integer",
        "usual_spread": fitted.scaling.usual,
        "blend": dict(fitted.blend.weights),
        "horizon_exponent": fitted.horizon_exponent,
        "uses_own_quantiles": fitted.calibration.uses_own_quantiles,
        "furthest_lead_time": fitted.furthest_lead_time,
        "verdict": model.verdict,
        "scores": model.scores,
        "training": [
            {key: value for key, value in vars(each).items() if key not in {"weights", "curves"}}
            for each in fitted.members
        ],
        "volatility_epochs": fitted.components.volatility.epochs if fitted.components.volatility else None,
        "effects": fitted.effects.to_dict(),
        "fingerprint": model.fingerprint,
    }


@cache
def _pandas_version() -> str:
    """Return the version of pandas; to look for it takes as long as to write a small model."""
    return version("pandas")


def _specification_to_meta(specification: Specification) -> dict[str, Any]:
    """Return the options as text and numbers; an infinite limit is none, which the recipe says."""
    return {key: None if value in {-inf, inf} else value for key, value in asdict(specification).items()}


def _selection_to_meta(selection: Selection) -> dict[str, Any]:
    """Return a selection as text and numbers; a tab, which is not printable, is written `tab`.

    Whether the last row is left out is a matter of one file, not of the model.
    """
    kept = {key: value for key, value in asdict(selection).items() if key != "drop_last"}
    return kept | {"delimiter": "tab" if selection.delimiter == "\t" else selection.delimiter}


def _lists_to_tuples(fields: dict[str, Any]) -> dict[str, Any]:
    """Return fields with tuples in place of lists."""
    return {key: tuple(value) if type(value) is list else value for key, value in fields.items()}


def _arrays_of_model(model: Model) -> dict[str, Array]:
    fitted, tail = model.fitted, model.tail
    number = {calendar: i for i, calendar in enumerate(dict.fromkeys(tail.calendars))}
    return {
        "spread": fitted.scaling.spread,
        **_with_prefix("transform", _transform_arrays(fitted.scaling.transform)),
        **_covariate_scaling_arrays(fitted.scaling.columns),
        **_component_arrays(fitted.components),
        "slope": fitted.slope,
        "drawn": fitted.drawn,
        **({} if fitted.growth is None else {"growth": fitted.growth}),
        "held_out": fitted.calibration.held_out.scores,
        "held_out_cutoff": fitted.calibration.held_out.cutoff,
        **({"earlier": fitted.calibration.earlier} if fitted.calibration.earlier.size else {}),
        **({"effects": fitted.effects.numbers()} if fitted.effects.found else {}),
        "calendar_of": np.array([number[calendar] for calendar in tail.calendars], dtype=np.int64),
        "tail_ds": tail.ds.astype(np.int64),
        "tail_values": tail.values,
        "tail_indptr": tail.indptr,
        **covariate_tail_arrays(tail),
    }


def _transform_arrays(transform: Transform) -> dict[str, Array]:
    return {name: getattr(transform, name) for name in TRANSFORM_PARTS}


def _covariate_scaling_arrays(columns: Sequence[CovariateScaling]) -> dict[str, Array]:
    """Return how the covariates are scaled, one row a covariate."""
    rows = [(*_transform_arrays(column.transform).values(), column.centre, column.size) for column in columns]
    parts = zip(COVARIATE_PARTS, zip(*rows, strict=True), strict=False)  # no parts at all without covariates
    return {f"covariate_{name}": np.stack(part) for name, part in parts}


def _component_arrays(components: FittedComponents) -> dict[str, Array]:
    ridge, volatility = components.ridge, components.volatility
    arrays: dict[str, Array] = {} if ridge is None else {"ridge": ridge.weights}
    if components.levels is not None:
        arrays |= _with_prefix("levels", _transform_arrays(components.levels.transform))
        arrays |= {"fine_tuned": np.stack(components.levels.tuned)} if components.levels.tuned else {}
    if ridge is not None and ridge.ahead is not None:
        arrays["ridge_ahead"] = ridge.ahead
    if volatility is None and not components.weights:
        return arrays
    if volatility is None:
        return arrays | {"weights": np.stack(components.weights)}
    moves = volatility.moves
    learned = {
        **moves.ewma._asdict(),
        "quantiles": moves.quantiles,
        "close_variance": moves.close_variance,
        "slope": volatility.slope,
    }
    return arrays | {"weights": volatility.weights, **_with_prefix("volatility", learned)}


def _with_prefix(prefix: str, arrays: dict[str, Array]) -> dict[str, Array]:
    return {f"{prefix}_{name}": array for name, array in arrays.items()}


def _fitted_from_file(meta: dict[str, Any], arrays: dict[str, Array], end: Array) -> FittedForecaster:
    decisions = tuple(Decision(**decision) for decision in meta["decisions"])
    recipe = Recipe(
        architecture=Architecture(**meta["network"]), decisions=decisions, **_lists_to_tuples(meta["recipe"])
    )
    transform = _transform_from_file("transform", arrays)
    held_out = HeldOutScores(arrays["held_out"], arrays["held_out_cutoff"])
    return FittedForecaster(
        recipe=recipe,
        scaling=Scaling(
            recipe.mode,
            transform,
            arrays["spread"],
            recipe.anchored_at_start,
            meta["usual_spread"],
            _covariate_scalings_from_file(arrays),
        ).with_limits(recipe.limits),
        members=tuple(
            Member(weights, **of) for weights, of in zip(arrays.get("weights", ()), meta["training"], strict=False)
        ),
        components=_components_from_file(recipe, meta["volatility_epochs"], arrays),
        blend=Blend(meta["blend"]),
        slope=arrays["slope"],
        drawn=arrays["drawn"],
        horizon_exponent=meta["horizon_exponent"],
        calibration=Calibration(
            held_out, arrays.get("earlier", np.empty((1, 0))), recipe.irregular, meta["uses_own_quantiles"]
        ),
        end=end,
        effects=PanelEffects.from_dict(meta["effects"], arrays.get("effects", np.empty(0))),
        furthest_lead_time=meta["furthest_lead_time"],
        growth=arrays.get("growth"),
        trained_series=len(end),
    )


def _transform_from_file(prefix: str, arrays: dict[str, Array]) -> Transform:
    kind, offset, size = (arrays[f"{prefix}_{name}"] for name in TRANSFORM_PARTS)
    return Transform(kind, offset, size)


def _covariate_scalings_from_file(arrays: dict[str, Array]) -> tuple[CovariateScaling, ...]:
    stacked = [arrays.get(f"covariate_{name}", ()) for name in COVARIATE_PARTS]
    return tuple(
        CovariateScaling(Transform(*transform), centre, size) for *transform, centre, size in zip(*stacked, strict=True)
    )


def _components_from_file(recipe: Recipe, epochs: int | None, arrays: dict[str, Array]) -> FittedComponents:
    ridge = Ridge(arrays["ridge"], arrays.get("ridge_ahead")) if "ridge" in arrays else None
    if epochs is None:
        levels = None
        if "levels_kind" in arrays:
            levels = LevelNetworks(_transform_from_file("levels", arrays), tuple(arrays.get("fine_tuned", ())))
        return FittedComponents(tuple(arrays.get("weights", ())), None, ridge, levels)
    moves = EmpiricalMoves(
        EwmaScale(*(arrays[f"volatility_{name}"] for name in EwmaScale._fields)),
        arrays["volatility_quantiles"],
        arrays["volatility_close_variance"],
    )
    return FittedComponents(
        (), Volatility(recipe.architecture, arrays["weights"], moves, arrays["volatility_slope"], epochs), ridge
    )


def _tail_from_file(meta: dict[str, Any], arrays: dict[str, Array]) -> Panel:
    calendars = [Calendar.from_dict(fields) for fields in meta["calendars"]]
    ds = arrays["tail_ds"]
    return Panel(
        tuple(meta["series"]),
        ds.astype(TIME_DTYPE) if meta["time"] == "datetime" else ds,
        arrays["tail_values"],
        arrays["tail_indptr"],
        tuple(calendars[i] for i in arrays["calendar_of"]),
        covariates_from_file(meta, arrays),
    )
