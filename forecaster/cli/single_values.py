"""Commands that refuse an option of one value that is given more than once, instead of taking the last value."""

from collections import Counter
from typing import Any

import typer
from typer.core import TyperCommand, TyperOption


class CommandOfSingleValues(TyperCommand):
    """A command whose options are given once, unless they may be repeated or are flags."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments, and refuse an option with a value that is given twice.

        Raises:
            BadParameter: With the first such option.

        """
        given = Counter(self.make_parser(ctx).parse_args(args=list(args))[2])
        for option, count in given.items():
            if count > 1 and isinstance(option, TyperOption) and not option.multiple and not option.is_flag:
                raise typer.BadParameter("it takes one value and is given more than once", ctx=ctx, param=option)
        return super().parse_args(ctx, args)
