"""Write pickle streams of plain data, and read them without running anything in them.

All instructions are checked before any of them is executed: only those that build text, numbers, bytes, lists and dicts
are accepted, none that names or calls anything. Then the standard unpickler executes them, unable to look up a name.
"""

from __future__ import annotations

import io
import math
import pickle
import pickletools
from typing import TYPE_CHECKING, Any, NoReturn

from forecaster.artifact.refusal import refusal
from forecaster.size_limits import DEEPEST, LONGEST_TEXT, MOST_INSTRUCTIONS
from forecaster.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

START = b"\x80\x04"
"""How a stream of protocol 4 begins."""

TEXT = frozenset({"SHORT_BINUNICODE", "BINUNICODE"})
RECALLS = frozenset({"BINGET", "LONG_BINGET"})
NUMBERS = frozenset({"BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"})
CONSTANTS = frozenset({"NONE", "NEWTRUE", "NEWFALSE"})
CONTAINERS = frozenset({"EMPTY_LIST", "EMPTY_DICT"})
BYTES = frozenset({"SHORT_BINBYTES", "BINBYTES"})
VALUES = TEXT | RECALLS | NUMBERS | CONSTANTS | CONTAINERS | BYTES
"""Instructions that make one value each."""
DATA = VALUES | {"PROTO", "FRAME", "MARK", "MEMOIZE", "APPEND", "APPENDS", "SETITEM", "SETITEMS", "STOP"}
"""All instructions that are accepted."""


class _DataUnpickler(pickle.Unpickler):
    """The standard unpickler, unable to look up a name: a second protection after the check of the instructions."""

    def find_class(self, module: str, name: str) -> NoReturn:
        raise refusal(f"it names {module}.{name}")

    def persistent_load(self, pid: object) -> NoReturn:
        raise refusal(f"it refers to {pid!r} outside")


def dump_plain_pickle(value: Any) -> bytes:
    """Return the stream of builtins that `load_plain_pickle` reads: the bytes of `joblib.dump` without compression.

    joblib's own pickler is written in Python and takes 3 ms for a small model, this one 0.01 ms.
    """
    return pickle.dumps(value, protocol=4)


def load_plain_pickle(data: bytes) -> Any:
    """Return the text, numbers, booleans, None, bytes, lists and dicts of a stream.

    Raises:
        ModelRefusedError: It holds anything else, or is too large or too deep.
        Exception: It is damaged; the standard unpickler does not document what it raises then.

    """
    made = _count_values_made(data)
    value = _DataUnpickler(io.BytesIO(data)).load()
    if count_values(value) != made:
        raise refusal("it sets an object twice, or makes one that it does not use")
    return value


def count_values(value: Any, depth: int = 1) -> int:
    """Return the number of values in a tree of builtins, keys included.

    Raises:
        ModelRefusedError: It is too deep, a key is not text, text is not printable, or a number is not finite.

    """
    if depth > DEEPEST:
        raise refusal(f"it is nested more than {DEEPEST} deep")
    if type(value) is dict:
        if not all(type(key) is str for key in value):
            raise refusal("a key is not text")
        return 1 + sum(count_values(key, depth + 1) + count_values(part, depth + 1) for key, part in value.items())
    if type(value) is list:
        return 1 + sum(count_values(part, depth + 1) for part in value)
    if type(value) is str and not (len(value) <= LONGEST_TEXT and printable(value)):
        raise refusal(f"the text {value[:40]!a} is too long or not printable")
    if type(value) is float and not math.isfinite(value):
        raise refusal("a number is not finite")
    return 1


def _count_values_made(data: bytes) -> int:
    """Return how many values the instructions of a stream make; refuse a stream that does more than make data.

    Only text may be recalled from memory, so no list contains itself and no structure grows by repetition.
    """
    if not data.startswith(START):
        raise refusal("it does not begin as a model does")
    made, end, previous = 0, 0, ""
    remembered_text: list[bool] = []
    instructions: Iterator[tuple[Any, Any, Any]] = pickletools.genops(data)
    for number, (instruction, argument, place) in enumerate(instructions):
        name = instruction.name
        if name not in DATA:
            raise refusal(f"it holds the instruction {name}, which is more than data")
        if number == MOST_INSTRUCTIONS:
            raise refusal(f"it holds more than {MOST_INSTRUCTIONS:,} instructions")
        if name == "MEMOIZE":
            remembered_text.append(previous in TEXT)
        elif name in RECALLS and not (argument < len(remembered_text) and remembered_text[argument]):
            raise refusal("it repeats something other than text")
        elif name == "LONG1" and argument.bit_length() > 64:  # a dict of huge keys with one hash would take minutes
            raise refusal("it holds a whole number of more than 64 bits")
        made += name in VALUES
        end, previous = place + 1, name
    if end != len(data):
        raise refusal("something follows its end")
    return made
