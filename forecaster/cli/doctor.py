"""`forecast doctor`: what a report of a fault needs to say about an installation, and whether it works."""

from typing import TYPE_CHECKING

from forecaster.cli import options
from forecaster.errors import DONE, SOME_FAILED

if TYPE_CHECKING:
    from forecaster.workflow.installation import Installation


def doctor(*, json: options.Json = False) -> int:
    """Check the installation, for a report of a fault."""
    # Imported here, because help must not load them.
    from forecaster.cli.output import write_standard_output
    from forecaster.workflow.frame_files import as_json
    from forecaster.workflow.installation import examine_installation

    found = examine_installation(_facts_of_terminal())
    lines = [as_json({**found.facts, "problems": list(found.problems)})] if json else _lines(found)
    write_standard_output("".join(f"{line}\n" for line in lines).encode())
    return SOME_FAILED if found.problems else DONE


def _facts_of_terminal() -> dict[str, str]:
    """Return what the standard streams can show."""
    import shutil
    import sys

    from forecaster.cli.terminal import coloured, shows_blocks

    facts = {}
    for name, stream in (("stdout", sys.stdout), ("stderr", sys.stderr)):
        abilities = [word for word, able in (("colours", coloured(stream)), ("blocks", shows_blocks(stream))) if able]
        kind = f"a terminal of {shutil.get_terminal_size().columns} columns" if stream.isatty() else "no terminal"
        facts[name] = ", ".join([kind, str(stream.encoding), *abilities])
    return facts


def _lines(found: "Installation") -> list[str]:
    """Return the facts as lines, the problems at the end."""
    from forecaster.cli.terminal import plain

    width = max(map(len, found.facts)) + 2
    lines = [f"{name:{width}}{plain(text)}" for name, text in found.facts.items()]
    return [*lines, "", *(found.problems or ("No problem was found.",))]
