"""Collect every remedy that the program can print, by reading the source of the package.

A remedy is the argument or the field called `remedy`, of errors, findings, and of the functions and records that hand
it on. Its text is found through constants, local names and functions of the module; each expression within an f-string
is written as `{}`.
"""

from __future__ import annotations

import ast
import re
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).parents[2] / "forecaster"
SUBCLASS = re.compile(r"^class \w+\(", re.MULTILINE)
Scope = ast.FunctionDef | ast.Module


class Trees(dict[str, ast.Module]):
    """The modules of the package, each parsed when it is first needed."""

    def __init__(self, texts: dict[str, str]) -> None:
        """Keep the text of each module."""
        super().__init__()
        self.texts = texts

    def __missing__(self, name: str) -> ast.Module:
        """Parse a module."""
        self[name] = ast.parse(self.texts[name])
        return self[name]


class Source:
    """The modules of the package, and where their functions and classes take a remedy."""

    def __init__(self) -> None:
        """Read all modules."""
        paths = sorted(PACKAGE.rglob("*.py"))
        self.texts = {_name_of(path): path.read_text(encoding="utf-8") for path in paths}
        self.modules = Trees(self.texts)
        self.positions = self._positions()

    def remedies(self) -> set[tuple[str, str]]:
        """Return the module and the text of each remedy."""
        found = set()
        takes_remedy = ("remedy=", *(f"{name}(" for name in self.positions))
        for module, source in self.texts.items():
            if not any(each in source for each in takes_remedy):
                continue  # a walk through a module takes time
            tree = self.modules[module]
            for call, function in _calls(tree):
                expression = self._remedy_of(call)
                if expression is not None:
                    texts = self._texts(expression, module, function or tree)
                    found |= {(module, text) for text in texts if text.strip("{}")}
        return found

    def _positions(self) -> dict[str, int]:
        """Return which argument is the remedy, by the name of the function or class; methods do not count `self`."""
        positions = {}
        classes: dict[str, list[str]] = {}
        for module, source in self.texts.items():
            if "remedy" not in source and not SUBCLASS.search(source):
                continue
            for node in self.modules[module].body:
                if isinstance(node, ast.ClassDef):
                    classes[node.name] = [base.id for base in node.bases if isinstance(base, ast.Name)]
                    fields = [each.target.id for each in node.body if isinstance(each, ast.AnnAssign)]  # type: ignore[union-attr] - fields have plain names
                    if "remedy" in fields:
                        positions[node.name] = fields.index("remedy")
                    for each in node.body:
                        names = _parameters(each)
                        if "remedy" in names:
                            key = node.name if each.name == "__init__" else each.name  # type: ignore[attr-defined] - a function
                            positions[key] = names.index("remedy") - 1
                elif isinstance(node, ast.FunctionDef) and "remedy" in _parameters(node):
                    positions[node.name] = _parameters(node).index("remedy")
        while more := {name for name, bases in classes.items() if name not in positions and {*bases} & {*positions}}:
            positions |= {name: next(positions[base] for base in classes[name] if base in positions) for name in more}
        return positions

    def _remedy_of(self, call: ast.Call) -> ast.expr | None:
        """Return the remedy that a call is given."""
        name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        named = [each.value for each in call.keywords if each.arg == "remedy"]
        if named:
            return named[0]
        place = self.positions.get(name, len(call.args))
        return call.args[place] if place < len(call.args) else None

    def _texts(  # noqa: C901, PLR0911, PLR0912 - one case for each kind of expression
        self, node: ast.expr, module: str, scope: Scope
    ) -> list[str]:
        """Return the texts that an expression can be; none if another place of the source decides.

        Raises:
            TypeError: The expression is of a kind that cannot be read here: write the remedy in a plainer way.

        """
        match node:
            case ast.Constant(value=str(text)):
                return [text]
            case ast.JoinedStr():
                return self._joined([_piece(each) for each in node.values], module, scope)
            case ast.BinOp(op=ast.Add()):
                return self._joined([node.left, node.right], module, scope)
            case ast.IfExp():
                return [*self._texts(node.body, module, scope), *self._texts(node.orelse, module, scope)]
            case ast.Name():
                return self._texts_of_name(node.id, module, scope)
            case ast.Attribute(value=ast.Name(id=name), attr="remedy") if name.isupper():
                return [text for each in self._values(name, module, scope) for text in self._texts(each, module, scope)]
            case ast.Attribute(attr="remedy") | ast.Call(args=[ast.Attribute(attr="remedy")]):
                return []  # another place decides; it may be reworded here
            case ast.Call() if (inner := self._remedy_of(node)) is not None:
                return self._texts(inner, module, scope)
            case ast.Call(func=ast.Name(id=name)) if (home := self._home(name, module)) is not None:
                function = _function(self.modules[home], name)
                return [text for each in _returned(function) for text in self._texts(each, home, function)]
            case ast.Call(func=ast.Attribute(value=ast.Constant(), attr="join")):
                return self._texts(node.args[0], module, scope)
            case ast.GeneratorExp() | ast.ListComp():
                return self._texts(node.elt, module, scope)
            case ast.Call(func=ast.Name(id="filter")):
                return self._texts(node.args[1], module, scope)
            case ast.BoolOp():
                return [text for each in node.values for text in self._texts(each, module, scope)]
            case ast.List() | ast.Tuple():
                return [text for each in node.elts for text in self._texts(each, module, scope)]
            case ast.Starred():
                return self._texts(node.value, module, scope)
            case ast.Subscript(value=ast.Name(id=name)):
                table = self._values(name, module, scope)[0]
                assert isinstance(table, ast.Dict)
                return [text for each in table.values for text in self._texts(each, module, scope)]
        raise TypeError(f"{module}:{node.lineno}: this remedy cannot be read: {ast.unparse(node)}")

    def _home(self, name: str, module: str) -> str | None:
        """Return the module with the function of a name that a module calls: itself, or the one it imports it from."""
        if _function(self.modules[module], name) is not None:
            return module
        for node in ast.walk(self.modules[module]):
            if isinstance(node, ast.ImportFrom) and any(alias.name == name for alias in node.names):
                home = str(node.module).removeprefix("forecaster.")
                return home if home in self.texts and _function(self.modules[home], name) is not None else None
        return None

    def _joined(self, parts: list[ast.expr], module: str, scope: Scope) -> list[str]:
        """Return what the parts make one after the other."""
        return ["".join(each) for each in product(*(self._part(part, module, scope) for part in parts))]

    def _part(  # noqa: PLR0911 - one case for each kind of expression
        self, node: ast.expr, module: str, scope: Scope
    ) -> list[str]:
        """Return what a part of a text can be: `{}` unless it is a text of the source."""
        if isinstance(node, ast.Constant):
            return [str(node.value)]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and _has_text(node):
            return self._joined([node.left, node.right], module, scope)
        if isinstance(node, ast.IfExp):
            return [*self._part(node.body, module, scope), *self._part(node.orelse, module, scope)]
        if isinstance(node, ast.JoinedStr):
            return self._texts(node, module, scope)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and isinstance(node.left, ast.Constant):
            return ["", str(node.left.value)]
        if isinstance(node, ast.Name) and (node.id.isupper() or node.id == "remedy"):
            values = self._values(node.id, module, scope)
            if all(isinstance(each, ast.Constant | ast.JoinedStr | ast.BinOp | ast.IfExp) for each in values):
                return [text for each in values for text in self._texts(each, module, scope)] or ["{}"]
        return ["{}"]

    def _texts_of_name(self, name: str, module: str, scope: Scope) -> list[str]:
        """Return the texts of a name; none for a parameter, which callers give."""
        if isinstance(scope, ast.FunctionDef) and _is_added_to(scope, name):
            reached: list[str] = []
            self._follow(scope.body, name, [], reached, module, scope)
            return reached
        return [text for each in self._values(name, module, scope) for text in self._texts(each, module, scope)]

    def _follow(  # noqa: PLR0917 - where the block stands, and what is known of the name
        self, block: list[ast.stmt], name: str, texts: list[str], reached: list[str], module: str, scope: Scope
    ) -> list[str]:
        """Return what a name can be behind a block of statements; keep in `reached` what it is where it is used."""
        for statement in block:
            inner = [each for field in ("body", "orelse") for each in [getattr(statement, field, [])] if each]
            if inner:
                ways = [self._follow(each, name, texts, reached, module, scope) for each in inner]
                texts = [*dict.fromkeys(text for way in (texts, *ways) for text in way)]
                continue
            uses = [each for each in ast.walk(statement) if isinstance(each, ast.Name) and each.id == name]
            assigned = list(_assigned(statement, name))
            if assigned:
                chosen = [each for value in assigned for each in self._chosen(value, module, scope)]
                texts = [text for each in chosen for text in self._texts(each, module, scope)]
            elif isinstance(statement, ast.AugAssign) and uses:
                texts = [f"{one}{more}" for one in texts for more in self._part(statement.value, module, scope)]
            elif uses:
                reached += texts
        return texts

    def _values(self, name: str, module: str, scope: Scope) -> list[ast.expr]:
        """Return the expressions that are assigned to a name: in its function, else in its module, or another one."""
        values = [value for value in _assigned(scope, name) if value is not None]
        tree = self.modules[module]
        if values or (isinstance(scope, ast.FunctionDef) and name in _parameters(scope)):
            return [each for value in values for each in self._chosen(value, module, scope)]
        values = [value for value in _assigned(tree, name) if value is not None]
        if values:
            return [each for value in values for each in self._chosen(value, module, tree)]
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and any(alias.name == name for alias in node.names):
                return self._values(
                    name,
                    str(node.module).removeprefix("forecaster."),
                    self.modules[str(node.module).removeprefix("forecaster.")],
                )
        return []

    def _chosen(self, value: tuple[ast.expr, int] | ast.expr, module: str, scope: Scope) -> Iterator[ast.expr]:
        """Yield a value, or the element at its place of each tuple that it can be."""
        if isinstance(value, ast.expr):
            yield value
            return
        whole, place = value
        if isinstance(whole, ast.Tuple):
            yield whole.elts[place]
        elif isinstance(whole, ast.Call) and isinstance(whole.func, ast.Name):
            function = _function(self.modules[module], whole.func.id)
            returned = _returned(function) if function else []
            yield from (each.elts[place] for each in returned if isinstance(each, ast.Tuple))
        elif isinstance(whole, ast.Name):
            for each in self._values(whole.id, module, scope):
                rows = (
                    each.elts
                    if isinstance(each, ast.Tuple)
                    and each.elts
                    and all(isinstance(row, ast.Tuple) for row in each.elts)
                    else [each]
                )
                for row in rows:
                    yield from self._chosen((row, place), module, scope)


def _has_text(node: ast.expr) -> bool:
    return any(isinstance(each, ast.Constant) and isinstance(each.value, str) for each in ast.walk(node))


def _piece(node: ast.expr) -> ast.expr:
    """Return the text or the expression of a piece of an f-string."""
    return node.value if isinstance(node, ast.FormattedValue) else node


def _name_of(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


def _parameters(node: ast.AST) -> list[str]:
    """Return the names of the parameters of a function."""
    return [each.arg for each in node.args.args] if isinstance(node, ast.FunctionDef) else []


def _calls(tree: ast.Module) -> Iterator[tuple[ast.Call, ast.FunctionDef | None]]:
    """Yield each call with the function around it."""
    left: list[tuple[ast.AST, ast.FunctionDef | None]] = [(tree, None)]
    while left:
        node, function = left.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Call):
                yield child, function
            left.append((child, child if isinstance(child, ast.FunctionDef) else function))


def _function(tree: ast.Module, name: str) -> ast.FunctionDef | None:
    return next((each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef) and each.name == name), None)


def _returned(function: ast.FunctionDef) -> list[ast.expr]:
    return [each.value for each in ast.walk(function) if isinstance(each, ast.Return) and each.value is not None]


def _is_added_to(scope: ast.FunctionDef, name: str) -> bool:
    """Return whether a function makes a text longer that it has given a name."""
    added = [each.target for each in ast.walk(scope) if isinstance(each, ast.AugAssign)]
    return any(isinstance(each, ast.Name) and each.id == name for each in added)


def _assigned(scope: ast.AST, name: str) -> Iterator[tuple[ast.expr, int] | ast.expr]:
    """Yield what a name is assigned: an expression, or one with the place in it."""
    nodes = scope.body if isinstance(scope, ast.Module) else ast.walk(scope)
    for node in nodes:
        match node:
            case ast.Assign(targets=[target], value=value) | ast.NamedExpr(target=target, value=value):
                yield from _matched(target, value, name)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                yield from _matched(target, value, name)
            case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
                yield from _matched(target, value, name)


def _matched(target: ast.expr, value: ast.expr, name: str) -> Iterator[tuple[ast.expr, int] | ast.expr]:
    if isinstance(target, ast.Name) and target.id == name:
        yield value
    elif isinstance(target, ast.Tuple):
        for place, each in enumerate(target.elts):
            if isinstance(each, ast.Name) and each.id == name:
                yield value, place


if __name__ == "__main__":
    for module, text in sorted(Source().remedies()):
        print(f"{module}: {text}")  # noqa: T201
