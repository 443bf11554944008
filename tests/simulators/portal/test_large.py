"""Large files go through the simulator without being in its memory."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
from cterasdk import exceptions

from tests.simulators.portal.fixture import RunningPortal
from tests.simulators.portal.large import LARGE, LargeForm, generated
from tests.simulators.portal.sdk import end_user
from tests.simulators.portal.transfers import read_multipart
from tests.simulators.portal.wire import Request

pytestmark = pytest.mark.filterwarnings("ignore:In v4, passing bytes:DeprecationWarning")
SIZE = 3 * LARGE + 7
FORM = (
    b'--b\r\nContent-Disposition: form-data; name="fullpath"\r\n\r\n/x\r\n'
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\na\r\n--\r\n-b\r\n\r\n\r\n--b--\r\n'
)


def digest(size: int) -> str:
    found = hashlib.sha256()
    for piece in generated(size):
        found.update(piece)
    return found.hexdigest()


def resident(portal: RunningPortal) -> int:
    """Bytes of the simulator's memory at its highest."""
    lines = Path(f"/proc/{portal.process_id}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


async def test_a_generated_file_is_sent_whole_and_not_held(portal: RunningPortal) -> None:
    before = resident(portal)
    portal.control(large={"account": "acme/alice", "path": "Media/huge.bin", "size": SIZE})
    async with end_user(portal, "alice", "alice-secret") as client:
        assert (await client.files.properties("My Files/Media/huge.bin")).size == SIZE
        handle = await client.files.handle("My Files/Media/huge.bin", None)
        assert hashlib.sha256(await handle.read()).hexdigest() == digest(SIZE)
    assert resident(portal) - before < LARGE


async def test_a_large_upload_is_counted_and_hashed_and_not_held(portal: RunningPortal) -> None:
    before = resident(portal)
    content = b"".join(generated(SIZE))
    async with end_user(portal, "alice", "alice-secret") as client:
        await client.files.upload("My Files/Media/up.bin", io.BytesIO(content), "up.bin", str(SIZE))
        assert (await client.files.properties("My Files/Media/up.bin")).size == SIZE
        with pytest.raises(exceptions.io.edge.OpenError):
            await client.files.handle("My Files/Media/up.bin", None)
    wish: Any = {"account": "acme/alice", "path": "Media/up.bin"}
    assert portal.control(uploaded=wish) == {"size": SIZE, "sha256": digest(SIZE)}
    assert resident(portal) - before < LARGE


@pytest.mark.parametrize("step", range(1, len(FORM)))
def test_a_form_is_read_alike_however_it_is_torn(step: int) -> None:
    form = LargeForm("b")
    for at in range(0, len(FORM), step):
        form.feed(FORM[at : at + step])
    whole = read_multipart(Request("POST", "/", "", {"content-type": "multipart/form-data; boundary=b"}, FORM, port=80))
    assert form.file is not None
    assert form.fields["fullpath"] == whole["fullpath"]
    assert form.file.size == len(whole["file"])
    assert form.file.sha256 == hashlib.sha256(whole["file"]).hexdigest()
