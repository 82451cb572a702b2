"""The names of everything that the program refuses or tells, as its sources state them."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
CODE = re.compile("[A-Z]+(-[A-Z]+)*")
POSITIONS = {"Finding": 0, "Reason": 2, "Failure": 2, "refusal": 3, "refusal_of": 3}
"""Where the code stands among the arguments, where it is no keyword."""
KINDS = {"Finding": "findings", "Failure": "failures"}
"""What a call makes; all others make errors."""


@dataclass(frozen=True)
class Module:
    """A file of the package.

    Attributes:
        calls: Every call in it.
        names: What each name may stand for, and with `=` behind it what it is by default.
        imported: The modules of the names that it imports.

    """

    calls: list[ast.Call]
    names: defaultdict[str, list[ast.expr]]
    imported: dict[str, str]


def codes() -> dict[str, set[str]]:
    """Return the codes of errors, of findings and of failures in batches."""
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): parsed(path)
        for path in sorted((ROOT / "forecaster").rglob("*.py"))
    }
    found: dict[str, set[str]] = {"errors": set(), "findings": set(), "failures": set()}
    for where, module in modules.items():
        for call in module.calls:
            called = getattr(call.func, "id", getattr(call.func, "attr", ""))
            for argument in stated(call, called):
                found[KINDS.get(called, "errors")] |= meant(argument, where, modules)
        for default in module.names["code="]:
            found["errors"] |= meant(default, where, modules)
    return found


def parsed(path: Path) -> Module:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names: defaultdict[str, list[ast.expr]] = defaultdict(list)
    for name, value in (pair for node in nodes for pair in named(node, nodes)):
        names[name].append(value)
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    imported = {each.name: node.module or "" for node in imports for each in node.names}
    return Module([node for node in nodes if isinstance(node, ast.Call)], names, imported)


def named(node: ast.AST, nodes: list[ast.AST]) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names to which a node gives a value; one taken out of a tuple may be of any as long as that."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            yield name, value
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            yield f"{name}=", value
        case ast.arguments(kwonlyargs=arguments, kw_defaults=defaults):
            yield from ((f"{each.arg}=", value) for each, value in zip(arguments, defaults, strict=True) if value)
        case ast.Tuple(elts=targets, ctx=ast.Store()):
            others = [each.elts for each in nodes if isinstance(each, ast.Tuple) and isinstance(each.ctx, ast.Load)]
            pairs = [
                pair for other in others if len(other) == len(targets) for pair in zip(targets, other, strict=True)
            ]
            yield from ((target.id, value) for target, value in pairs if isinstance(target, ast.Name))


def stated(call: ast.Call, called: str) -> list[ast.expr]:
    """Return the argument of a call that is a code, if there is one."""
    keywords = [each.value for each in call.keywords if each.arg == "code"]
    place = POSITIONS.get(called, len(call.args))
    return keywords or call.args[place : place + 1]


def meant(node: ast.expr, where: str, modules: dict[str, Module]) -> set[str]:
    """Return the codes that an expression in the module `where` may stand for."""
    module = modules.get(where)
    match node:
        case ast.Constant(value=str(text)) if CODE.fullmatch(text):
            return {text}
        case ast.IfExp(body=body, orelse=other):
            return meant(body, where, modules) | meant(other, where, modules)
        case ast.Name(id=name) if module and name in module.imported:
            return meant(node, module.imported[name], modules)
        case ast.Name(id=name) if module:
            values = [value for value in module.names[name] if not isinstance(value, ast.Name) or value.id != name]
            return {code for value in values for code in meant(value, where, modules)}
    return set()
