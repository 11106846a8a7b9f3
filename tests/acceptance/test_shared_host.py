"""Test that whoever has a folder of a shared host cannot make its neighbours' pages look lost."""

from __future__ import annotations

import pytest
from aiohttp import web

from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import page, redirect, status
from crawler.demo.web import ANY, Behaviour, Visit
from tests.acceptance.folder import Folder
from tests.web.archive import RunningWayback
from tests.web.internet import Internet

HOST = "http://shared.example"
GALLERY = page("Gallery", markup="<h1>Gallery</h1><p>Photos of the old harbour.</p>")
SERVED_FOR_ANY_PATH = {"the neighbour's page": GALLERY, "a redirect": redirect(302, "/good/page")}


@pytest.mark.parametrize("served", SERVED_FOR_ANY_PATH)
def test_random_urls_in_folders_of_others_condemn_no_page(
    background: BackgroundLoop, folder: Folder, served: str
) -> None:
    missing = status(404)

    async def answer(request: web.BaseRequest, visit: Visit) -> web.StreamResponse:
        is_hostile = visit.url.startswith(f"{HOST}/bad")
        return await (SERVED_FOR_ANY_PATH[served] if is_hostile else missing).handle(request, visit)

    pages = {
        "/": page("Shared hosting"),
        "/good/page": GALLERY,
        "/good/old": redirect(301, "/good/page"),
        ANY: Behaviour("any page in some folders", answer),
    }
    internet = background.start(Internet({"shared.example": pages}))
    folder.configure(internet, background.start(RunningWayback()), sibling_days=90)
    hostile = [f"/bad{letter}/real" for letter in "abcdefghij"]
    cited = [*hostile, "/good/page", "/good/old"]
    folder.write("wiki/a.md", "\n".join(f"[x]({HOST}{path})\n" for path in cited))
    assert folder.holdfast("scan", "wiki").returncode == 0
    assert folder.holdfast("check").returncode == 0
    states = folder.states()
    assert states[f"{HOST}/good/page"] == "alive"
    assert states[f"{HOST}/good/old"] == "moved"
