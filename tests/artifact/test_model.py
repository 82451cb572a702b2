"""A model is saved and loaded without a loss, and shown in full."""

from __future__ import annotations

from pathlib import Path

import pytest

from forecaster.artifact.description import describe
from forecaster.artifact.model import load, save
from forecaster.artifact.schema import SCHEMA
from forecaster.errors import InputUnreadableError, ModelRefusedError

FOLDER = Path(__file__).parent / "golden"
GOLDEN = sorted(FOLDER.glob("*.joblib"))
PRESENT = sorted(FOLDER.glob(f"schema_{SCHEMA}*.joblib"))


@pytest.mark.sampled("schema_[1-8]", "schema_9*")
@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_loaded_model_is_saved_as_what_was_loaded(path: Path, tmp_path: Path) -> None:
    """The versions of the libraries are those of the latest writer; the rest of a model of any schema stays."""
    digest = save(tmp_path / "again.joblib", load(path))
    before, after = describe(path), describe(tmp_path / "again.joblib")
    assert after.pop("sha256") == digest
    for content in (before, after):
        content.pop("sha256", None)
        content.pop("program")
        content.pop("schema")
        content.pop("specification")  # an option without an entry in the file gets its default
    assert after == before


@pytest.mark.parametrize("path", PRESENT, ids=lambda path: path.stem)
def test_saving_twice_gives_equal_bytes(path: Path, tmp_path: Path) -> None:
    for name in ("one", "other"):
        save(tmp_path / name, load(path))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_only_a_model_file_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(InputUnreadableError):
        load(tmp_path / "missing.joblib")
    with pytest.raises(ModelRefusedError):
        load(Path(__file__))
