"""The model file: what `train` writes and `predict` reads.

A model becomes text, numbers and arrays (`docs/artifact.md` lists each), and is built again only from a document that
has passed the audit of its schema.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster import __version__
from forecaster.artifact.document import decode, encode
from forecaster.artifact.schema import SCHEMA, audit
from forecaster.calendars.calendar import Calendar
from forecaster.files.atomic import atomic_write
from forecaster.forecasting.blend import Blend
from forecaster.forecasting.components import FittedComponents
from forecaster.forecasting.fitted import FittedForecaster
from forecaster.forecasting.methods.ensemble import Member
from forecaster.forecasting.methods.ridge import Ridge
from forecaster.forecasting.prices.features import EwmaScale
from forecaster.forecasting.prices.moves import EmpiricalMoves
from forecaster.forecasting.prices.volatility import Volatility
from forecaster.forecasting.recipe import Recipe
from forecaster.forecasting.uncertainty.calibration import Sample, Scores
from forecaster.nn.architecture import Architecture
from forecaster.reading.cells.time_style import ISO_STYLE, TimeStyle
from forecaster.series.covariates import Covariates
from forecaster.series.panel import TIME_DTYPE, Panel
from forecaster.series.scaling import CovariateScaling, Scaling
from forecaster.series.transforms import Transform
from forecaster.spec import Decision, Selection, Specification

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from forecaster.artifact.document import Document

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Model:
    """Everything that a model file holds.

    Attributes:
        fitted: The forecaster.
        tail: The last rows of each series, as many as prediction looks at.
        specification: What the user asked for.
        selection: The columns that were read, and what was said of the files.
        verdict: The judgement on held-out rows, see `forecaster.evaluation.report.Verdict.to_dict`.
        scores: The scores on those rows, one record a method.
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
    """Write a model, wholly or not at all, and return its content digest.

    Raises:
        OutputError: The file cannot be created.
        StorageError: Writing failed half-way; an older model stays in place.

    """
    atomic_write(path, encode(SCHEMA, _meta(model), _arrays(model)), _read)
    return _read(path).digest


def load(path: Path) -> Model:
    """Read a model.

    Raises:
        InputUnreadableError: The file cannot be opened.
        ModelRefusedError: It is not a model that this version may load.

    """
    document = _read(path)
    meta, arrays = document.meta, document.arrays
    tail = _tail(meta, arrays)
    return Model(
        _fitted(meta, arrays, tail.ds[tail.last]),
        tail,
        Specification(**meta["specification"]),
        Selection(**_frozen(meta["selection"])),
        meta["verdict"],
        meta["scores"],
        meta["fingerprint"],
        TimeStyle(meta["time_style"]["layout"], meta["time_style"]["zone"]),
    )


def describe(path: Path) -> dict[str, Any]:
    """Return everything in a model file, with each array as its type and shape."""
    document = _read(path)
    arrays = {name: {"dtype": str(a.dtype), "shape": list(a.shape)} for name, a in document.arrays.items()}
    return {"schema": document.schema, "sha256": document.digest, **document.meta, "arrays": arrays}


def _read(path: Path) -> Document:
    return audit(decode(path))


def _meta(model: Model) -> dict[str, Any]:
    recipe, fitted = model.fitted.recipe, model.fitted
    calendars = list(dict.fromkeys(model.tail.calendars))
    plain = {key: value for key, value in vars(recipe).items() if key not in {"architecture", "decisions"}}
    return {
        "program": {"forecaster": __version__, "numpy": np.__version__, "pandas": version("pandas")},
        "specification": asdict(model.specification),
        "selection": _plain(model.selection),
        "time_style": {"layout": model.style.date_format, "zone": model.style.zone},
        "decisions": [asdict(decision) for decision in recipe.decisions],
        "recipe": plain,
        "network": asdict(recipe.architecture),
        "series": list(model.tail.ids),
        "calendars": [calendar.to_dict() for calendar in calendars],
        "time": "datetime" if model.tail.ds.dtype == TIME_DTYPE else "integer",
        "usual_spread": fitted.scaling.usual,
        "blend": dict(fitted.blend.weights),
        "horizon_exponent": fitted.horizon_exponent,
        "uses_own_quantiles": fitted.scores.uses_own_quantiles,
        "furthest_lead_time": fitted.furthest_lead_time,
        "verdict": model.verdict,
        "scores": model.scores,
        "training": [_without_weights(member) for member in fitted.members],
        "volatility_epochs": fitted.learned.volatility.passes if fitted.learned.volatility else None,
        "fingerprint": model.fingerprint,
    }


def _plain(selection: Selection) -> dict[str, Any]:
    """Return a selection as text and numbers; a tab, which cannot be printed, by its name."""
    return asdict(selection) | {"delimiter": "tab" if selection.delimiter == "\t" else selection.delimiter}


def _frozen(fields: dict[str, Any]) -> dict[str, Any]:
    """Return fields with a tuple for each list."""
    return {key: tuple(value) if type(value) is list else value for key, value in fields.items()}


def _without_weights(member: Member) -> dict[str, Any]:
    return {key: value for key, value in vars(member).items() if key != "weights"}


def _arrays(model: Model) -> dict[str, Array]:
    fitted, tail = model.fitted, model.tail
    number = {calendar: i for i, calendar in enumerate(dict.fromkeys(tail.calendars))}
    return {
        "spread": fitted.scaling.spread,
        **_prefixed("transform", vars(fitted.scaling.transform)),
        **_column_arrays(fitted.scaling.columns),
        **_learned_arrays(fitted.learned),
        "slope": fitted.slope,
        "held_out": fitted.scores.held_out.scores,
        "held_out_cutoff": fitted.scores.held_out.cutoff,
        **({"earlier": fitted.scores.earlier} if fitted.scores.earlier.size else {}),
        "calendar_of": np.array([number[calendar] for calendar in tail.calendars], dtype=np.int64),
        "tail_ds": tail.ds.astype(np.int64),
        "tail_values": tail.values,
        "tail_indptr": tail.indptr,
        **_covariate_arrays(tail),
    }


def _covariate_arrays(tail: Panel) -> dict[str, Array]:
    """Return the arrays of the columns beside the target, the known ones from the first row kept to as far as known."""
    arrays: dict[str, Array] = {}
    if tail.covariates is None:
        return arrays
    kept = tail.covariates.take(range(len(tail)), np.arange(len(tail.values)))
    if kept.observed:
        arrays["tail_observed"] = kept.past
    if kept.known:
        arrays |= {"tail_known": kept.ahead, "tail_known_indptr": np.append(0, kept.stop)}
    return arrays


def _column_arrays(columns: Sequence[CovariateScaling]) -> dict[str, Array]:
    """Return how the columns beside the target are scaled, a row a column."""
    parts = [
        {"kind": transform.kind, "offset": transform.offset, "unit": transform.size, "centre": centre, "size": size}
        for transform, centre, size in ((column.transform, column.centre, column.size) for column in columns)
    ]
    return {f"covariate_{name}": np.stack([part[name] for part in parts]) for name in (parts[0] if parts else ())}


def _learned_arrays(learned: FittedComponents) -> dict[str, Array]:
    arrays: dict[str, Array] = {} if learned.ridge is None else {"ridge": learned.ridge.weights}
    if learned.ridge is not None and learned.ridge.ahead is not None:
        arrays["ridge_ahead"] = learned.ridge.ahead
    moves = learned.volatility
    if moves is None:
        return arrays | {"weights": np.stack(learned.weights)}
    past = {**moves.past.ewma._asdict(), "quantiles": moves.past.quantiles, "slope": moves.slope}
    return arrays | {"weights": moves.weights, **_prefixed("volatility", past)}


def _prefixed(prefix: str, arrays: dict[str, Array]) -> dict[str, Array]:
    return {f"{prefix}_{name}": array for name, array in arrays.items()}


def _fitted(meta: dict[str, Any], arrays: dict[str, Array], end: Array) -> FittedForecaster:
    decisions = tuple(Decision(**decision) for decision in meta["decisions"])
    recipe = Recipe(architecture=Architecture(**meta["network"]), decisions=decisions, **_frozen(meta["recipe"]))
    transform = Transform(*(arrays[f"transform_{name}"] for name in ("kind", "offset", "size")))
    held_out = Sample(arrays["held_out"], arrays["held_out_cutoff"])
    return FittedForecaster(
        recipe=recipe,
        scaling=Scaling(
            recipe.mode, transform, arrays["spread"], recipe.anchored_at_start, meta["usual_spread"], _columns(arrays)
        ),
        members=tuple(Member(weights, **of) for weights, of in zip(arrays["weights"], meta["training"], strict=False)),
        learned=_learned(recipe, meta["volatility_epochs"], arrays),
        blend=Blend(meta["blend"]),
        slope=arrays["slope"],
        horizon_exponent=meta["horizon_exponent"],
        scores=Scores(held_out, arrays.get("earlier", np.empty((1, 0))), recipe.irregular, meta["uses_own_quantiles"]),
        end=end,
        furthest_lead_time=meta["furthest_lead_time"],
    )


def _columns(arrays: dict[str, Array]) -> tuple[CovariateScaling, ...]:
    stacked = [arrays.get(f"covariate_{name}", ()) for name in ("kind", "offset", "unit", "centre", "size")]
    return tuple(
        CovariateScaling(Transform(*transform), centre, size) for *transform, centre, size in zip(*stacked, strict=True)
    )


def _learned(recipe: Recipe, passes: int | None, arrays: dict[str, Array]) -> FittedComponents:
    ridge = Ridge(arrays["ridge"], arrays.get("ridge_ahead")) if "ridge" in arrays else None
    if passes is None:
        return FittedComponents(tuple(arrays["weights"]), None, ridge)
    past = EmpiricalMoves(
        EwmaScale(*(arrays[f"volatility_{name}"] for name in EwmaScale._fields)), arrays["volatility_quantiles"]
    )
    return FittedComponents(
        (), Volatility(recipe.architecture, arrays["weights"], past, arrays["volatility_slope"], passes), ridge
    )


def _tail(meta: dict[str, Any], arrays: dict[str, Array]) -> Panel:
    calendars = [Calendar.from_dict(fields) for fields in meta["calendars"]]
    ds = arrays["tail_ds"]
    return Panel(
        tuple(meta["series"]),
        ds.astype(TIME_DTYPE) if meta["time"] == "datetime" else ds,
        arrays["tail_values"],
        arrays["tail_indptr"],
        tuple(calendars[i] for i in arrays["calendar_of"]),
        _covariates(meta["recipe"], arrays),
    )


def _covariates(recipe: dict[str, Any], arrays: dict[str, Array]) -> Covariates | None:
    observed, known, rows = tuple(recipe["observed"]), tuple(recipe["known"]), len(arrays["tail_values"])
    if not observed and not known:
        return None
    indptr = arrays.get("tail_known_indptr", arrays["tail_indptr"])
    past, ahead = (arrays.get(f"tail_{name}", np.empty((0, rows))) for name in ("observed", "known"))
    return Covariates(observed, known, past, ahead, start=indptr[:-1], stop=indptr[1:])
