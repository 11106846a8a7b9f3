"""Test what `holdfast fix` does with cited pages that redirect to the same page."""

from __future__ import annotations

from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import redirect
from crawler.demo.web import Behaviour
from tests.acceptance.folder import Folder
from tests.acceptance.seed import article
from tests.web.archive import RunningWayback
from tests.web.internet import Internet


def test_pages_that_redirect_to_a_landing_page_are_left_for_a_person(
    folder: Folder, background: BackgroundLoop, wayback: RunningWayback
) -> None:
    old = "http://old.example"
    sites: dict[str, dict[str, Behaviour]] = {
        "old.example": {
            "/faq/login": redirect(301, "http://new.example/help"),
            "/faq/printing": redirect(301, "http://new.example/help"),
            "/?p=7310": redirect(301, "http://new.example/7310-a-walk"),
            "/2019/7310": redirect(301, "http://new.example/7310-a-walk"),
        },
        "new.example": {"/help": article("帮助"), "/7310-a-walk": article("散步")},
    }
    internet = background.start(Internet(sites))
    folder.configure(internet, wayback)
    landing = f"<{old}/faq/login>\n\n<{old}/faq/printing>\n"
    folder.write("wiki/page.md", f"{landing}\n<{old}/?p=7310>\n\n<{old}/2019/7310>\n")
    for command in (["scan", "wiki"], ["check"]):
        assert folder.holdfast(*command).returncode == 0
    assert set(folder.states().values()) == {"moved"}
    done = folder.holdfast("fix", "--write")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("another cited page redirects to the same address") == 2
    walk = "<http://new.example/7310-a-walk>"
    assert (folder.path / "wiki/page.md").read_text("utf-8") == f"{landing}\n{walk}\n\n{walk}\n"
