"""How commands parse and explain themselves: a single value is given once, and help has panels and examples."""

from collections import Counter
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from forecaster.cli.completion import TYPED
from forecaster.cli.help_screen import command_help, group_help, mark_short_help
from forecaster.cli.usage_errors import UnknownCommandError

Examples = tuple[tuple[str, str], ...]
"""Commands to type, each with what it is for."""


class Command(TyperCommand):
    """A command whose options are given once, unless they may be repeated or are flags."""

    examples: Examples = ()

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments, and refuse an option with a value that is given twice.

        Raises:
            BadParameter: With the first such option.

        """
        mark_short_help(ctx, args)
        ctx.meta[TYPED] = list(args)
        given = Counter(self.make_parser(ctx).parse_args(args=list(args))[2])
        for option, count in given.items():
            if count > 1 and isinstance(option, TyperOption) and not option.multiple and not option.is_flag:
                raise typer.BadParameter("it takes one value and is given more than once", ctx=ctx, param=option)
        return super().parse_args(ctx, args)

    def get_help(self, ctx: Any) -> str:
        """Return the help, with the options in panels."""
        return command_help(self, ctx, self.examples)


class Program(TyperGroup):
    """The group of all commands."""

    examples: Examples = ()
    notes: tuple[str, ...] = ()

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments up to the name of the command."""
        mark_short_help(ctx, args[:1])
        ctx.meta[TYPED] = list(args)
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Return the command that is named; `help` before it shows its help.

        Raises:
            UnknownCommandError: There is no such command.

        """
        if args[0] == "help":
            named = args[1:2] if args[1:2] and args[1] in self.commands else []
            if not named:
                typer.echo(self.get_help(ctx))
                raise typer.Exit
            args = [*named, "--help"]
        if args[0] not in self.commands and not ctx.resilient_parsing:
            raise UnknownCommandError(args, self.commands)
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: Any) -> str:
        """Return the help: commands, examples, and what holds for all of them."""
        return group_help(ctx, self.help or "", self.examples, self.notes)


def command_with(examples: Examples) -> type[Command]:
    """Return the class of a command with these examples."""
    return type("Command", (Command,), {"examples": examples})
