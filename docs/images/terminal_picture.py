"""Run a command in a pseudo-terminal, and write its screen as an SVG picture.

    python docs/images/terminal_picture.py docs/images/predict.svg 96x30 forecast predict ...

rich draws the picture; its fonts are those of the reader, so that the file loads nothing.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import shlex
import struct
import sys
import termios
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

FONT_FACES = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
ERASED = re.compile(r"[^\n]*\r(?!\n)|\x1b\[[0-9;?]*[A-HJKSTf-ln-z]")
"""What a progress bar wrote and erased again."""
THEME = TerminalTheme(
    (24, 26, 31),
    (220, 223, 228),
    [
        *((60, 64, 72), (224, 108, 117), (152, 195, 121), (229, 192, 123)),
        *((97, 175, 239), (214, 120, 230), (86, 182, 194), (220, 223, 228)),
    ],
)


def screen_of(command: list[str], columns: int, rows: int) -> str:
    """Return what a command prints on a terminal of this size, with its colours."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ |= {"COLUMNS": str(columns), "LINES": str(rows), "TERM": "xterm-256color", "CI": "1"}
        os.execvp(command[0], command)  # noqa: S606 - the command that the caller names
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    parts = []
    try:
        while part := os.read(terminal, 2**16):
            parts.append(part)
    except OSError:  # the command has ended
        pass
    os.waitpid(child, 0)
    return ERASED.sub("", b"".join(parts).decode().replace("\r\n", "\n"))


def main() -> None:
    """Write the picture."""
    path, size, *command = sys.argv[1:]
    columns, rows = map(int, size.split("x"))
    console = Console(record=True, width=columns, file=Path(os.devnull).open("w"), force_terminal=True)  # noqa: SIM115 - as long as the process
    console.print(f"[bold]$[/bold] {shlex.join(command)}", highlight=False)
    console.print(Text.from_ansi(screen_of(command, columns, rows)), soft_wrap=True)
    svg = console.export_svg(title="forecast", theme=THEME)
    svg = re.sub("<!--.*?-->", "", FONT_FACES.sub("", svg), flags=re.DOTALL).replace(
        "font-family: Fira Code", "font-family: Menlo, Consolas"
    )
    Path(path).write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
