"""Changing the tree: new folders, copy, move, rename, delete, recover."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.simulators.portal.files import MISSING, resource
from tests.simulators.portal.markup import Obj, Value, obj
from tests.simulators.portal.nodes import GeneratedFolder, Node, now
from tests.simulators.portal.places import VERSIONS, Place, locate
from tests.simulators.portal.state import Call, Portal, PortalError
from tests.simulators.portal.tasks import Task, TaskFailed, Work

DENIED, CONFLICT, EXISTS = "PermissionDenied", "Conflict", "FileWithTheSameNameExist"
INVALID, RESERVED = "InvalidName", "ReservedName"
QUOTA = "Portal is out of quota"  # a choice: what a copy says is not known, so it says what an upload does
FORBIDDEN_CHARACTERS = frozenset('\\/:?&<>"|')  # those that the SDK refuses in uploads


def name_problem(name: str) -> str | None:
    """Find what is wrong with a new name. That `&` is refused by the portal too is a choice."""
    if not name.strip() or name in (".", "..") or FORBIDDEN_CHARACTERS & set(name):
        return INVALID
    return RESERVED if name == VERSIONS else None


def make_collection(portal: Portal, call: Call) -> Value:
    """Answer `makeCollection`: the outcome is a word, always with status 200."""
    wanted = call.fields()
    name, above = wanted.text("name"), call.viewer.parts(wanted.text("parentPath"))
    parent = locate(call.viewer, above) if above is not None else None
    if above is None or parent is None or not parent.is_dir:
        return MISSING
    problem = name_problem(name)
    if problem != RESERVED and locate(call.viewer, (*above, name)) is not None:
        return EXISTS
    if problem:
        return problem
    if not holds(parent):
        return DENIED
    assert parent.node is not None
    parent.node.add(Node(name, is_dir=True, modified=now()))
    return "Ok"


def holds(place: Place) -> bool:
    """Whether entries can be put into a folder by its viewer."""
    return place.writable and place.node is not None and not isinstance(place.node, GeneratedFolder)


def removable(place: Place) -> bool:
    """Whether an entry can be moved or deleted: a cloud folder, a share or a container cannot (a choice)."""
    return place.writable and place.scope == "InsideCloudFolder"


def _start(portal: Portal, call: Call, work: Work) -> str:
    session = call.session
    tenant_uid = session.tenant.uid if session.tenant else 0
    task = Task(call.names[0], session.account.name, session.account.uid, tenant_uid)
    return portal.task_list.start(task, work)


def status(portal: Portal, call: Call) -> Value:
    """Answer a poll, by method in a Team Portal and by GET in global administration."""
    reference = call.text() or call.path
    number = reference.rpartition("/")[2]
    task = portal.task_list.tasks.get(int(number)) if number.isdecimal() else None
    # A choice: one account's tasks do not exist for another.
    if task is None or task.account != call.session.account.name:
        raise PortalError(404, "Task not found")
    portal.task_list.look(task)
    return task.describe()


def cursor(call: Call, href: str, destination: str = "", existing: Place | None = None) -> Obj:
    """Say where a task stopped, so that the SDK can name the file and go on from it."""
    source = call.place(href)
    return obj(
        "ResourceActionCursor",
        upperLevelUrl=href,
        srcResource=resource(call.viewer, source) if source else obj("ResourceInfo", href=href),
        destResource=resource(call.viewer, existing) if existing else obj("ResourceInfo", href=destination or href),
    )


def copy_resources(portal: Portal, call: Call) -> Value:
    """Start copying."""
    return _start(portal, call, lambda task: Transfer(call, task, move=False).run())


def move_resources(portal: Portal, call: Call) -> Value:
    """Start moving or renaming, which are the same thing."""
    return _start(portal, call, lambda task: Transfer(call, task, move=True).run())


def delete_resources(portal: Portal, call: Call) -> Value:
    """Start deleting."""
    return _start(portal, call, lambda task: _delete(call, task))


def restore_resources(portal: Portal, call: Call) -> Value:
    """Start recovering."""
    return _start(portal, call, lambda task: _restore(call, task))


def _addresses(call: Call, task: Task) -> list[tuple[str, str]]:
    pairs = [(one.text("src"), one.text("dest")) for one in call.fields().objs("urls")]
    task.total = len(pairs)
    return pairs


def _missing(call: Call, href: str) -> TaskFailed:
    name = (call.viewer.parts(href) or ("",))[-1]
    return TaskFailed(f"Resource, {name} , doesn't exist.", cursor=cursor(call, href))


def _delete(call: Call, task: Task) -> Iterator[None]:
    """Delete one after the other: what was deleted before a failure stays deleted."""
    for href, _ in _addresses(call, task):
        place = call.place(href)
        if place is None or place.node is None:
            raise _missing(call, href)
        if not removable(place):
            raise TaskFailed(DENIED, DENIED, cursor(call, href))
        place.node.delete()
        task.processed += 1
        yield


def _restore(call: Call, task: Task) -> Iterator[None]:
    for href, _ in _addresses(call, task):
        parts = call.viewer.parts(href) or ()
        parent = locate(call.viewer, parts[:-1])
        node = parent.node.trash.get(parts[-1]) if parts and parent and parent.node else None
        if parent is None or parent.node is None or node is None:
            raise _missing(call, href)
        if not parent.writable:
            raise TaskFailed(DENIED, DENIED, cursor(call, href))
        if node.name in parent.node.children:
            raise TaskFailed(EXISTS, CONFLICT, cursor(call, href))
        node.restore()
        task.processed += 1
        yield


@dataclass(slots=True)
class Resolution:
    """How conflicts are resolved in a continued task: one handler for all, or one for the entry it stopped at."""

    everywhere: str = ""
    first: str = ""
    start: str = ""

    @classmethod
    def read(cls, cursor_sent: Obj | None) -> Resolution:
        """Read the cursor that the SDK sends back."""
        if cursor_sent is None:
            return cls()
        rules = cursor_sent.objs("fileMoveConflictResolutaion")  # the wire's spelling
        source = cursor_sent.obj("srcResource")
        return cls(
            everywhere=rules[0].text("handler") if rules else "",
            first=cursor_sent.text("skipHandler"),
            start=source.text("href") if source else "",
        )

    def remaining(self, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Leave out what was done before the task stopped."""
        sources = [source for source, _ in pairs]
        return pairs[sources.index(self.start) :] if self.start in sources else pairs

    def handler(self) -> str:
        """How to resolve the conflict at hand; nothing: stop."""
        chosen, self.first = self.everywhere or self.first, ""
        return chosen


class Transfer:
    """One copy or move of several entries; it is not atomic: what was done before a failure stays."""

    def __init__(self, call: Call, task: Task, *, move: bool) -> None:
        self._call = call
        self._task = task
        self._move = move
        self._resolution = Resolution.read(call.fields().obj("startFrom"))

    def run(self) -> Iterator[None]:
        """Transfer every pair."""
        for source, destination in self._resolution.remaining(_addresses(self._call, self._task)):
            self._one(source, destination)
            self._task.processed += 1
            yield

    def _one(self, source: str, destination: str) -> None:
        call = self._call
        found = call.place(source)
        if found is None or found.node is None:
            raise _missing(call, source)
        parts = call.viewer.parts(destination) or ("",)
        folder = locate(call.viewer, parts[:-1])
        if folder is None or not folder.is_dir:
            raise TaskFailed(MISSING, cursor=cursor(call, source, destination))
        problem = self._objection(found, folder, parts[-1])
        if problem:
            raise TaskFailed(problem, problem, cursor(call, source, destination))
        assert folder.node is not None
        self._place(found.node, folder, self._free_name(found, folder, parts[-1]))

    def _objection(self, found: Place, folder: Place, name: str) -> str | None:
        if not holds(folder) or (self._move and not removable(found)):
            return DENIED
        if not self._move and self._call.session.tenant and self._call.session.tenant.full:
            return QUOTA
        inside = found.node is not None and folder.node is not None and folder.node.is_within(found.node)
        return INVALID if inside else name_problem(name)

    def _free_name(self, found: Place, folder: Place, name: str) -> str:
        """The name to use; empty where the entry is to be skipped."""
        assert folder.node is not None
        existing = folder.node.child(name)
        if existing is None:
            return name
        handler = self._resolution.handler()
        if handler == "Skip":
            return ""
        if handler == "Override" and existing is not found.node:
            existing.delete()
            return name
        if handler == "Rename":
            return _numbered(folder.node, name)
        self._conflict(found, folder, name)
        return ""

    def _conflict(self, found: Place, folder: Place, name: str) -> None:
        viewer = self._call.viewer
        at = (*folder.parts, name)
        stop = cursor(self._call, viewer.href(found.parts), viewer.href(at), locate(viewer, at))
        raise TaskFailed(EXISTS, CONFLICT, stop)

    def _place(self, node: Node, folder: Place, name: str) -> None:
        if not name:
            return
        assert folder.node is not None
        if not self._move:
            folder.node.add(node.clone(name))
            return
        node.discard()
        node.name = name
        folder.node.add(node)


def _numbered(folder: Node, name: str) -> str:
    """Find a free name. The portal appends a date; the simulator counts, so that tests can foresee it (a choice)."""
    stem, dot, extension = name.rpartition(".")
    stem, extension = (stem, dot + extension) if stem else (name, "")
    number = 1
    while folder.child(f"{stem} ({number}){extension}") is not None:
        number += 1
    return f"{stem} ({number}){extension}"
