"""What a batch does with every source: the options, and digests of those that results follow from."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecaster import __version__

if TYPE_CHECKING:
    from forecaster.batch.limits import RetrainingRule
    from forecaster.batch.retraining_conditions import Condition
    from forecaster.spec import Selection, Specification
    from forecaster.workflow.request import Request


@dataclass(frozen=True)
class BatchSettings:
    """What a batch does with every source; worker processes take it along.

    Attributes:
        selection: What the user says about each file.
        specification: What the user wants of each model.
        repair: How faults of the files are repaired, see `forecaster.spec.REPAIRS`.
        request: What is forecast.
        form: How a forecast file is written, see `forecaster.workflow.frame_files`.
        dates: How it writes times.
        grouped: Whether sources of one step share a network, see `forecaster.batch.groups`.
        regroup: Whether it is decided anew which sources do.
        in_parts: Whether the forecasts of sources are only parts of one file, in a folder of their own.
        retrain_after: When a model is trained again although its source only grew.
        retrain_if: When one is trained again by what is known of its forecasts; None for no such condition.
        adapt: Whether intervals learn from the values that come.
        oldest: Sources whose newest row is older than this moment, in UTC, fail; None for no limit.
        known_files: SHA-256 of each file of known covariates.

    """

    selection: Selection
    specification: Specification
    repair: str
    request: Request
    form: str
    dates: str
    retrain_after: RetrainingRule
    retrain_if: Condition | None = None
    adapt: bool = True
    grouped: bool = False
    regroup: bool = False
    in_parts: bool = False
    oldest: str | None = None
    known_files: tuple[str, ...] = ()

    @property
    def ending(self) -> str:
        """Ending of forecast files."""
        return f".{self.form}"

    @cached_property
    def forecast_selection(self) -> Selection:
        """What the user says about the files of a forecast: files of known values; a model knows its columns itself."""
        return replace(self.selection, known=_known_files(self.selection))

    @cached_property
    def training_digest(self) -> str:
        """Digest of the options of training: a model of others is trained again."""
        return _digest([asdict(replace(self.selection, drop_last=False)), asdict(self.specification), self.repair])

    @cached_property
    def forecast_digest(self) -> str:
        """Digest of everything but rows and model that a forecast follows from: options, files and the version."""
        options = [self.selection.drop_last, self.request._asdict(), self.form, self.dates, self.known_files]
        options += [] if self.adapt else ["the model's own intervals"]
        return _digest([self.training_digest, options, __version__])

    def forecast_key(self, rows: str, model: str) -> str:
        """Return the digest of all that a forecast follows from: rows and model by their digests, and the rest."""
        return _digest([rows, model, self.forecast_digest])


def digest_known_files(selection: Selection) -> tuple[str, ...]:
    """Return the SHA-256 of each file of known covariates, in their order."""
    return tuple(sha256(Path(name).read_bytes()).hexdigest() for name in _known_files(selection))


def _known_files(selection: Selection) -> tuple[str, ...]:
    """Return the names of files among those of columns and files of known covariates."""
    return tuple(name for name in selection.known if Path(name).is_file())


def _digest(value: Any) -> str:
    """Return the SHA-256 of a value as JSON."""
    return sha256(json.dumps(value, default=str, sort_keys=True).encode()).hexdigest()
