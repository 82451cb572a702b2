"""Forecast time series with recurrent networks written in NumPy.

    from forecaster import Forecaster
    Forecaster(horizon=5).fit(frame).predict(level=[80, 95])

`Forecaster` has the verbs of the command line, `Backtest` is what its `evaluate` returns, `read_series` reads a file as
the command line does, `windows` cuts sequences, and `errors` has what they raise.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # `typing` takes longer to import than all else here
if TYPE_CHECKING:
    from typing import Any

    from forecaster import errors
    from forecaster.api.backtest import Backtest
    from forecaster.api.forecaster import Forecaster
    from forecaster.api.reading import read_series
    from forecaster.api.sequences import windows

__version__ = "0.1.0"
__all__ = ["Backtest", "Forecaster", "errors", "read_series", "windows"]
PLACES = {
    "Backtest": "forecaster.api.backtest",
    "Forecaster": "forecaster.api.forecaster",
    "read_series": "forecaster.api.reading",
    "windows": "forecaster.api.sequences",
}
"""The modules of public names, which are imported at their first use: `import forecaster` takes no time."""


def __getattr__(name: str) -> Any:
    """Return a public name, at its first use.

    Raises:
        AttributeError: There is no such name.

    """
    if name == "errors":
        return import_module("forecaster.errors")
    if name not in PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(PLACES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """Return the public names."""
    return [*__all__, "__version__"]
