"""Lead readers of a MkDocs site to archive copies of what is broken, and leave the pages alone.

Save it beside mkdocs.yml, and name it there:

    hooks: [mkdocs_hook.py]
    extra: {holdfast_manifest: .holdfast/report.manifest.json}    # the default

`holdfast report --format manifest --output .holdfast` writes the manifest, before `mkdocs build`.
Only Python's standard library and MkDocs are needed.
"""

import html
import json
import logging
import re
from pathlib import Path
from typing import Any

logger = logging.getLogger("mkdocs.hooks.holdfast")
LINK = re.compile(r"""(<a\b[^>]*?\shref=)("[^"]*"|'[^']*')""", re.IGNORECASE)
copies: dict[str, dict[str, Any]] = {}  # the entries of the manifest that are to be used


def on_config(config: Any) -> None:
    """Read the manifest. Without one, the site is built as it is."""
    copies.clear()
    name = config["extra"].get("holdfast_manifest", ".holdfast/report.manifest.json")
    path = Path(config["config_file_path"]).parent / name
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        links = manifest["links"] if manifest["schema"] == 1 else None
        copies.update({url: entry for url, entry in links.items() if entry["use"] == "copy"})
    except FileNotFoundError:
        logger.info("%s does not exist: no link is changed", path)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        logger.warning("%s is no manifest that this hook can read: no link is changed", path)


def on_page_content(content: str, **_: Any) -> str:
    """Return the HTML of a page with the links changed."""
    return LINK.sub(lead_to_copy, content) if copies else content


def lead_to_copy(link: re.Match[str]) -> str:
    """Return the start of a link, to the copy of what it leads to if that is broken."""
    url = html.unescape(link[2][1:-1])
    entry = copies.get(url.partition("#")[0])
    if entry is None:
        return link[0]
    attributes = {"data-originalurl": url, "data-versiondate": entry["captured_at"]}
    written = [f' {name}="{html.escape(text)}"' for name, text in attributes.items() if text]
    return f'{link[1]}"{html.escape(entry["copy"])}"{"".join(written)}'
