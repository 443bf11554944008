"""Who and what is on the simulated portal: accounts, Team Portals, cloud folders, shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

from tests.simulators.portal.markup import Obj
from tests.simulators.portal.nodes import EPOCH, Blueprint, Deleted, Generated, Node, Version, grow

DNS_SUFFIX = "portal.test"
VERSION = "8.1.1417.19"
MANY = 250
HUGE = 100_000


@dataclass(slots=True, eq=False)
class Account:
    """Somebody who can log in: an administrator (no tenant) or a user of one Team Portal."""

    uid: int
    name: str
    password: str
    first_name: str
    last_name: str
    role: str
    tenant: Tenant | None = None

    @property
    def full_name(self) -> str:
        """The friendly name, which is also the folder below `/Users` that an administrator sees."""
        return f"{self.first_name} {self.last_name}"

    @property
    def is_admin(self) -> bool:
        """Whether this account belongs to global administration."""
        return self.tenant is None


@dataclass(slots=True, eq=False)
class CloudFolder:
    """One cloud folder; a project is seen by everybody in its Team Portal."""

    uid: int
    group_uid: int
    owner: Account
    root: Node
    project: bool = False

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.root.name


@dataclass(slots=True, eq=False)
class Share:
    """A folder that its owner shows to another account of the same Team Portal."""

    folder: CloudFolder
    node: Node
    recipient: Account
    permission: str


@dataclass(frozen=True, slots=True)
class Link:
    """A public link that somebody made."""

    url: str
    path: str
    account: str
    tenant: str
    access: str
    expiration: str


@dataclass(frozen=True, slots=True)
class ShareSettings:
    """What is kept with a shared folder besides its recipients in the Team Portal."""

    team_project: bool = False
    allow_reshare: bool = True
    should_sync: bool = True
    external: tuple[Obj, ...] = ()


@dataclass(slots=True, eq=False)
class Tenant:
    """One Team Portal."""

    uid: int
    name: str
    users: dict[str, Account] = field(default_factory=dict)
    folders: list[CloudFolder] = field(default_factory=list)
    shares: list[Share] = field(default_factory=list)
    devices: list[str] = field(default_factory=list)
    full: bool = False
    read_only: bool = False

    def owner(self, full_name: str) -> Account | None:
        """Find a user by friendly name."""
        return next((user for user in self.users.values() if user.full_name == full_name), None)

    def folders_of(self, owner: Account) -> dict[str, CloudFolder]:
        """The cloud folders of one owner, by name."""
        return {folder.name: folder for folder in self.folders if folder.owner is owner}


@dataclass(slots=True)
class World:
    """Everything the portal stores."""

    admins: dict[str, Account]
    tenants: dict[str, Tenant]

    def folder(self, uid: int) -> CloudFolder | None:
        """Find a cloud folder of any tenant by its number."""
        everywhere = (folder for tenant in self.tenants.values() for folder in tenant.folders)
        return next((folder for folder in everywhere if folder.uid == uid), None)


NAMES: dict[str, Blueprint] = {
    # Names that the SDK's coercion would turn into numbers, booleans or trimmed text.
    "2024": {"1.10": 110, "007": 7, "q1.txt": 90},
    "007": {"agent.txt": 7},
    "true": {"fact.txt": 4},
    "1.10": 110,
    "1_000": 1000,
    " pad ": 33,
    # The same letters composed and decomposed: two files, because the simulator does not normalise (a choice).
    "caf\u00e9.txt": "composed",
    "cafe\u0301.txt": "decomposed",
    "#hash.txt": "hash",
    "%41.txt": "percent",
    "a+b.txt": "plus",
    "semi;colon.txt": "semicolon",
    "amp & quote'.txt": "ampersand",
    "\u65e5\u672c\u8a9e.txt": "Japanese",
    "Case.txt": "upper",
    "case.txt": "lower",
}


def _deep(levels: int) -> Blueprint:
    plan: Blueprint = {"bottom.txt": 10}
    for level in range(levels, 0, -1):
        plan = {f"level-{level}": plan}
    return plan


def alices_files() -> dict[str, Blueprint]:
    """The richest tree of the world."""
    return {
        "Docs": {
            "plan.txt": "The plan of Alice at acme.\n",
            "report.pdf": 102_400,
            "notes.md": "# Notes\nNothing yet.\n",
            "empty.txt": 0,
            "old-plan.txt": Deleted("The plan before the plan.\n"),
            "Drafts": {"draft-1.txt": 300, "draft-2.txt": 301, "draft-3.txt": 302},
            "Old Drafts": Deleted({"draft-0.txt": 299}),
        },
        "Names": NAMES,
        # Folders whose names must survive in the address of a listing.
        "Odd Folders": {
            name: {"inside.txt": 1} for name in ("#1", "%41", "a+b;c", "50% & 'more'", "\u65e5\u672c", " pad ", "1.10")
        },
        "Many": {f"file-{number:03}.txt": 10 + number for number in range(MANY)},
        "Empty": {},
        "Huge": Generated(HUGE),
        "Deep": _deep(40),
        "Media": {"large.bin": 5_000_000},
    }


def bobs_files() -> dict[str, Blueprint]:
    """What Bob keeps to himself and what he shows to Alice."""
    return {
        "Private": {"secret.txt": "Only Bob and administrators read this.\n"},
        "Team Notes": {"monday.txt": "Alice may write here.\n", "Minutes": {"june.txt": 60}},
        "Handbook": {"rules.txt": "Alice may only read this.\n"},
        "HR": {"salaries.txt": "Who earns what.\n", "Reviews": {"june.txt": 70}},
        "bob.txt": "Bob at acme.\n",
    }


class Builder:
    """Numbers what it builds, so that one world is like the next."""

    def __init__(self) -> None:
        self._uids = count(11)

    def admin(self, name: str, role: str) -> Account:
        """Make an administrator whose password is its name (without `svc-mcp`'s suffix) and `-secret`."""
        return Account(next(self._uids), name, f"{name.removesuffix('-mcp')}-secret", name.title(), "Admin", role)

    def user(self, tenant: Tenant, name: str, password: str, files: dict[str, Blueprint]) -> Account:
        """Make a user with a personal cloud folder."""
        owner = Account(next(self._uids), name, password, name.title(), tenant.name.title(), "EndUser", tenant)
        tenant.users[name] = owner
        self.folder(tenant, owner, "My Files", files)
        return owner

    def folder(self, tenant: Tenant, owner: Account, name: str, files: dict[str, Blueprint]) -> CloudFolder:
        """Make a cloud folder."""
        folder = CloudFolder(next(self._uids), next(self._uids), owner, grow(name, files))
        tenant.folders.append(folder)
        return folder

    def tenant(self, name: str, *users: tuple[str, str, dict[str, Blueprint]]) -> Tenant:
        """Make a Team Portal with users and the folder `Shared` that says whose it is; the first user owns it."""
        tenant = Tenant(next(self._uids), name, devices=[f"filer-{name}", f"edge-{name}"])
        owners = [self.user(tenant, *user) for user in users]
        files: dict[str, Blueprint] = {f"WHO-{name}.txt": f"This is {name}.\n", "Common": {f"{name}.txt": name}}
        self.folder(tenant, owners[0], "Shared", files).project = True
        return tenant


def share(tenant: Tenant, owner: Account, name: str, recipient: Account, permission: str) -> None:
    """Let `recipient` see one folder of `owner`'s personal cloud folder."""
    folder = tenant.folders_of(owner)["My Files"]
    tenant.shares.append(Share(folder, folder.root.children[name], recipient, permission))


def build_world(extra_tenants: int = 0) -> World:
    """Build the agreed world; extra Team Portals `bulk-001`… make the list of tenants longer than a page."""
    build = Builder()
    admins = [
        build.admin("svc-mcp", "ReadWriteAdmin"),
        build.admin("auditor", "ReadOnlyAdmin"),
        build.admin("helpdesk", "Support"),
        # The SDK's own spelling of a role that it knows no settings of.
        build.admin("compliance", "ComplianceOffer"),
        # Names that the SDK's coercion would turn into numbers.
        build.admin("0042", "ReadWriteAdmin"),
        build.admin("1.10", "ReadOnlyAdmin"),
    ]
    acme = build.tenant("acme", ("alice", "alice-secret", alices_files()), ("bob", "bob-secret", bobs_files()))
    share(acme, acme.users["bob"], "Team Notes", acme.users["alice"], "ReadWrite")
    share(acme, acme.users["bob"], "Handbook", acme.users["alice"], "ReadOnly")
    plan = acme.folders_of(acme.users["alice"])["My Files"].root.children["Docs"].children["plan.txt"]
    plan.history = [
        Version(EPOCH - timedelta(days=age), f"The plan, {age} days before.\n".encode()) for age in (20, 10)
    ]
    small: dict[str, Blueprint] = {"Docs": {"plan.txt": "Another plan.\n"}, "Empty": {}}
    globex = build.tenant(
        "globex",
        ("carol", "carol-secret", {"carol.txt": "Carol at globex.\n", **small}),
        (
            "alice",
            "alice-globex",
            {"alice.txt": "Another Alice.\n", "Docs": {"plan.txt": "The plan of Alice at globex.\n"}},
        ),
    )
    tenants = [
        acme,
        globex,
        build.tenant("2024", ("dave", "dave-secret", {"dave.txt": "Dave at 2024.\n", **small})),
        build.tenant("007", ("erin", "erin-secret", {"erin.txt": "Erin at 007.\n", **small})),
    ]
    tenants.extend(
        build.tenant(f"bulk-{number:03}", ("user", "user-secret", {})) for number in range(1, extra_tenants + 1)
    )
    return World({one.name: one for one in admins}, {one.name: one for one in tenants})
