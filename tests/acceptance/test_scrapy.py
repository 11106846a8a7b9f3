"""Test the spiders by Scrapy's own command, from the checkout."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.acceptance import seed
from tests.acceptance.folder import LIBRARY, Done, Folder
from tests.web.archive import RunningWayback
from tests.web.internet import Internet

SPIDERS = ("citations", "liveness", "captures", "moves", "drift", "parts")


def scrapy(*arguments: str, config: str = "", warm: bool = True) -> Done:
    """Run a command of Scrapy in the checkout."""
    env = {"HOLDFAST_CONFIG": config} if config else None
    return Folder(LIBRARY).holdfast(*arguments, env=env, warm=warm, module="scrapy")


@pytest.fixture(scope="module")
def crawled(
    tmp_path_factory: pytest.TempPathFactory, seed_internet: Internet, seed_wayback: RunningWayback
) -> Iterator[tuple[Folder, dict[str, Done]]]:
    """Return a folder with the seed page, after one crawl by each spider."""
    held = list(seed_wayback.snapshots)
    seed_wayback.snapshots[:] = seed.holdings()
    folder = Folder(tmp_path_factory.mktemp("scrapy"))
    folder.write("wiki/石桥论坛.md", seed.PAGE)
    folder.configure(seed_internet, seed_wayback)
    config = folder.write(
        "holdfast.toml",
        'pages = ["wiki"]\n' + (folder.path / "holdfast.toml").read_text(encoding="utf-8"),
    )
    yield folder, {spider: scrapy("crawl", spider, config=str(config)) for spider in SPIDERS}
    seed_wayback.snapshots[:] = held


def test_scrapy_lists_the_spiders() -> None:
    done = scrapy("list", warm=False)  # Scrapy alone imports the spiders
    assert (done.stdout.split(), done.stderr) == (sorted(SPIDERS), "")


@pytest.mark.parametrize("spider", SPIDERS)
def test_each_spider_finishes_and_logs_its_counts(
    crawled: tuple[Folder, dict[str, Done]], spider: str
) -> None:
    done = crawled[1][spider]
    assert (done.returncode, done.stdout) == (0, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{spider}: ")
    if spider == "liveness":
        assert "link:alive " in line
    if spider == "citations":
        assert line == "citations: 1 done"


def test_the_spiders_together_do_the_work_of_holdfast_run(
    crawled: tuple[Folder, dict[str, Done]],
) -> None:
    folder = crawled[0]
    assert folder.count("citation") == 13
    failing = {seed.MISSING: "suspect", seed.LOST: "suspect", seed.UNREAD: "blocked"}
    assert folder.states() == {url: failing.get(url, "alive") for url in seed.MIRRORS}
    assert folder.query(
        "SELECT url FROM mirror JOIN link ON link.id = mirror.link_id WHERE origin = 'found'"
    ) == [(f"https://web.archive.org/web/20211014080000/{seed.LOST}",)]
    assert folder.query("SELECT command, outcome FROM run") == [
        (f"scrapy crawl {spider}", "finished") for spider in SPIDERS
    ]


def test_the_message_about_an_invalid_configuration_is_the_last_line(folder: Folder) -> None:
    """Scrapy puts a traceback of its own before it."""
    config = folder.write("holdfast.toml", "[netwerk]\n")
    done = scrapy("crawl", "liveness", config=str(config))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith(
        f"{config}:1: unknown key 'netwerk'; did you mean 'network'?"
    )


SHOP = """
import scrapy
from crawler.items import PageItem
from crawler.scan.reader import read_fetched_page

class NewsSpider(scrapy.Spider):
    name = "news"
    start_urls = ["{url}"]

    def parse(self, response):
        yield PageItem(wiki="", page=read_fetched_page(response.body, response.url))
        yield {{"title": response.css("title::text").get()}}
"""


def crawl_news(folder: Folder, *, url: str, settings: str = "", warm: bool = True) -> Done:
    """Run the spider of another project, which has Holdfast's add-on."""
    folder.write("scrapy.cfg", "[settings]\ndefault = news.settings\n")
    folder.write("news/__init__.py", "")
    addons = 'ADDONS = {"crawler.addon.HoldfastAddon": 500}\n'
    folder.write(
        "news/settings.py",
        f'SPIDER_MODULES = ["news.spiders"]\nLOG_LEVEL = "WARNING"\n{addons}HOLDFAST_CONFIG = "holdfast.toml"\n{settings}',
    )
    folder.write("news/spiders/__init__.py", SHOP.format(url=url))
    folder.write("holdfast.toml", "")
    return folder.holdfast("crawl", "news", "-O", "items.json", warm=warm, module="scrapy")


def test_the_addon_adds_the_pipelines_to_another_project(
    folder: Folder, seed_wayback: RunningWayback
) -> None:
    page = folder.write(
        "page.html", '<title>石桥</title><p><a href="https://stone.example/a">公告</a>'
    )
    handlers = (
        'DOWNLOAD_HANDLERS = {"file": "scrapy.core.downloader.handlers.file.FileDownloadHandler"}\n'
    )
    done = crawl_news(folder, url=page.as_uri(), settings=handlers, warm=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert folder.query("SELECT url FROM link") == [("https://stone.example/a",)]
    assert folder.query("SELECT command, outcome FROM run") == [("scrapy crawl news", "finished")]
    assert {"title": "石桥"} in json.loads((folder.path / "items.json").read_text(encoding="utf-8"))


def test_a_project_can_have_packages_named_like_ours(folder: Folder) -> None:
    page = folder.write("page.html", '<a href="https://stone.example/a">a</a>')
    for name in ("store", "reports"):
        folder.write(f"{name}/__init__.py", "")
    handlers = (
        'DOWNLOAD_HANDLERS = {"file": "scrapy.core.downloader.handlers.file.FileDownloadHandler"}\n'
    )
    done = crawl_news(folder, url=page.as_uri(), settings=handlers, warm=False)
    if done.returncode == 0:  # an editable installation finds our modules beside theirs
        assert folder.count("link") == 1
    assert "Path doesn't exist" not in done.stderr
    if "No module named" in done.stderr:  # a wheel's are hidden
        assert "another package 'store' hides Holdfast's: rename it" in done.stderr


@pytest.mark.parametrize("scheme", ["file", "data", "ftp"])
def test_the_addon_leaves_http_alone_to_be_fetched(folder: Folder, scheme: str) -> None:
    page = folder.write("page.html", "<title>secret</title>")
    urls = {
        "file": page.as_uri(),
        "data": "data:text/html,<title>secret</title>",
        "ftp": "ftp://127.0.0.1:1/page.html",
    }
    done = crawl_news(folder, url=urls[scheme])
    assert f"Unsupported URL scheme '{scheme}'" in done.stderr
    assert "secret" not in (folder.path / "items.json").read_text(encoding="utf-8")


def test_no_page_name_forges_a_line_of_the_log(folder: Folder) -> None:
    folder.write("wiki/page.md", "<https://site.example/>\n")
    (folder.path / "wiki" / "a\n::error::\x1b[31mforged.md").symlink_to("nowhere")
    config = folder.write("holdfast.toml", 'pages = ["wiki"]\n')
    done = scrapy("crawl", "citations", config=str(config))
    assert done.returncode == 0, done.stderr
    warning, counts = done.stderr.splitlines()
    assert counts == "citations: 1 done", done.stderr
    assert r"wiki/a\n::error::\x1b[31mforged.md: " in warning
