"""Remember one forecast of `forecast predict` in a ledger, under the name that a batch would give its file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Self

from forecaster import __version__
from forecaster.batch.file_names import distinct_names
from forecaster.errors import ForecasterError, StorageError, UsageError
from forecaster.files.atomic import refuse_overwriting
from forecaster.ledger.adapted_forecast import Learned, adapt_intervals
from forecaster.ledger.adaptive_intervals import read_pools
from forecaster.ledger.connection import ledger_file, open_to_write, transaction
from forecaster.ledger.entry import RunStamp, entry_of_prediction
from forecaster.ledger.live_read import read_live_series
from forecaster.ledger.records import series_rows
from forecaster.ledger.writer import take_entries
from forecaster.reading.tables.content import printed
from forecaster.spec import STDIN
from forecaster.text import json_value
from forecaster.workflow.results import SAMPLE

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from pathlib import Path

    from forecaster.series.limits import Limits
    from forecaster.workflow.results import Prediction


@dataclass
class OneForecastLedger:
    """A ledger for one forecast.

    Attributes:
        path: The ledger.
        files: The files that are forecast; none for the rows that the model keeps.
        failure: Why the ledger could not take the forecast; None where it could.

    """

    path: Path
    files: Sequence[str]
    failure: ForecasterError | None = None

    @classmethod
    def begin(cls, path: Path, files: Sequence[str]) -> Self:
        """Check before the work that a ledger can take the forecast of these files.

        A full disk is no reason not to forecast: it is told after the forecast, as in `take`.

        Raises:
            UsageError: The files have no one name.
            ForecasterError: The ledger cannot be opened or created for another reason.

        """
        if len(files) > 1 or STDIN in files:
            raise UsageError("--ledger needs one file, whose name it keeps", "forecast the files one by one")
        path = ledger_file(path)
        refuse_overwriting(path, files)
        remembered = cls(path, files)
        try:
            with open_to_write(path):
                return remembered
        except StorageError as error:
            remembered.failure = error
            return remembered

    def take(self, prediction: Prediction, model: Path, limits: Limits) -> Prediction:
        """Take a forecast into the ledger, made with this model or with none, and return it as it is there.

        Its intervals have learned from the earlier forecasts of its series, if the ledger has any. A ledger that cannot
        be read or written changes nothing in the forecast, and says why in `failure`.

        Raises:
            UsageError: The ledger has another file of the same name.

        """
        if self.failure is not None:
            return prediction
        try:
            return self._take(prediction, model, limits)
        except UsageError:
            raise
        except ForecasterError as error:
            self.failure = error
            return prediction

    def raise_failure(self) -> None:
        """Say after the forecast was written that the ledger does not have it.

        Raises:
            ForecasterError: The ledger could not be read or written.

        """
        if self.failure is not None:
            raise self.failure

    def _take(self, prediction: Prediction, model: Path, limits: Limits) -> Prediction:
        """Take a forecast into the ledger, and return it as it is there.

        Raises:
            UsageError: The ledger has another file of the same name.
            ForecasterError: The ledger cannot be read or written.

        """
        file = self.files[0] if self.files else str(model)
        path = os.path.abspath(file)  # noqa: PTH100 - a Path would refuse names that no file can have
        source = distinct_names([path], {})[path]
        digest = sha256(model.read_bytes()).hexdigest() if prediction.from_model else f"no model, {__version__}"
        with open_to_write(self.path) as connection, transaction(connection):
            known = _known_until(connection, source, path, self.path)
            learned = Learned(
                read_pools(connection), read_live_series(connection, {json_value(source)})[json_value(source)]
            )
            if learned.series:
                prediction, _ = adapt_intervals(prediction, learned, digest, limits)
            entry = entry_of_prediction(
                prediction, run=RunStamp.new(), source=source, path=path, model=digest, known_until=known
            )
            take_entries(connection, [entry] if entry else [], adapt=SAMPLE not in prediction.frame)
            return prediction


def _known_until(connection: sqlite3.Connection, source: str, path: str, ledger: Path) -> dict[str, int]:
    """Return the last known time of each series of a source.

    Raises:
        UsageError: The ledger has another file of the same name, which is still there.

    """
    rows = series_rows(connection, json_value(source))
    for row in rows:
        if row.path != json_value(path) and os.path.exists(row.path):  # noqa: PTH110 - a Path would raise where no file can have the name
            what = f"{printed(str(ledger))} has the forecasts of another file of this name, {printed(row.path)}"
            raise UsageError(what, "use another ledger")
    return {row.name: row.last_time for row in rows if row.last_time is not None}
