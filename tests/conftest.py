"""What many tests share: series, work for processes, NumPy that raises on numeric accidents, tiers of sampled tests."""

from __future__ import annotations

import gc
import json
import pickle
import signal
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cloudpickle
import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from threadpoolctl import threadpool_limits

from forecaster.series.panel import Panel, panel_from_series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# The workers of pytest-xdist share the cores already; more threads would wait for each other.
threadpool_limits(1)

# A shell has its background jobs ignore SIGINT, and nohup SIGHUP; the programs that tests start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

# What judges a clock is off: a busy machine would make it fail.
settings.register_profile(
    "any machine",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile("nightly", settings.get_profile("any machine"), max_examples=1000)
settings.load_profile("any machine")

SCHEMAS: dict[str, Any] = {
    path.name: json.loads(path.read_text())
    for path in sorted((Path(__file__).parents[1] / "docs" / "reference").glob("*.schema.json"))
}
"""The schemas of what programs read, by the names of their files."""
REGISTRY: Registry[Any] = Registry().with_resources(
    [(name, Resource.from_contents(schema)) for name, schema in SCHEMAS.items()]
)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Collect no garbage while tests are collected, and never look through them again: they live to the end.

    Later it is collected less often than usual, as parsing the whole package would take twice as long.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(10_000)
        gc.enable()


def pytest_itemcollected(item: pytest.Function) -> None:
    """Mark as slow, or as nightly too, the parameters that the marker `sampled` does not name for the tier before."""
    for mark in item.iter_markers("sampled"):
        if not _matches(item.callspec.id, mark.args):
            item.add_marker("slow")
            if not _matches(item.callspec.id, mark.kwargs.get("slow", ("*",))):
                item.add_marker("nightly")


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse a pattern of `sampled` that matches no parameter any more: no test of its tier would be left of it."""
    if any("::" in argument for argument in config.args):
        return
    ids: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for item in items:
        for mark in item.iter_markers("sampled"):
            name, _, parameters = item.nodeid.partition("[")
            patterns = *mark.args, *mark.kwargs.get("slow", ())
            ids.setdefault((name, patterns), []).append(parameters[:-1])
    for (name, patterns), found in ids.items():
        for pattern in patterns:
            if not any(fnmatchcase(each, pattern) for each in found):
                raise pytest.UsageError(f"{name}: no parameter matches {pattern!r} of the marker sampled")


@pytest.fixture(autouse=True)
def _raise_on_numeric_accidents() -> Iterator[None]:
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        yield


@pytest.fixture
def panel_of() -> Callable[..., Panel]:
    """Return a function that makes a panel with integer time of the series given as keywords."""

    def make(**series: object) -> Panel:
        values = {name: np.asarray(y, dtype=np.float64) for name, y in series.items()}
        return panel_from_series((name, np.arange(len(y)), y) for name, y in values.items())

    return make


class PickledByValue:
    """A function that is pickled with its code, as functions of scripts and tests must be."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._function(*arguments, **named)

    def __reduce__(self) -> tuple[Callable[[bytes], Any], tuple[bytes]]:
        return pickle.loads, (cloudpickle.dumps(self._function),)


@pytest.fixture
def by_value() -> Callable[[Callable[..., Any]], PickledByValue]:
    """Return what makes a function of a test fit for worker processes."""
    return PickledByValue


@pytest.fixture(scope="session")
def schemas() -> dict[str, Any]:
    """Return the schemas of what programs read, by the names of their files."""
    return SCHEMAS


@pytest.fixture(scope="session")
def assert_valid() -> Callable[[str, Any], None]:
    """Return a function that checks a value against a schema of `docs/reference`, such as `scores.schema.json`."""

    def check(reference: str, value: Any) -> None:
        validator = Draft202012Validator({"$ref": reference}, registry=REGISTRY)
        wrong = [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(value)]
        assert not wrong, f"{reference}: {wrong[:5]}"

    return check
