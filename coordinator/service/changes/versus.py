"""Two versions of a design side by side, part by part and file by file, whatever is made by them."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Final

from bom.graph import Task
from coordinator.service.changes.comparing import FieldChange, field_changes, task_words
from coordinator.service.changes.recipes import Recipe, opened_version
from coordinator.service.designs.designs import Designs
from coordinator.service.house import View
from core.hashes import sha256_of_file

__all__ = ["PartDifference", "VersusView", "versus"]

_MOST: Final = 200


class PartDifference(View):
    """One part; `change` is changed, added or removed."""

    key: str
    name: str
    kind: str
    change: str
    fields: list[FieldChange]


class VersusView(View):
    """What a version changes of another. Lists are cut at 200; `same` counts the parts that are as they were."""

    from_design_id: int
    to_design_id: int
    licence_before: str | None
    licence_after: str | None
    parts: list[PartDifference]
    same: int
    files_added: list[str]
    files_removed: list[str]
    files_changed: list[str]


def versus(designs: Designs, old_id: int, new_id: int, *, aside: str) -> VersusView:
    """What one design has otherwise than another.

    Args:
        designs: opens both.
        old_id: of the one.
        new_id: of the other.
        aside: a file that counts as no difference.

    Raises:
        UnknownError: there is no such design.
        InputError: one of them cannot be read any more.
    """
    with ExitStack() as stack:
        old, new = opened_version(stack, designs, old_id, 1), opened_version(stack, designs, new_id, 1)
        parts = _parts(old, new)
        before, after = _files(old, aside), _files(new, aside)
    both = before.keys() & after.keys()
    return VersusView(
        from_design_id=old_id,
        to_design_id=new_id,
        licence_before=old.design.licence,
        licence_after=new.design.licence,
        parts=parts[:_MOST],
        same=len(new.graph) - sum(each.change != "removed" for each in parts),
        files_added=sorted(after.keys() - both)[:_MOST],
        files_removed=sorted(before.keys() - both)[:_MOST],
        files_changed=sorted(path for path in both if before[path] != after[path])[:_MOST],
    )


def _parts(old: Recipe, new: Recipe) -> list[PartDifference]:
    """Parts that are otherwise, in the order of the work; those of the old version alone come last."""
    found = []
    for task in new.graph.order():
        known = task.id in old.graph.graph
        fields = _fields(old, new, task) if known else []
        if fields or not known:
            change = "changed" if known else "added"
            found.append(PartDifference(key=task.id, name=task.name, kind=str(task.kind), change=change, fields=fields))
    found += [
        PartDifference(key=task.id, name=task.name, kind=str(task.kind), change="removed", fields=[])
        for task in old.graph.order()
        if task.id not in new.graph.graph
    ]
    return found


def _fields(old: Recipe, new: Recipe, task: Task) -> list[FieldChange]:
    """What is otherwise about a part; that a product is called as its design is no change."""
    named = (old.design.name, new.design.name)
    found = field_changes(task_words(old, old.graph.task(task.id)), task_words(new, task))
    return [each for each in found if each.field != "name" or (each.before, each.after) != named]


def _files(recipe: Recipe, aside: str) -> dict[str, str]:
    """By path, the hash of a file that is there."""
    design = recipe.design
    return {
        each.path: sha256_of_file(design.locate(each.path))
        for each in design.files
        if each.present and each.path != aside
    }
