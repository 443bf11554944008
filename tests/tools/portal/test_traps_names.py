"""Traps of names, objects, paths and pages, each met."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.simulators.portal.fixture import RunningPortal
from tests.simulators.portal.markup import Obj, encode, obj
from tests.tools.portal.asking import listing, names, whoami
from tools.errors import InvalidArgument, NotFound, PortalDenied, PortalUnavailable, ToolError
from tools.portal.client import MOST_ENTRIES
from tools.portal.pool import SessionPool
from tools.profile import Profile

HREF = "/admin/webdav/Users/"
VOLUME = obj(
    uid=1, name="My Files", groupUid=2, passphraseProtected=False, ownerUid=3, ownerFriendlyName="Alice", more="x"
)


def entry(name: str, **changes: object) -> Obj:
    """An entry as the portal describes it, with changes; `...` leaves an attribute out."""
    atts: dict[str, object] = {
        "name": name,
        "href": HREF + name,
        "isFolder": False,
        "isDeleted": False,
        "size": 5,
        "fileId": 9,
        "lastmodified": "2026-11-23T23:47:48",
        "permalink": "https://portal.test/p/9",
        "cloudFolderInfo": VOLUME,
        **changes,
    }
    return Obj("ResourceInfo", {key: value for key, value in atts.items() if value is not ...})


def reply(*items: Obj, **changes: object) -> str:
    """A page as the portal answers it, with changes; `...` leaves an attribute out."""
    root = Obj("ResourceInfo", {**entry("").atts, "isFolder": True, "size": None})
    atts: dict[str, object] = {"root": root, "items": list(items), "hasMore": False, "errorType": None, **changes}
    kept = {key: value for key, value in atts.items() if value is not ...}
    return encode(Obj("FetchResourcesResponse", kept)).decode()


async def test_the_page_made_here_is_a_page(portal: RunningPortal, pool: SessionPool, hq: Profile) -> None:
    portal.control(fault={"match": "list", "kind": "reply", "body": reply(entry("a.txt"))})
    page = await pool.run(hq, "acme", listing("/Users"))
    assert [(item.name, item.size, item.id) for item in page.items] == [("a.txt", 5, "9")]


@pytest.mark.trap("7.2/names-become-numbers")
@pytest.mark.parametrize("name", ["0042", "1.10"])
async def test_an_account_whose_name_looks_like_a_number_keeps_it(pool: SessionPool, hq: Profile, name: str) -> None:
    found = await pool.run(replace(hq, username=name, sealed_password=f"{name}-secret"), "-", whoami)
    assert found.name == name


@pytest.mark.trap("7.2/names-become-numbers")
@pytest.mark.parametrize("name", ["2024", "1.10", "007", "1_000", "true", "1e3", "inf", "nan", "-1", ".5", "0x10"])
async def test_a_file_keeps_its_name_whatever_it_looks_like(
    portal: RunningPortal, pool: SessionPool, hq: Profile, name: str
) -> None:
    portal.control(fault={"match": "list", "kind": "reply", "body": reply(entry(name))})
    page = await pool.run(hq, "acme", listing("/Users"))
    assert [(item.name, item.path) for item in page.items] == [(name, f"/Users/{name}")]


@pytest.mark.trap("7.2/names-become-numbers")
async def test_a_domain_and_a_role_that_look_like_numbers_stay_texts(
    portal: RunningPortal, pool: SessionPool, hq: Profile
) -> None:
    await pool.run(hq, "-", whoami)
    body = encode(obj("PortalSession", username="1.50", domain="007", role="1_0")).decode()
    portal.control(fault={"match": "currentSession", "kind": "reply", "body": body})
    found = await pool.run(hq, "-", whoami)
    assert (found.name, found.domain, found.role) == ("1.50", "007", "1_0")


@pytest.mark.trap("7.3/objects-without-keyerror")
@pytest.mark.parametrize("missing", ["fileId", "cloudFolderInfo", "extra"])
async def test_an_entry_may_lack_what_is_not_needed_or_bring_names_of_methods(
    portal: RunningPortal, pool: SessionPool, hq: Profile, missing: str
) -> None:
    changes: dict[str, object] = {"items": "x", "keys": "y", "get": "z"}
    if missing == "cloudFolderInfo":
        changes[missing] = None
    elif missing == "fileId":
        changes[missing] = ...
    portal.control(fault={"match": "list", "kind": "reply", "body": reply(entry("a.txt", **changes))})
    assert names(await pool.run(hq, "acme", listing("/Users"))) == {"a.txt"}


@pytest.mark.trap("3.4/entry-lacks-an-attribute")
@pytest.mark.parametrize("missing", ["href", "isFolder", "isDeleted", "size", "permalink", "lastmodified"])
async def test_an_entry_that_lacks_what_is_needed_is_no_portals_answer(
    portal: RunningPortal, pool: SessionPool, hq: Profile, missing: str
) -> None:
    portal.control(fault={"match": "list", "kind": "reply", "body": reply(entry("a.txt", **{missing: ...}))})
    with pytest.raises(PortalUnavailable, match="not a portal's"):
        await pool.run(hq, "acme", listing("/Users"))


@pytest.mark.trap("3.4/nothing-known")
async def test_an_entry_may_have_neither_size_nor_date(portal: RunningPortal, pool: SessionPool, hq: Profile) -> None:
    folder = entry("f", isFolder=True, size=None, lastmodified=None, permalink=None)
    portal.control(fault={"match": "list", "kind": "reply", "body": reply(folder)})
    (item,) = (await pool.run(hq, "acme", listing("/Users"))).items
    assert (item.size, item.modified, item.is_dir) == (None, None, True)


@pytest.mark.trap("3.3/page-without-a-list")
@pytest.mark.parametrize(
    "changes", [{"items": ...}, {"items": None}, {"items": "text"}, {"root": ...}, {"hasMore": ...}, {"errorType": ...}]
)
async def test_a_page_without_its_parts_is_no_portals_answer(
    portal: RunningPortal, pool: SessionPool, hq: Profile, changes: dict[str, object]
) -> None:
    portal.control(fault={"match": "list", "kind": "reply", "body": reply(**changes)})
    with pytest.raises(PortalUnavailable, match="not a portal's"):
        await pool.run(hq, "acme", listing("/Users"))


@pytest.mark.trap("3.3/missing-folder")
async def test_a_folder_that_is_not_there_is_not_found(portal: RunningPortal, pool: SessionPool, hq: Profile) -> None:
    portal.control(fault={"match": "list", "kind": "reply", "body": reply(root=None)})
    for _ in range(2):  # the one form by an empty root, the other by errorType
        with pytest.raises(NotFound):
            await pool.run(hq, "acme", listing("/Users/Nobody"))


@pytest.mark.trap("3.3/file-as-folder")
async def test_a_file_is_not_listed(pool: SessionPool, acme: Profile) -> None:
    with pytest.raises(InvalidArgument, match="is a file"):
        await pool.run(acme, "acme", listing("/My Files/Docs/plan.txt"))


@pytest.mark.trap("3.2/errors-with-status-200")
@pytest.mark.parametrize(("error", "told"), [("PermissionDenied", PortalDenied), ("DestinationNotExists", NotFound)])
async def test_an_error_inside_a_good_answer_is_told(
    portal: RunningPortal, pool: SessionPool, hq: Profile, error: str, told: type[ToolError]
) -> None:
    portal.control(fault={"match": "list", "kind": "reply", "body": reply(errorType=error)})
    with pytest.raises(told):
        await pool.run(hq, "acme", listing("/Users"))


async def test_a_folder_that_is_not_there_is_told_as_anywhere_else(pool: SessionPool, acme: Profile) -> None:
    with pytest.raises(NotFound, match=r"There is nothing at '/My Files/nope/x'\. List '/My Files/nope' to see"):
        await pool.run(acme, "acme", listing("/My Files/nope/x"))


@pytest.mark.trap("3.5/role-without-access")
async def test_an_administrator_without_access_to_files_is_told(pool: SessionPool, hq: Profile) -> None:
    helpdesk = replace(hq, username="helpdesk", sealed_password="helpdesk-secret")
    with pytest.raises((PortalDenied, NotFound)):
        await pool.run(helpdesk, "acme", listing("/Users/Alice Acme/My Files"))


@pytest.mark.trap("3.1/addresses")
@pytest.mark.parametrize("folder", ["#1", "%41", "a+b;c", "50% & 'more'", "\u65e5\u672c", " pad ", "1.10"], ids=ascii)
async def test_a_folder_with_an_odd_name_is_listed(pool: SessionPool, acme: Profile, folder: str) -> None:
    (item,) = (await pool.run(acme, "acme", listing(f"/My Files/Odd Folders/{folder}"))).items
    assert item.path == f"/My Files/Odd Folders/{folder}/inside.txt"


@pytest.mark.trap("3.3/pages")
async def test_pages_follow_each_other_without_gap_or_repeat(pool: SessionPool, acme: Profile) -> None:
    found: list[str] = []
    more = True
    while more:
        page = await pool.run(acme, "acme", listing("/My Files/Many", limit=60, offset=len(found)))
        found += [item.name for item in page.items]
        more = page.has_more
    assert (len(found), len(set(found))) == (250, 250)


@pytest.mark.trap("7.8/cost-of-a-page")
async def test_no_page_is_longer_than_the_bound(pool: SessionPool, acme: Profile) -> None:
    page = await pool.run(acme, "acme", listing("/My Files/Huge", limit=5_000))
    assert len(page.items) == MOST_ENTRIES
