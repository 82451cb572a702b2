"""Read a configuration file: a small regular file of UTF-8 text in TOML, and nothing that blocks or never ends.

Its size and the names in it are checked before it is parsed, because the parser has no bounds of its own.
"""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING, Any

from forecaster.errors import ConfigurationError, Place
from forecaster.size_limits import LARGEST_CONFIGURATION, LONGEST_SETTING, MOST_KEY_PARTS
from forecaster.text import shown

if TYPE_CHECKING:
    from pathlib import Path

NAME = re.compile(rb"^[ \t]*(?:\[[^\n]*|[^=\n]*=)", re.MULTILINE)
"""What stands before a value on a line, or the line of a table."""
PROJECT_TABLE = re.compile(rb"^[ \t]*\[{1,2}[ \t]*tool[ \t]*\.[ \t]*forecast[ \t]*[].]", re.MULTILINE)
"""The line of the table of this program in a file of a project, or of a table in it."""
LONGEST_REASON = 200
"""Characters of the parser's sentence that are shown: it may repeat what stands in the file."""


def read_toml(path: Path) -> dict[str, Any]:
    """Return the content of a TOML file.

    Raises:
        ConfigurationError: It cannot be read, is no small regular file, or is not TOML.

    """
    import tomllib  # here, because most runs have no such file

    place = Place(shown(str(path), most=LONGEST_SETTING))
    text = _decode(_read_small_file(path, place), place)
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ConfigurationError("its values are nested too deeply", "give plain values", place) from error
    except ValueError as error:
        what = f"is not TOML: {shown(str(error), most=LONGEST_REASON)}"
        raise ConfigurationError(what, "correct it there", place) from error


def read_project_table(path: Path) -> dict[str, Any]:
    """Return the table `[tool.forecast]` of a file that belongs to other tools, too; empty where there is none.

    What is wrong elsewhere in such a file is no concern of this program, unless it speaks of it.

    Raises:
        ConfigurationError: The file speaks of `tool.forecast`, and is not TOML or has no such table.

    """
    try:
        data = _read_small_file(path, Place(str(path)))
    except ConfigurationError:
        return {}
    if not PROJECT_TABLE.search(data):
        return {}
    table = read_toml(path).get("tool", {}).get("forecast", {})
    if not isinstance(table, dict):
        raise ConfigurationError("forecast in [tool] is not a table", "write [tool.forecast]", Place(str(path)))
    return table


def _read_small_file(path: Path, place: Place) -> bytes:
    """Return the bytes of a regular file; opening a pipe does not wait for its other end."""
    try:
        with open(path, "rb", opener=_open_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ConfigurationError("is not a regular file", "name a TOML file with --config", place)
            data = file.read(LARGEST_CONFIGURATION + 1)
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        raise ConfigurationError(what, "name an existing file with --config", place) from error
    if len(data) > LARGEST_CONFIGURATION:
        what = f"is larger than {LARGEST_CONFIGURATION // 2**10} KiB"
        raise ConfigurationError(what, "keep only the options that you set", place)
    return data


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)


def _decode(data: bytes, place: Place) -> str:
    """Return the text of a file, without a byte-order mark; the parser checks its characters."""
    if any(name.count(b".") > MOST_KEY_PARTS for name in NAME.findall(data)):
        what = f"a name in it has more than {MOST_KEY_PARTS} points"
        raise ConfigurationError(what, "name options and commands only", place)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what = f"is not UTF-8 text from byte {error.start} on"
        raise ConfigurationError(what, "save it as UTF-8", place) from error
