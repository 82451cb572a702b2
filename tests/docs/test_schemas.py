"""The schemas of what programs read are valid, strict, explained and listed, and know the names of the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from forecaster.batch.groups import GroupRecord
from forecaster.batch.records import Action, ForecastStatus, SourceRecord, Status
from forecaster.batch.tasks import FileFailure
from forecaster.calendars import daylight_saving, schedule
from forecaster.calendars.calendar import KINDS
from forecaster.evaluation.metrics import METRICS
from forecaster.evaluation.score_tables import MODEL
from forecaster.forecasting import method
from forecaster.forecasting.methods.baselines import BASELINES, SEASONAL_NAIVE
from forecaster.spec import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
INDEX = (ROOT / "docs" / "reference" / "README.md").read_text()
NAMES = sorted(path.name for path in (ROOT / "docs" / "reference").glob("*.schema.json"))


def objects(schema: Any, place: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each schema within a schema that describes the keys of an object, with its place."""
    if isinstance(schema, dict):
        if "properties" in schema and isinstance(schema["properties"], dict) and "$schema" not in schema["properties"]:
            yield place, schema
        for key, part in schema.items():
            yield from objects(part, f"{place}/{key}")
    elif isinstance(schema, list):
        for number, part in enumerate(schema):
            yield from objects(part, f"{place}/{number}")


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_valid_and_its_references_lead_somewhere(name: str, schemas: dict[str, Any]) -> None:
    schema = schemas[name]
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)
    for reference in re.findall(r"'\$ref': '([^']+)'", str(schema)):
        file, _, path = reference.partition("#/")
        place = schemas[file or name]
        for key in path.split("/") if path else ():
            place = place[key]
        assert place, reference


@pytest.mark.parametrize("name", NAMES)
def test_every_key_is_explained(name: str, schemas: dict[str, Any]) -> None:
    assert {"title", "description"} <= schemas[name].keys()
    for place, each in objects(schemas[name]):
        for key, part in each["properties"].items():
            explained = "description" in part or "const" in part or "$ref" in part
            assert explained, f"{place}: {key}"


OPEN = {"past-forecasts.schema.json": {"#/$defs/row"}}
"""Objects whose keys are not all known before: methods have a column under their own names."""
PARTS = {
    "failures.schema.json": {"#/$defs/failure"},
    "log.schema.json": {"#/$defs/common"},
    "scores.schema.json": {"#/$defs/scores"},
}
"""Objects that are parts of others, which are closed."""


@pytest.mark.parametrize("name", NAMES)
def test_objects_take_no_other_keys(name: str, schemas: dict[str, Any]) -> None:
    free = {
        place
        for place, each in objects(schemas[name])
        if each.get("additionalProperties", each.get("unevaluatedProperties")) is not False
    }
    assert free == OPEN.get(name, set()) | PARTS.get(name, set())


def test_the_index_lists_every_schema() -> None:
    assert re.findall(r"^\| \[([\w.-]+)\]\(\1\) \|", INDEX, re.MULTILINE) == NAMES


def test_names_are_those_of_the_code(schemas: dict[str, Any]) -> None:
    row = schemas["forecasts.schema.json"]["$defs"]["forecast"]
    assert set(row["properties"]["strategy"]["enum"]) == {
        method.DIRECT,
        method.RECURSIVE,
        method.HELD,
        method.ZERO_SHOT,
        method.NEW_SERIES,
        SEASONAL_NAIVE,
    }
    assert {COLUMNS.series, COLUMNS.time, COLUMNS.model, COLUMNS.strategy} == set(row["required"])
    scores = schemas["scores.schema.json"]["$defs"]
    assert list(scores["scores"]["properties"]) == [MODEL, *METRICS, "skill", "p_value"]
    assert scores["row"]["required"] == [MODEL, *METRICS, "skill", "p_value"]
    failure = schemas["failures.schema.json"]["$defs"]["failure"]
    assert failure["required"] == list(FileFailure.__dataclass_fields__)
    run = schemas["run.schema.json"]
    assert run["$defs"]["source"]["required"] == list(SourceRecord.__dataclass_fields__)
    assert run["$defs"]["group"]["required"] == list(GroupRecord.__dataclass_fields__)
    assert run["$defs"]["source"]["properties"]["status"]["enum"] == list(Status)
    assert run["properties"]["counts"]["required"] == list(Status)
    assert set(run["$defs"]["source"]["properties"]["action"]["enum"]) == set(Action)
    assert set(schemas["forecasts.schema.json"]["$defs"]["status"]["enum"]) == set(ForecastStatus)
    calendar = schemas["model.schema.json"]["$defs"]["calendar"]["properties"]
    assert set(calendar["kind"]["enum"]) == set(KINDS)
    assert set(calendar["clock"]["enum"]) == {schedule.UTC, daylight_saving.WALL, *daylight_saving.SUMMERS}
    verdict = schemas["model.schema.json"]["properties"]["verdict"]["properties"]
    assert set(verdict["baseline"]["enum"]) == set(BASELINES)


def test_every_event_of_the_code_has_a_schema(schemas: dict[str, Any]) -> None:
    code = "".join(path.read_text() for path in (ROOT / "forecaster").rglob("*.py"))
    events = set(re.findall(r"(?:self\._write|write_json_line)\(\s*\"(\w+)\"", code))
    assert events == {
        each["properties"]["event"]["const"]
        for name, each in schemas["log.schema.json"]["$defs"].items()
        if name != "common"
    }
    assert len(schemas["log.schema.json"]["oneOf"]) == len(events)
