"""Hostile and damaged model files: each is refused in one sentence, and none runs anything.

An attack is a function of the parts of a good model that returns the bytes of a bad one. Those that try to run code
would leave a file, the canary.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import pickle
import pickletools
import random
import re
import struct
import tempfile
import warnings
import zipfile
import zlib
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
import pytest

from forecaster.artifact import npz, plain_pickle
from forecaster.errors import ModelRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Attack = Callable[[Any], bytes]

CANARY = Path(tempfile.gettempdir()) / f"forecaster-canary-{random.SystemRandom().getrandbits(64):x}"
COMMAND = f"touch {CANARY}"
ATTACKS: dict[str, Attack] = {}
START, STOP = plain_pickle.START, b"."


def attack(function: Attack) -> Attack:
    ATTACKS[function.__name__] = function
    return function


def family(prefix: str, make: Callable[..., bytes], cases: dict[str, Any]) -> None:
    """Add one attack a case: `make(parts, case)`."""
    for name, case in cases.items():
        ATTACKS[f"{prefix}: {name}"] = lambda parts, case=case: make(parts, case)


def short(text: str) -> bytes:
    """Return the instruction that makes a short text."""
    raw = text.encode("utf-8", "surrogatepass")
    return b"\x8c" + bytes([len(raw)]) + raw


def inside(instructions: bytes, parts: Any) -> bytes:
    """Return a model with instructions in the place of its schema."""
    data, marker = parts.dump(schema=77_777), b"J" + struct.pack("<i", 77_777)
    assert data.count(marker) == 1
    return bytes(START + data[11:].replace(marker, instructions))  # without the frame, whose length no longer fits


# --- code ------------------------------------------------------------------------------------------------------------

CALLABLES = {
    "posix system": "posix system",
    "os system": "os system",
    "builtins eval": "builtins eval",
    "builtins exec": "builtins exec",
    "builtins open": "builtins open",
    "builtins getattr": "builtins getattr",
    "python 2 builtins": "__builtin__ eval",
    "subprocess": "subprocess Popen",
    "subprocess output": "subprocess check_output",
    "import": "importlib import_module",
    "runpy": "runpy run_path",
    "pty": "pty spawn",
    "timeit": "timeit timeit",
    "debugger": "bdb Bdb",
    "code": "code InteractiveInterpreter",
    "web browser": "webbrowser open",
    "rmtree": "shutil rmtree",
    "logging": "logging.config _resolve",
    "operator": "operator attrgetter",
    "partial": "functools partial",
    "codecs": "_codecs encode",
    "harmless": "collections OrderedDict",
    "joblib load": "joblib load",
    "joblib dump": "joblib dump",
    "joblib array": "joblib.numpy_pickle NumpyArrayWrapper",
    "joblib dotted": "joblib.numpy_pickle os.system",
    "numpy load": "numpy load",
    "numpy write": "numpy savetxt",
    "numpy dtype": "numpy dtype",
    "numpy array": "numpy._core.multiarray _reconstruct",
    "numpy f2py": "numpy.f2py.crackfortran getlincoef",
    "numpy testing": "numpy.testing._private.utils runstring",
    "pandas": "pandas read_pickle",
    "the program itself": "forecaster.artifact.document decode",
}


def global_call(_: Any, target: str) -> bytes:
    module, name = target.split()
    return START + f"c{module}\n{name}\n".encode() + short(COMMAND) + b"\x85R" + STOP


def stack_call(_: Any, target: str) -> bytes:
    module, name = target.split()
    return START + short(module) + short(name) + b"\x93" + short(COMMAND) + b"\x85R" + STOP


family("global", global_call, CALLABLES)
family("stack global", stack_call, {name: CALLABLES[name] for name in ("os system", "joblib dotted", "numpy dtype")})

OS_SYSTEM = b"cos\nsystem\n"
CALLS = {
    "instance": b"(" + short(COMMAND) + b"ios\nsystem\n",
    "object": b"(" + OS_SYSTEM + short(COMMAND) + b"o",
    "new object": OS_SYSTEM + short(COMMAND) + b"\x85\x81",
    "new object with keywords": OS_SYSTEM + short(COMMAND) + b"\x85}\x92",
    "remembered name": b"\x8c\x02os\x94\x8c\x06system\x94h\x00h\x01\x93" + short(COMMAND) + b"\x85R",
    "hidden by pop": OS_SYSTEM + short(COMMAND) + b"\x85R0N",
    "hidden by pop mark": b"(" + OS_SYSTEM + short(COMMAND) + b"\x85R1N",
    "state of a class": b"ccollections\nOrderedDict\n}" + short("x") + b"K\x01sb",
    "extension": b"\x82\x01",
    "wide extension": b"\x84\x01\x00\x00\x00",
    "outside text": b"Pevil\n",
    "outside value": short("evil") + b"Q",
    "after another start": b"\x80\x02" + OS_SYSTEM + short(COMMAND) + b"\x85R",
    "over a frame's end": b"\x95\x05\x00\x00\x00\x00\x00\x00\x00" + OS_SYSTEM + short(COMMAND) + b"\x85R",
}
family("call", lambda _, instructions: START + instructions + STOP, CALLS)
family("call inside a model", lambda parts, instructions: inside(instructions, parts), CALLS)

ARGUMENTS = {
    "decimalnl_short": b"1\n",
    "decimalnl_long": b"1L\n",
    "stringnl": b"'a'\n",
    "stringnl_noescape": b"a\n",
    "stringnl_noescape_pair": b"a\nb\n",
    "unicodestringnl": b"a\n",
    "floatnl": b"1.5\n",
    "string1": b"\x01a",
    "string4": b"\x01\x00\x00\x00a",
    "long4": b"\x01\x00\x00\x00\x05",
    "uint1": b"\x00",
    "uint2": b"\x00\x00",
    "int4": b"\x00\x00\x00\x00",
    "uint4": b"\x00\x00\x00\x00",
    "unicodestring8": b"\x01" + bytes(7) + b"a",
    "bytes8": b"\x01" + bytes(7) + b"a",
    "bytearray8": b"\x01" + bytes(7) + b"a",
}
family(
    "instruction",
    lambda _, instruction: (
        START + instruction.code.encode("latin-1") + ARGUMENTS[instruction.arg.name if instruction.arg else ""] + b"N."
    ),
    {instruction.name: instruction for instruction in pickletools.opcodes if instruction.name not in plain_pickle.DATA},
)
ARGUMENTS[""] = b""


class Evil:
    """Runs the command wherever it is unpickled."""

    def __reduce__(self) -> Any:
        return os.system, (COMMAND,)

    def __hash__(self) -> int:
        return 1

    def __eq__(self, other: object) -> bool:
        return self is other


for protocol in range(6):
    family("evil alone", lambda _, p: pickle.dumps(Evil(), protocol=p), {f"protocol {protocol}": protocol})
family(
    "evil part",
    lambda parts, case: pickle.dumps(parts.content() | case(parts), protocol=4),
    {
        "meta": lambda _: {"meta": Evil()},
        "in meta": lambda parts: {"meta": parts.meta | {"horizon_exponent": Evil()}},
        "key of meta": lambda parts: {"meta": {**parts.meta, Evil(): 1}},
        "arrays": lambda _: {"arrays": Evil()},
        "schema": lambda _: {"schema": Evil()},
        "format": lambda _: {"format": Evil()},
        "digest": lambda _: {"sha256": Evil()},
        "key": lambda _: {Evil(): 1},
    },
)


def dumped(value: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    joblib.dump(value, file, **options)
    return file.getvalue()


def odd_dtype() -> bytes:
    """Return an array whose type claims objects and then denies it: raw bytes become pointers."""
    data = pickle.dumps(np.array([None], dtype=object), protocol=4)
    return data.replace(b"K?t", b"K\x00t")


family(
    "joblib",
    lambda _, make: make(),
    {
        "array": lambda: dumped(np.arange(3.0)),
        "object array": lambda: dumped(np.array([Evil()], dtype=object)),
        "structured objects": lambda: dumped(np.array([(Evil(), 1)], dtype=[("a", "O"), ("b", "<i8")])),
        "denied objects": odd_dtype,
        "arrays in a dict": lambda: dumped({"format": "forecaster", "arrays": np.arange(3)}),
        "ordered dict": lambda: dumped(OrderedDict(a=1)),
        "tuple": lambda: dumped((1, 2)),
        "evil": lambda: dumped(Evil()),
        "evil compressed": lambda: dumped(Evil(), compress=3),
    },
)

# --- files of another kind -------------------------------------------------------------------------------------------


def zip_of(data: bytes, name: str = "model.joblib", method: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr(zipfile.ZipInfo(name), data, method)
    return file.getvalue()


def npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


family(
    "file",
    lambda parts, make: make(parts.encode()),
    {
        "gzip": gzip.compress,
        "zlib": zlib.compress,
        "zlib fast": lambda data: zlib.compress(data, 1),
        "zlib best": lambda data: zlib.compress(data, 9),
        "bzip2": bz2.compress,
        "xz": lzma.compress,
        "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
        "lz4": lambda data: b"\x04\x22\x4d\x18" + data,
        "zstd": lambda data: b"\x28\xb5\x2f\xfd" + data,
        "xz bomb": lambda _: lzma.compress(bytes(50_000_000), preset=0),
        "gzip bomb": lambda _: gzip.compress(bytes(20_000_000), 1),
        "old joblib": lambda data: b"ZF" + hex(len(data)).encode().ljust(19) + zlib.compress(data),
        "zip": zip_of,
        "npy": lambda _: npy(np.arange(3)),
        "npy of objects": lambda _: npy(np.array([Evil()], dtype=object)),
        "hdf5": lambda _: b"\x89HDF\r\n\x1a\n" + bytes(100),
        "table": lambda _: b"Date,Close\n2020-01-01,1\n",
        "json": lambda _: b'{"format": "forecaster"}',
        "program": lambda _: b"\x7fELF" + bytes(100),
        "script": lambda _: f"#!/bin/sh\n{COMMAND}\n".encode(),
        "empty": lambda _: b"",
        "one byte": lambda _: b"\x80",
        "start alone": lambda _: START,
        "start and end": lambda _: START + STOP,
        "zeros": lambda data: bytes(len(data)),
        "noise": lambda data: random.Random(1).randbytes(len(data)),  # noqa: S311 - noise that stays the same
        "zero tail": lambda data: data[:-100] + bytes(100),
        "byte order mark": lambda data: b"\xef\xbb\xbf" + data,
        "junk before": lambda data: b" " + data,
        "junk behind": lambda data: data + b"\n",
        "second stream behind": lambda data: data + global_call(None, "os system"),
        "twice": lambda data: data + data,
        "text mode": lambda data: data.replace(b"\n", b"\r\n"),
        "half": lambda data: data[: len(data) // 2],
        "without end": lambda data: data[:-1],
    },
)
family(
    "protocol",
    lambda parts, protocol: pickle.dumps(parts.content(), protocol=protocol),
    {str(protocol): protocol for protocol in (0, 1, 2, 3, 5)},
)


def long_key(number: int) -> bytes:
    return b"\x8a\x0c" + number.to_bytes(12, "little")


# --- trees -----------------------------------------------------------------------------------------------------------

family(
    "stream",
    lambda _, instructions: START + instructions + STOP,
    {
        "number": b"K\x01",
        "list": b"]",
        "deep lists": b"]" * 100_000 + b"a" * 99_999,
        "deep dicts": (b"}" + short("k")) * 100_000 + b"N" + b"s" * 100_000,
        "itself in a list": b"]\x94h\x00a",
        "itself in a dict": b"}\x94" + short("k") + b"h\x00s",
        "billion laughs": b"]\x94" + b"".join(b"](h%ch%ce\x94" % (i, i) for i in range(60)),
        "bytes repeated": b"](B\x01\x00\x00\x00a\x94h\x00h\x00e",
        "recall of nothing": b"h\x07",
        "far recall": b"j\xff\xff\xff\xff",
        "remembered before there is text": b"\x94",
        "nothing but marks": b"(" * 490_000 + b"N",
        "too many instructions": b"N" * 500_001,
        "many empty dicts": b"](" + b"}" * 499_000 + b"e",
        "values left over": b"NNN}",
        "frame beyond the end": b"\x95" + b"\xff" * 7 + b"\x7f" + b"N",
        "bytes beyond the end": b"B\xff\xff\xff\xffabc",
        "text beyond the end": b"X\xff\xff\xff\xffabc",
        "text that is not utf-8": b"\x8c\x02\xff\xfe",
        "list as a key": b"}]Ns",
        "keys of one hash": b"}(" + b"".join(long_key(i * (2**61 - 1)) + b"N" for i in range(1, 50_000)) + b"u",
        "append to a dict": b"}Na",
        "append to text": short("a") + b"Na",
        "item of a list": b"]K\x00Ns",
        "odd items": b"}(K\x01u",
        "no mark": b"}K\x01u",
        "whole number of 255 bytes": b"\x8a\xff" + b"\x7f" * 255,
    },
)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def content_attack(parts: Any, change: Callable[[Any], Any]) -> bytes:
    """Return the file of parts after `change` of their meta, with a right digest where one can be made."""
    content, changed = parts.content(), change(parts.meta)
    try:
        parts.meta = changed
        return bytes(parts.dump())
    except (TypeError, ValueError):
        return pickle.dumps(content | {"meta": changed}, protocol=4)


def with_text(text: str) -> Callable[[Any], Any]:
    return lambda meta: meta | {"series": ["ONE", text]}


family(
    "meta",
    content_attack,
    {
        "too deep": lambda meta: meta | {"scores": [{"a": nested(40)}]},
        "not a number": lambda meta: meta | {"horizon_exponent": float("nan")},
        "infinite": lambda meta: meta | {"scores": [{"mae": float("inf")}]},
        "huge whole number": lambda meta: meta | {"scores": [{"mae": 2**200}]},
        "whole number as a key": lambda meta: meta | {"scores": [{1: 2.0}]},
        "none as a key": lambda meta: meta | {"scores": [{None: 2.0}]},
        "lone surrogate": with_text("a\ud800"),
        "escape sequence": with_text("\x1b[2J"),
        "line break": with_text("a\nb"),
        "line separator": with_text("a\u2028b"),
        "right to left": with_text("\u202eevil"),
        "null character": with_text("a\0b"),
        "byte order mark": with_text("\ufeffa"),
        "long text": with_text("x" * 10_001),
        "list": list,
        "text": str,
        "none": lambda _: None,
        "empty": lambda _: {},
        "key more": lambda meta: meta | {"more": 1},
    },
)


def within(record: str, **fields: Any) -> Callable[[Any], Any]:
    return lambda meta: meta | {record: meta[record] | fields}


family(
    "meta of covariates",
    content_attack,
    {
        "style that commands": within("time_style", layout="\x1b[2JYYYY"),
        "style without end": within("time_style", layout="YYYY" * 1000),
        "zone that commands": within("time_style", zone="+02:00\x1b[2J"),
        "zone of another script": within("time_style", zone="+\u0660\u0662:\u0660\u0660"),
        "file of known values": within("selection", known="/etc/passwd"),
        "known column that commands": within("recipe", known=["promo\x07", "frost"]),
        "columns of one name": within("recipe", known=["promo"] * 2),
        "columns without end": within("recipe", known=[f"{i}" for i in range(10_001)]),
        "column of no name": within("recipe", observed=[""]),
        "columns that are none": within("recipe", observed=[], known=[]),
        "feature that is none": within("recipe", calendar=["__import__"]),
        "feature twice": within("recipe", calendar=["month", "month"]),
        "context without end": within("network", context=10**7),
        "context that is negative": within("network", context=-4),
        "context and many columns": lambda meta: within("network", context=1_000_000)(
            within("recipe", known=[f"{i}" for i in range(10_000)])(meta)
        ),
        "inputs and many columns": lambda meta: within("network", inputs=100_000_000)(
            within("recipe", observed=[f"{i}" for i in range(10_000)])(meta)
        ),
        "exchange that is a path": lambda meta: meta | {"calendars": [meta["calendars"][0] | {"exchange": "../../x"}]},
        "exchange that is a list": lambda meta: meta | {"calendars": [meta["calendars"][0] | {"exchange": ["XNYS"]}]},
        "clock of nowhere": lambda meta: meta | {"calendars": [meta["calendars"][0] | {"clock": "evil"}]},
        "half days without end": lambda meta: meta | {"calendars": [meta["calendars"][0] | {"half_days": [{}] * 1000}]},
        "half day that is none": lambda meta: meta | {"calendars": [meta["calendars"][0] | {"half_days": [7]}]},
    },
)


def damaged_arrays(parts: Any, changes: dict[str, Any]) -> bytes:
    parts.arrays |= changes
    return bytes(parts.dump())


family(
    "arrays of covariates",
    damaged_arrays,
    {
        "places that overflow": {"tail_known_indptr": np.array([0, -(2**63), 10])},
        "places beyond the end": {"tail_known_indptr": np.array([0, 2**62, 10])},
        "places that fall": {"tail_known_indptr": np.array([0, 11, 10])},
        "places that begin later": {"tail_known_indptr": np.array([1, 4, 10])},
        "no future and too few rows": {"tail_known_indptr": np.array([0, 7, 10])},
        "more observed rows": {"tail_observed": np.ones((1, 8))},
        "kind of no unit": {"covariate_kind": np.full((3, 2), 9)},
        "size of zero": {"covariate_size": np.zeros((3, 2))},
        "unit of zero": {"covariate_unit": np.zeros((3, 2))},
        "other series": {"covariate_centre": np.ones((3, 3))},
        "other columns": {"ridge_ahead": np.ones((2, 3))},
        "other features": {"ridge": np.ones((2, 21))},
    },
)
for damaged in ("bytes in meta", "tuple in meta", "set in meta"):
    kinds: dict[str, Any] = {"bytes in meta": b"x", "tuple in meta": (1, 2), "set in meta": {1}}
    family(
        "tree",
        lambda parts, value: pickle.dumps(
            parts.content() | {"meta": parts.meta | {"horizon_exponent": value}}, protocol=4
        ),
        {damaged: kinds[damaged]},
    )
family(
    "content",
    lambda parts, changes: bytes(parts.dump(**changes)),
    {
        "another format": {"format": "sklearn"},
        "format of another type": {"format": ["forecaster"]},
        "schema 0": {"schema": 0},
        "schema -1": {"schema": -1},
        "schema 10": {"schema": 10},
        "schema true": {"schema": True},
        "schema 1.0": {"schema": 1.0},
        "schema in text": {"schema": "1"},
        "schema none": {"schema": None},
        "schema huge": {"schema": 2**63},
        "arrays in text": {"arrays": "PK"},
        "arrays in a list": {"arrays": []},
        "digest wrong": {"sha256": "0" * 64},
        "digest empty": {"sha256": ""},
        "digest none": {"sha256": None},
        "digest of bytes": {"sha256": b"0" * 64},
        "digest not ascii": {"sha256": "é" * 64},
        "key more": {"more": 1},
    },
)
for key in ("format", "schema", "meta", "arrays", "sha256"):
    family(
        "content without",
        lambda parts, key: pickle.dumps({k: v for k, v in parts.content().items() if k != key}, protocol=4),
        {key: key},
    )


@attack
def key_twice(parts: Any) -> bytes:
    data = parts.dump()[11:-2]  # without start, frame and end
    return bytes(START + data + short("schema") + b"K\x01u" + STOP)


@attack
def key_of_meta_twice(parts: Any) -> bytes:
    return inside(b"}(" + short("a") + b"K\x01" + short("a") + b"K\x01u", parts)


@attack
def digest_in_capitals(parts: Any) -> bytes:
    return bytes(parts.dump(sha256=parts.content()["sha256"].upper()))


# --- arrays ----------------------------------------------------------------------------------------------------------


def members_of(parts: Any) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(npz.pack_npz(parts.arrays))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(members: dict[str, bytes], method: int = zipfile.ZIP_STORED, comment: bytes = b"") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
        archive.comment = comment
    return file.getvalue()


def renamed(name: str) -> Attack:
    return lambda parts: packed({name if old == "spread.npy" else old: data for old, data in members_of(parts).items()})


def patched(offset_in_head: int, value: bytes, offset_in_directory: int | None = None) -> Attack:
    """Return an attack that overwrites a field in the first member's head, and in its entry of the directory."""

    def make(parts: Any) -> bytes:
        data = bytearray(npz.pack_npz(parts.arrays))
        data[offset_in_head : offset_in_head + len(value)] = value
        entry = data.index(b"PK\x01\x02")
        if offset_in_directory is not None:
            data[entry + offset_in_directory : entry + offset_in_directory + len(value)] = value
        return bytes(data)

    return make


def entry_patched(offset: int, value: bytes, which: int = 0) -> Attack:
    """Return an attack that overwrites a field in an entry of the directory alone."""

    def make(parts: Any) -> bytes:
        data = bytearray(npz.pack_npz(parts.arrays))
        entry = [found.start() for found in re.finditer(rb"PK\x01\x02", bytes(data))][which]
        data[entry + offset : entry + offset + len(value)] = value
        return bytes(data)

    return make


def shifted(junk: bytes, place: int) -> Attack:
    """Return an attack that inserts bytes before the members, or before the directory, and corrects the places."""

    def make(parts: Any) -> bytes:
        data = npz.pack_npz(parts.arrays)
        directory = data.index(b"PK\x01\x02")
        at = 0 if place == 0 else directory
        data = data[:at] + junk + data[at:]
        end = bytearray(data[-22:])
        struct.pack_into("<L", end, 16, directory + len(junk))
        return data[:-22] + bytes(end)

    return make


def same_name_twice(parts: Any) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for name, data in [*members_of(parts).items(), ("spread.npy", members_of(parts)["spread.npy"])]:
                archive.writestr(zipfile.ZipInfo(name), data)
    return file.getvalue()


def with_extra(parts: Any) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members_of(parts).items():
            member = zipfile.ZipInfo(name)
            member.extra = b"\xfe\xca\x04\x00evil"
            archive.writestr(member, data)
    return file.getvalue()


def second_directory(parts: Any) -> bytes:
    """Hide the locator of a second directory at the end of the first one, as the comment of its last entry."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members_of(parts).items():
            member = zipfile.ZipInfo(name)
            if name == "weights.npy":
                member.comment = struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1)
            archive.writestr(member, data)
    return file.getvalue()


family(
    "block",
    lambda parts, make: bytes(parts.dump(make(parts))),
    {
        "deflated": lambda parts: packed(members_of(parts), zipfile.ZIP_DEFLATED),
        "bzip2": lambda parts: packed(members_of(parts), zipfile.ZIP_BZIP2),
        "lzma": lambda parts: packed(members_of(parts), zipfile.ZIP_LZMA),
        "bomb": lambda parts: packed(members_of(parts) | {"bomb.npy": bytes(50_000_000)}, zipfile.ZIP_DEFLATED),
        "unknown method": patched(8, b"\x63\x00", 10),
        "encrypted": patched(6, b"\x01\x00", 8),
        "huge size": entry_patched(20, b"\xf0\xff\xff\x7f\xf0\xff\xff\x7f"),
        "huge size unpacked": entry_patched(24, b"\xf0\xff\xff\x7f"),
        "size zero": entry_patched(20, bytes(8)),
        "zip64 size without field": entry_patched(20, b"\xff" * 8),
        "overlapping": entry_patched(42, bytes(4), 1),
        "beyond the end": entry_patched(42, b"\xff\xff\xff\x7f", 1),
        "checksum": entry_patched(16, b"\0\0\0\0"),
        "other name in the head": patched(30, b"x"),
        "path up": renamed("../spread.npy"),
        "absolute path": renamed("/spread.npy"),
        "capitals": renamed("SPREAD.npy"),
        "no ending": renamed("spread"),
        "long name": renamed("s" * 200 + ".npy"),
        "pickle among arrays": renamed("spread.pkl"),
        "twice": same_name_twice,
        "extra field": with_extra,
        "extra length": patched(28, b"\x04\x00"),
        "comment": lambda parts: packed(members_of(parts), comment=b"evil"),
        "second directory": second_directory,
        "junk before": shifted(b"MZ" + bytes(62), 0),
        "junk behind the members": shifted(bytes(64), 1),
        "junk behind": lambda parts: npz.pack_npz(parts.arrays) + b"\0",
        "many members": lambda _: packed({f"{chr(97 + i % 26)}{'x' * (i // 26)}.npy": b"" for i in range(600)}),
        "not stated": lambda parts: packed(members_of(parts) | {"more.npy": npy(np.arange(3))}),
        "empty member": lambda parts: packed(members_of(parts) | {"spread.npy": b""}),
        "no archive": lambda _: b"not an archive, but long enough to be one",
        "short": lambda _: b"PK",
        "end alone": lambda _: b"PK\x05\x06" + bytes(18),
        "half": lambda parts: npz.pack_npz(parts.arrays)[:500],
        "tail": lambda parts: npz.pack_npz(parts.arrays)[500:],
    },
)


def member(header: str, data: bytes = bytes(16), version: bytes = b"\x01\x00", length: int | None = None) -> bytes:
    """Return a `.npy` file with this header text."""
    text = header.ljust(117) + "\n"
    return b"\x93NUMPY" + version + struct.pack("<H", len(text) if length is None else length) + text.encode() + data


def plain_header(dtype: str = "'<f8'", order: str = "False", shape: str = "(2,)", more: str = "") -> str:
    return f"{{'descr': {dtype}, 'fortran_order': {order}, 'shape': {shape}, {more}}}"


family(
    "array",
    lambda parts, spread: bytes(parts.dump(packed(members_of(parts) | {"spread.npy": spread}))),
    {
        "objects": npy(np.array([Evil(), Evil()], dtype=object)),
        "object header": member(plain_header("'|O'")),
        "structured": npy(np.zeros(2, dtype=[("a", "<f8")])),
        "structured objects": member(plain_header("[('a', '|O')]")),
        "times": npy(np.zeros(2, dtype="datetime64[us]")),
        "text": npy(np.array(["a", "b"])),
        "raw": npy(np.zeros(2, dtype="V8")),
        "booleans": npy(np.ones(2, dtype=bool)),
        "complex": npy(np.ones(2, dtype=complex)),
        "complex numbers": npy(np.ones(2, dtype=np.complex64)),
        "int32": npy(np.ones(2, dtype=np.int32)),
        "unsigned": npy(np.ones(2, dtype=np.uint64)),
        "big endian": npy(np.ones(2, dtype=">f8")),
        "native": member(plain_header("'=f8'")),
        "subarray": member(plain_header("('<f8', (2,))")),
        "Fortran order": npy(np.asfortranarray(np.ones((2, 2)))),
        "no axes": npy(np.array(1.0)),
        "four axes": npy(np.ones((1, 1, 1, 2))),
        "empty": npy(np.ones(0)),
        "an empty axis and a huge one": member(plain_header(shape="(0, 9999999999)"), b""),
        "huge": member(plain_header(shape="(9999999999,)")),
        "huge product": member(plain_header(shape="(9999999999, 9999999999, 9999999999)")),
        "overflowing": member(plain_header(shape="(4294967296, 4294967296)"), b""),
        "digits without end": member(plain_header(shape=f"({'9' * 50},)")),
        "negative": member(plain_header(shape="(-2,)")),
        "fraction": member(plain_header(shape="(2.0,)")),
        "boolean axis": member(plain_header(shape="(True,)")),
        "shape in text": member(plain_header(shape="'2'")),
        "too few bytes": member(plain_header(), bytes(15)),
        "too many bytes": member(plain_header(), bytes(17)),
        "version 2": member(plain_header(), version=b"\x02\x00"),
        "version 9": member(plain_header(), version=b"\x09\x00"),
        "header length": member(plain_header(), length=60),
        "header length huge": member(plain_header(), length=65535),
        "expression": member("__import__('os').system('id')"),
        "deep expression": member("(" * 60),
        "key more": member(plain_header(more="'x': 1")),
        "key less": member("{'descr': '<f8', 'shape': (2,), }"),
        "other magic": b"\x93NUMPZ" + member(plain_header())[6:],
        "not a number": npy(np.array([1.0, np.nan])),
        "infinite": npy(np.array([1.0, -np.inf])),
        "pickle": pickle.dumps(Evil()),
    },
)


@attack
def one_array_more(parts: Any) -> bytes:
    parts.arrays["more"] = np.arange(3)
    return bytes(parts.dump())


@attack
def no_arrays(parts: Any) -> bytes:
    parts.arrays.clear()
    return bytes(parts.dump())


@attack
def weights_not_finite(parts: Any) -> bytes:
    weights = parts.arrays["weights"].copy()
    weights[1, 3] = np.nan
    data = members_of(parts) | {"weights.npy": npy(weights)}
    parts.arrays["weights"] = weights
    return bytes(parts.dump(packed(data)))


REASONS = {
    "global|stack global|instruction|call": "holds the instruction .*, which is more than data|is damaged",
    "call inside a model": "holds the instruction .*, which is more than data|repeats something other than text",
    "evil|joblib": "which is more than data|is compressed|does not begin|is damaged|is a text file",
    "file: (gzip|zlib|bzip2|xz|lzma|lz4|zstd)": "it is compressed by ",
    "protocol": "it does not begin as a model does|this is a text file, not a model",
    "content: schema (0|-1|10|huge)": "its schema .* this version reads up to 9",
    "content without": "it is a file of another program",
    "key_twice|key_of_meta_twice": "it sets an object twice",
    "one_array_more|no_arrays": "its arrays are not weights, spread, ",
    "block": "its arrays|it is damaged|its array spread|its content does not match",
    "array": "its array spread is ",
}
"""What some attacks are refused for, so that none is refused by accident."""


@pytest.fixture
def canary() -> Iterator[Path]:
    CANARY.unlink(missing_ok=True)
    yield CANARY
    CANARY.unlink(missing_ok=True)


def test_the_attack_set_is_large() -> None:
    assert len(ATTACKS) >= 300


def test_the_canary_would_tell(canary: Path) -> None:
    pickle.loads(global_call(None, "os system"))  # noqa: S301 - shows that the attacks are live
    assert canary.exists()


@pytest.mark.sampled("evil*", "file*", "content*", "protocol*", "global*", "joblib*")
@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused(name: str, parts: Any, read: Any, canary: Path) -> None:
    data = ATTACKS[name](parts)
    with pytest.raises(ModelRefusedError) as caught:
        read(data)
    assert caught.value.exit_code == 76
    text = str(caught.value)
    refused = "this model is refused: [^\n]+; train it again with `forecast train`"
    no_model = r"this is a text file, not a model; forecast from a table with `forecast predict \S+`"
    assert re.fullmatch(rf".*/model\.joblib: ({refused}|{no_model})", text)
    assert plain_pickle.printable(text)
    assert not canary.exists()
    for names, reason in REASONS.items():
        if re.match(f"({names})(:|$)", name):
            assert re.search(reason, text), text


# --- damage ----------------------------------------------------------------------------------------------------------


def refused_or_same(read: Any, data: bytes, digest: str) -> bool:
    """Return whether damaged bytes are refused; where they are read, the content must be the same."""
    try:
        document = read(data)
    except ModelRefusedError:
        return True
    assert document.digest == digest
    return False


every_place = pytest.mark.parametrize("step", [1, 97], ids=["every place", "some places"])


@pytest.mark.slow
@pytest.mark.nightly
@pytest.mark.sampled("some places")
@every_place
def test_every_truncation_is_refused(parts: Any, read: Any, step: int) -> None:
    data = parts.encode()
    assert all(refused_or_same(read, data[:n], "") for n in range(0, len(data), step))


@pytest.mark.slow
@pytest.mark.nightly
@pytest.mark.sampled("some places")
@every_place
def test_a_flipped_bit_of_every_byte_is_refused_or_changes_nothing(parts: Any, read: Any, step: int) -> None:
    data = bytearray(parts.encode())
    digest = read(bytes(data)).digest
    refused, places = 0, range(0, len(data), step)
    for i in places:
        bit = 1 << i % 8
        data[i] ^= bit
        refused += refused_or_same(read, bytes(data), digest)
        data[i] ^= bit
    assert refused > 0.9 * len(places)


def mutant(data: bytes, rng: random.Random) -> bytes:
    """Return data after one to four random changes."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        i, j = sorted(rng.randrange(len(changed)) for _ in range(2))
        kind = rng.randrange(6)
        if kind == 0:
            changed[i] = rng.randrange(256)
        elif kind == 1:
            changed[i:i] = rng.randbytes(rng.randint(1, 8))
        elif kind == 2:
            del changed[i : i + rng.randint(1, 8)]
        elif kind == 3:
            changed[i : i + 4] = rng.choice([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\0\0\0\x80", b"c__b", b"PK\1\2"])
        elif kind == 4:
            changed[i:i] = changed[j : j + 40]
        else:
            changed[i : i + 20], changed[j : j + 20] = changed[j : j + 20], changed[i : i + 20]
    return bytes(changed)


@pytest.mark.sampled("300", slow=())
@pytest.mark.parametrize("count", [300, 3000])
def test_random_mutants_are_refused_or_the_same(parts: Any, read: Any, count: int) -> None:
    data = parts.encode()
    digest = read(data).digest
    rng = random.Random(7)  # noqa: S311 - mutants that stay the same
    refused = sum(refused_or_same(read, mutant(data, rng), digest) for _ in range(count))
    assert refused > 2 * count / 3
