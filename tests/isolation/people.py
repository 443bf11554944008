"""Who asks for whose files by which profile, and the files that tell whose they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tests.protocol.callers import Callers, profiles
from tests.simulators.portal.fixture import RunningPortal

JSON = dict[str, Any]
SAME: Final = "Isolation"
"""The folder that everybody has at the same path, with other content."""
UPLOADS: Final = "Uploads"
REVOCABLE: Final = ("007", "erin")
SECONDS: Final = 10
"""Total timeout of every profile here."""


@dataclass(frozen=True, slots=True)
class Owner:
    """An account of a Team Portal, whose files bear its label."""

    tenant: str
    account: str

    @property
    def label(self) -> str:
        """What is in every name and content of this owner, and of nobody else."""
        return f"own-{self.tenant}-{self.account}"

    @property
    def text(self) -> str:
        """The content of the file that is at the same path for everybody; no two are of one size."""
        return f"{self.label}\n" + "x" * (100 + 10 * OWNERS.index(self))


OWNERS: Final = (
    Owner("acme", "alice"),
    Owner("acme", "bob"),
    Owner("globex", "alice"),
    Owner("globex", "carol"),
    Owner("2024", "dave"),
    Owner(*REVOCABLE),
)


@dataclass(frozen=True, slots=True)
class Asker:
    """A caller on a profile: whose files are asked for, and whose portal account must do the work."""

    portal: str
    owner: Owner
    account: str
    subject: str
    root: str
    realm: str = "user"

    @property
    def place(self) -> JSON:
        """The arguments that choose portal and Team Portal; a caller's own is in the token alone."""
        chosen = {"tenant": self.owner.tenant} if self.realm == "admin" else {}
        return {"portal": self.portal, **chosen}


def _own(portal: str, owner: Owner, subject: str) -> Asker:
    return Asker(portal, owner, owner.account, subject, "/My Files")


def _of_all(owner: Owner) -> Asker:
    friendly = f"{owner.account.title()} {owner.tenant.title()}"
    return Asker("hq", owner, "svc-mcp", "usr_operator", f"/Users/{friendly}/My Files", "admin")


ALICE, BOB = OWNERS[0], OWNERS[1]
ASKERS: Final = (
    _own("corp", ALICE, "usr_alice"),
    _own("corp", BOB, "usr_bob"),
    *(_own("many", owner, "usr_everybody") for owner in OWNERS),  # one subject: the claims alone tell who it is
    _own("acme-files", ALICE, "usr_reader"),
    *(_of_all(owner) for owner in OWNERS if (owner.tenant, owner.account) != REVOCABLE),
)


def token_of(callers: Callers, asker: Asker) -> str:
    """The access token by which this one asks."""
    if asker.realm == "admin":
        return callers.token("bob", sub=asker.subject)
    claims = {"account": asker.account, "tenant": asker.owner.tenant} if asker.portal in ("corp", "many") else {}
    return callers.token("alice", sub=asker.subject, **claims)


def configuration(callers: Callers) -> tuple[list[JSON], list[JSON]]:
    """Policies and profiles of this run: whoever may read may read and write everywhere, so only identity divides."""
    policy = {"name": "Anywhere", "effect": "allow", "scopes": ["ctera:read"], "toolsets": ["read", "write"]}
    quick = [{"name": name, "total_timeout": SECONDS} for name in ("hq", "acme-files")]
    return [policy], [*({**each, "total_timeout": SECONDS} for each in profiles(callers.stack)), *quick]


def furnish(callers: Callers, say: Callable[[str], None]) -> None:
    """Give every owner the same folders with files that name the owner, by the owner's own account."""
    for owner in OWNERS:
        say(f"Files of {owner.account} in {owner.tenant}")
        asker = _own("many", owner, "usr_everybody")
        token = token_of(callers, asker)
        for folder in (SAME, f"{SAME}/Inner", owner.label, UPLOADS):
            callers.wire.good("create_directory", token, portal="many", path=f"{asker.root}/{folder}")
        for path, text in files_of(owner).items():
            callers.wire.good(
                "upload_from_content", token, portal="many", filepath=f"{asker.root}/{path}", content=text
            )


def files_of(owner: Owner) -> dict[str, str]:
    """Path below the cloud folder, and content."""
    return {
        f"{SAME}/whose.txt": owner.text,
        f"{SAME}/{owner.label}.txt": "by its name",
        f"{SAME}/Inner/{owner.label}.txt": "by its name, further in",
        f"{owner.label}/whose.txt": owner.text,
    }


def empty(portal: RunningPortal) -> list[dict[str, object]]:
    """The portal's log since the last time; the portal forgets it."""
    told = portal.control(drain=True)["log"]
    assert isinstance(told, list)
    return told
