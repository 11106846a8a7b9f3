"""Take the screenshots of the documentation from the report of the demonstration.

python docs/img/screenshots.py    # needs Chromium and the test dependencies
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))
from tests.chromium import binary, running_chromium  # noqa: E402  in the repository's root


def _holdfast(*arguments: str, folder: Path) -> None:
    command = [sys.executable, "-m", "crawler", *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)  # noqa: S603  our own command


def _show_all_links(page: Page) -> None:
    page.locator("#links").evaluate("section => section.scrollIntoView()")


def _open_first_link(page: Page) -> None:
    page.locator("#table [role=row] .name").first.click()


def _show_charts(page: Page) -> None:
    page.locator("#chart-health").evaluate("title => title.closest('figure').scrollIntoView()")


def _take(
    browser: Browser,
    report: Path,
    name: str,
    *,
    dark: bool = False,
    height: int = 760,
    prepare: Callable[[Page], None] | None = None,
) -> None:
    """Save a picture of a report, 1,100 pixels wide.

    Args:
        browser: Chromium.
        report: The report.
        name: The name of the picture.
        dark: Use the dark theme.
        height: In pixels.
        prepare: Scrolls or opens what is to be seen.
    """
    context = browser.new_context(
        viewport={"width": 1100, "height": height}, color_scheme="dark" if dark else "light"
    )
    page = context.new_page()
    page.goto(report.as_uri())
    page.wait_for_selector("html[data-ready]")
    if prepare is not None:
        prepare(page)
    page.wait_for_timeout(500)  # milliseconds, for what fades in
    page.screenshot(path=HERE / name)
    context.close()


def main() -> None:
    """Run the demonstration and take the pictures."""
    chromium = binary()
    if chromium is None:
        sys.exit("no Chromium was found: install it, or put it on the PATH")
    with tempfile.TemporaryDirectory() as folder, running_chromium(chromium) as browser:
        demo = Path(folder) / "demo"
        _holdfast("demo", "--folder", "demo", folder=Path(folder))
        for language in ("en", "zh"):
            name = f"{language}.html"
            _holdfast(
                "report", "--format", "html", "--lang", language, "--output", name, folder=demo
            )
        english, chinese = demo / "en.html", demo / "zh.html"
        _take(browser, english, "report-en-light.png")
        _take(browser, english, "report-en-dark.png", dark=True, prepare=_open_first_link)
        _take(browser, chinese, "report-zh-light.png", prepare=_show_all_links)
        _take(browser, chinese, "report-zh-dark.png", dark=True, height=900, prepare=_show_charts)


if __name__ == "__main__":
    main()
