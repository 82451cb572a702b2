"""Groups of sources that share one network: which source belongs to which group, decided once and then kept.

A group is made of the sources of one signature that are new at the same time. Later ones join it and are forecast by
its network as it is. So whether a file is there or not does not change the forecasts of the others.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from forecaster.batch.file_names import checked_name
from forecaster.batch.records import ModelRecord
from forecaster.text import json_value, text_of_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from forecaster.batch.group_signature import SourceDescription

FEWEST_MEMBERS = 2
"""Sources that a group is made of at least: one alone has a model of its own."""


@dataclass(frozen=True)
class GroupRecord:
    """What is known about a group after a run.

    Attributes:
        name: Its name.
        signature: What its members have in common, see `forecaster.batch.group_signature`.
        members: Absolute paths of its sources, sorted.
        series: Names of their series when they became members, sorted.
        model: Its network; None if there is none yet.
        reason: Why that was trained last, in words.
        pending: Why it is to be trained, while that is decided and not done; empty otherwise.
        waiting: What a training waits for; empty if it waits for nothing.
        version: Version of the program that could read the network last.

    """

    name: str
    signature: str
    members: tuple[str, ...]
    series: tuple[str, ...]
    model: ModelRecord | None = None
    reason: str = ""
    pending: str = ""
    waiting: str = ""
    version: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the record as text, numbers and lists."""
        written: dict[str, Any] = json_value(asdict(self))
        return written

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Return the record that `to_dict` wrote.

        Raises:
            KeyError, TypeError, ValueError: It did not write this.

        """
        model = fields["model"]
        return cls(
            **{
                **fields,
                "name": checked_name(fields["name"]),
                "members": tuple(map(text_of_json, fields["members"])),
                "series": tuple(fields["series"]),
                "model": model and ModelRecord.from_dict(model),
            }
        )


def assign_groups(groups: Iterable[GroupRecord], described: Mapping[str, SourceDescription]) -> tuple[GroupRecord, ...]:
    """Return the groups after new sources have joined them or have formed new ones.

    The result does not depend on the order of the sources. A source with a series whose name the group has already
    stays outside.

    Args:
        groups: The groups so far.
        described: The new sources, by their absolute paths.

    """
    known = {group.signature: group for group in groups}
    joining: dict[str, dict[str, SourceDescription]] = {}
    for path, source in sorted(described.items()):
        joining.setdefault(source.signature, {})[path] = source
    result = {group.name: group for group in known.values()}
    for signature, sources in sorted(joining.items()):
        group = known.get(signature)
        if group is None:
            name = _free_name(next(iter(sources.values())).group, result)
            group = GroupRecord(name, signature, (), ())
        group = _with_members(group, sources)
        if len(group.members) >= FEWEST_MEMBERS:
            result[group.name] = group
    return tuple(result.values())


def _with_members(group: GroupRecord, sources: Mapping[str, SourceDescription]) -> GroupRecord:
    """Return a group with those of the sources whose series have names of their own."""
    members, series = [*group.members], {*group.series}
    for path, source in sources.items():
        if source.series and series.isdisjoint(source.series):
            members.append(path)
            series.update(source.series)
    return replace(group, members=tuple(sorted(members)), series=tuple(sorted(series)))


def group_of_paths(groups: Iterable[GroupRecord]) -> dict[str, GroupRecord]:
    """Return the group of each member, by its absolute path."""
    return {path: group for group in groups for path in group.members}


def _free_name(name: str, taken: Mapping[str, GroupRecord]) -> str:
    """Return a name, with a number behind it if another group has it."""
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free
