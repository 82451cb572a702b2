"""`forecast train --update MODEL`: continue a model on newer rows, and say which of the two is better."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecaster.cli.commands_to_type import predict_command
from forecaster.cli.options import DEFAULT_MODEL
from forecaster.cli.train_screen import print_resumption
from forecaster.errors import DONE, SOME_FAILED, UsageError
from forecaster.files.atomic import resolve_links
from forecaster.files.unfinished import sweep_unfinished_files
from forecaster.spec import Specification
from forecaster.workflow import expand_sources
from forecaster.workflow.update import update

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecaster.cli.json_messages import JsonMessages
    from forecaster.cli.messages import Messages
    from forecaster.workflow.update import Update

OF_THE_FIRST_TRAINING = {
    "out": None,
    "require_skill": None,
    "dry_run": False,
    "repair": "safe",
    "plot": None,
    "report": None,
}
"""Options that an update cannot have, with the values that mean that they were not given."""


def update_model(arguments: Mapping[str, Any], messages: Messages | JsonMessages) -> Update:
    """Update a model, as the arguments of `forecast train` say.

    Raises:
        UsageError: An option is given that only a first training has.

    """
    usual = vars(Specification())
    given = [name for name, value in vars(arguments["specification"]).items() if value != usual[name]]
    given += [name for name, value in OF_THE_FIRST_TRAINING.items() if arguments[name] != value]
    if given:
        option = f"--{given[0].replace('_', '-')}"
        raise UsageError(f"{option} cannot be used with --update", "leave it out: the model keeps its own options")
    output = None if arguments["output"] == DEFAULT_MODEL else arguments["output"]
    sweep_unfinished_files(resolve_links(output or arguments["update"]).parent)
    return update(
        arguments["update"],
        expand_sources(arguments["sources"] or (), arguments["files_from"]),
        selection=arguments["selection"],
        output=output,
        jobs=arguments["jobs"],
        resume=arguments["resume"],
        announce_resumption=lambda found: print_resumption(found, messages),
    )


def report_update(done: Update, messages: Messages | JsonMessages) -> int:
    """Print both scores and the decision, and return the exit code, which does not depend on the decision."""
    messages.print_findings(done.findings)
    messages.print_facts([("Update", done.sentence), ("Model", str(done.path) if done.replaced else "")])
    messages.print_failures(done.failed)
    if done.replaced:
        messages.print_next(predict_command(done.path))
    messages.print_elapsed()
    return SOME_FAILED if done.failed else DONE
