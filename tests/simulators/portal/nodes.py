"""The tree of files and folders of one cloud folder: content, history, what was deleted and can come back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

EPOCH = datetime(2026, 1, 5, 8, 0, 0, tzinfo=UTC)
_ids = count(1001)


def now() -> datetime:
    """The time that new files, versions and tasks get."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(slots=True)
class Version:
    """An earlier content of a file and the time from which it counted."""

    since: datetime
    content: bytes


@dataclass(slots=True, eq=False)
class Node:
    """One file or folder. A deleted child moves to `trash`, where a newer one of its name replaces it."""

    name: str
    is_dir: bool
    content: bytes = b""
    size: int = 0
    modified: datetime = EPOCH
    parent: Node | None = None
    children: dict[str, Node] = field(default_factory=dict)
    trash: dict[str, Node] = field(default_factory=dict)
    history: list[Version] = field(default_factory=list)
    file_id: int = field(default_factory=lambda: next(_ids))

    @property
    def deleted(self) -> bool:
        """Whether this entry, or a folder above it, is in the trash."""
        node = self
        while node.parent is not None:
            if node.parent.trash.get(node.name) is node:
                return True
            node = node.parent
        return False

    def read(self) -> bytes:
        """The content; files that were given only a size get text that names them, repeated to that size."""
        if len(self.content) != self.size:
            line = f"{self.name} line\n".encode()
            self.content = (line * (self.size // len(line) + 1))[: self.size]
        return self.content

    def write(self, content: bytes, at: datetime) -> None:
        """Replace the content and keep the old one as a version."""
        self.history.append(Version(self.modified, self.read()))
        self.content, self.size, self.modified = content, len(content), at

    def child(self, name: str, *, deleted: bool = False) -> Node | None:
        """Find an entry by its exact name; names are compared byte for byte (a choice: no normalisation)."""
        found = self.children.get(name)
        return self.trash.get(name) if found is None and deleted else found

    def entries(self, *, deleted: bool = False) -> Sequence[Node]:
        """All entries in listing order: by name, a deleted one behind its living namesake (a choice)."""
        nodes = [*self.children.values(), *self.trash.values()] if deleted else list(self.children.values())
        return sorted(nodes, key=lambda node: node.name)

    def add(self, child: Node) -> Node:
        """Put a node into this folder."""
        child.parent = self
        self.children[child.name] = child
        return child

    def discard(self) -> None:
        """Take this node out of its folder for good."""
        if self.parent is not None and self.parent.children.get(self.name) is self:
            del self.parent.children[self.name]

    def delete(self) -> None:
        """Move this node to its folder's trash."""
        self.discard()
        if self.parent is not None:
            self.parent.trash[self.name] = self

    def restore(self) -> None:
        """Bring this node back from the trash; the caller has checked that the name is free."""
        if self.parent is not None:
            self.parent.trash.pop(self.name, None)
            self.parent.children[self.name] = self

    def walk(self) -> Iterator[Node]:
        """All living entries below this folder, nearest first."""
        folders = [self]
        while folders:
            following: list[Node] = []
            for folder in folders:
                for node in folder.entries():
                    yield node
                    if node.is_dir:
                        following.append(node)
            folders = following

    def stored(self) -> Iterator[Node]:
        """All living entries below that are really stored: generated ones would cost time and say nothing."""
        for node in self.children.values():
            yield node
            yield from node.stored()

    def is_within(self, other: Node) -> bool:
        """Whether this node is `other` or lies below it."""
        node: Node | None = self
        while node is not None and node is not other:
            node = node.parent
        return node is other

    def clone(self, name: str) -> Node:
        """Copy this node and what it holds, without history and trash (a choice)."""
        twin = Node(name, self.is_dir, content=self.read(), size=self.size, modified=self.modified)
        for child in self.entries():
            twin.add(child.clone(child.name))
        return twin


class GeneratedEntries(Sequence[Node]):
    """The entries of a generated folder, made one by one when somebody looks."""

    def __init__(self, folder: GeneratedFolder) -> None:
        self._folder = folder

    def __len__(self) -> int:
        """How many there are."""
        return self._folder.count

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        """One entry or a slice of them."""
        if isinstance(index, slice):
            return [self._folder.entry(i) for i in range(*index.indices(len(self)))]
        return self._folder.entry(range(len(self))[index])


@dataclass(slots=True, eq=False)
class GeneratedFolder(Node):
    """A folder of very many files that exist only while somebody looks; nothing can be written to it."""

    count: int = 0

    def entry(self, index: int) -> Node:
        """Make the file with this number."""
        name = f"item-{index:06}.txt"
        size = 100 + index % 900
        return Node(name, is_dir=False, size=size, parent=self, file_id=10_000_000 + index)

    def child(self, name: str, *, deleted: bool = False) -> Node | None:
        """Find a file by its number."""
        digits = name.removeprefix("item-").removesuffix(".txt")
        index = int(digits) if digits.isdecimal() else self.count
        return self.entry(index) if index < self.count and name == f"item-{index:06}.txt" else None

    def entries(self, *, deleted: bool = False) -> Sequence[Node]:
        """All files, by number."""
        return GeneratedEntries(self)


@dataclass(frozen=True, slots=True)
class Deleted:
    """Marks an entry of a blueprint that is in the trash from the start."""

    what: Blueprint


@dataclass(frozen=True, slots=True)
class Generated:
    """Marks a folder of a blueprint with that many generated files."""

    count: int


Blueprint = dict[str, "Blueprint"] | int | str | Deleted | Generated
"""What a tree is grown from: a mapping is a folder, a number a file of that size, a text a file with that text."""


def grow(name: str, plan: Blueprint, age: int = 0) -> Node:
    """Build a node from a blueprint; entries differ in time so that a mix-up of metadata shows."""
    modified = EPOCH + timedelta(minutes=age)
    if isinstance(plan, Generated):
        return GeneratedFolder(name, is_dir=True, modified=modified, count=plan.count)
    if isinstance(plan, int):
        return Node(name, is_dir=False, size=plan, modified=modified)
    if isinstance(plan, str):
        content = plan.encode()
        return Node(name, is_dir=False, content=content, size=len(content), modified=modified)
    assert isinstance(plan, dict)
    folder = Node(name, is_dir=True, modified=modified)
    for number, (child_name, child_plan) in enumerate(plan.items(), start=1):
        dead = isinstance(child_plan, Deleted)
        child = folder.add(
            grow(child_name, child_plan.what if isinstance(child_plan, Deleted) else child_plan, age + number)
        )
        if dead:
            child.delete()
    return folder
