"""Bytes to text: the encoding that the first bytes state or that all bytes prove, never one that merely fits.

UTF-8 can be proven; a text that is not UTF-8 is read as Windows-1252, with a finding.
"""

from __future__ import annotations

import codecs
import io
from typing import IO

from forecaster.errors import Code, Finding, InputRefusedError, Place, UsageError
from forecaster.reading.tables.archives import CHUNK
from forecaster.reading.tables.content import OPENING
from forecaster.text import shown

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte-order marks; that of UTF-32-LE begins with that of UTF-16-LE."""
FALLBACK = "cp1252"
EAST_ASIAN = ("cp932", "gb18030", "cp949", "big5")
"""Encodings of Japan, China, Korea and Taiwan, which Windows-1252 cannot read; GB 18030 fits many bytes."""
CONTROLS = bytes(sorted(set(range(1, 32)) - set(b"\t\n\v\f\r\x1a\x1b")))
"""Bytes that text does not have, unlike line ends, tabs, the end mark of DOS and the escapes of terminals."""
MOST_CONTROLS = 0.05
"""Share of control characters in a text: a few are slips, many mean that the bytes are something else."""


def as_text(stream: IO[bytes], file: str, encoding: str | None = None) -> tuple[io.TextIOWrapper, list[Finding]]:
    """Return `stream` as text whose line ends are as in the file, and what should be known of its encoding.

    Raises:
        UsageError: There is no encoding of the name.
        InputRefusedError: The bytes are no text, or not in the encoding.

    """
    findings: list[Finding] = []
    opening = stream.read(OPENING)
    if encoding is not None:
        _check_name(encoding)
    else:
        encoding = next((name for mark, name in MARKS if opening.startswith(mark)), None)
    if encoding is not None:
        _verify(stream, file, encoding)
    else:
        _refuse_binary(opening, file)
        encoding, findings = _utf8_or_fallback(stream, file)
    stream.seek(0)
    return io.TextIOWrapper(stream, encoding, newline=""), findings


def _check_name(encoding: str) -> None:
    try:
        io.TextIOWrapper(io.BytesIO(), encoding)
    except (LookupError, ValueError) as error:
        raise UsageError(
            f"there is no encoding {shown(encoding)}", "name one such as utf-8, utf-16-le or cp1252"
        ) from error


def _utf8_or_fallback(stream: IO[bytes], file: str) -> tuple[str, list[Finding]]:
    try:
        _verify(stream, file, "utf-8")
    except InputRefusedError as error:
        if error.code != Code.ENCODING:
            raise
        _verify(stream, file, FALLBACK)
        text = "the text is not UTF-8 from here on and is read as Windows-1252"
        remedy = "name the encoding with --encoding if it is another"
        return FALLBACK, [Finding(Code.ENCODING, text, error.place, remedy)]
    return "utf-8", []


def _verify(stream: IO[bytes], file: str, encoding: str) -> None:
    """Decode all bytes once, and refuse those that cannot be decoded or have a zero character among them."""
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    line, chunk = 1, b"\n"
    while chunk:
        chunk = stream.read(CHUNK)
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeError as error:
            before = error.object[: error.start] if isinstance(error, UnicodeDecodeError) else b""
            label = "UTF-8 or Windows-1252" if encoding == FALLBACK else shown(encoding).upper()
            what = f"the text is not {label}"
            likely = _likely_encodings(chunk) if encoding == FALLBACK else ""
            remedy = f"name its encoding with --encoding{likely}, or save the file as UTF-8"
            place = Place(file, line + (before.count(b"\n") or before.count(b"\r")))
            raise InputRefusedError(what, remedy, place, code=Code.ENCODING) from error
        if (zero := text.find("\0")) >= 0:
            place = Place(file, line + _line_ends(text[:zero]))
            raise InputRefusedError("the text has a zero byte", "write the file again", place, code=Code.BINARY)
        line += _line_ends(text)


def _likely_encodings(chunk: bytes) -> str:
    """Return the encodings of East Asia in which a part of a file is text, for a message."""
    likely = [name for name in EAST_ASIAN if _decodes(chunk, name)]
    return f", as {' or '.join(likely)}" if likely else ""


def _decodes(chunk: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(chunk)
    except UnicodeError:
        return False
    return True


def _line_ends(text: str) -> int:
    return text.count("\n") or text.count("\r")


def _refuse_binary(opening: bytes, file: str) -> None:
    """Refuse UTF-16 that does not say so, which every second byte being zero gives away, and what is no text."""
    even, odd = opening[::2], opening[1::2]
    for name, high, low in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if 2 * high.count(0) > len(high) and 10 * low.count(0) < len(low):
            what = f"this looks like {name.upper()} text without a byte-order mark"
            raise InputRefusedError(what, f"use --encoding {name}", Place(file), code=Code.ENCODING)
    controls = len(opening) - len(opening.translate(None, CONTROLS))
    if controls > MOST_CONTROLS * len(opening):
        raise InputRefusedError("this is not text", "give a CSV file", Place(file), code=Code.BINARY)
