"""Read the settings of a Hugo site: its languages, mounts and themes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from pathlib import Path

from crawler.pages.internal_links.sites import Generator, Site
from crawler.scan.folders import MAX_FOLDERS, ToRelativePath, subfolders
from crawler.scan.generators.hugo_layouts import (
    changes_anchors,
    has_link_hook,
    layouts_with_computed_ids,
)
from crawler.scan.generators.settings_files import first_settings, path_of, read_settings

_MAX_FOLDERS_PER_LANGUAGE = 20  # folders of pages that are tried for each language


def read_hugo(folder: Path, pages: Path, relative: ToRelativePath) -> Site:
    """Return the site that the settings of Hugo describe, with its languages, mounts and themes.

    Args:
        folder: The folder of the settings.
        pages: The folder of the pages.
        relative: Returns a folder's path in the form of `Page.path`.
    """
    settings = _settings(folder)
    content = _content(folder, pages, settings, relative)
    themes = subfolders(folder / "themes")
    static = [*_static(folder, settings), *(theme / "static" for theme in themes)]
    layouts = [each / "layouts" for each in (folder, *themes)]
    missing_theme = "theme" in settings and not themes
    patterns = {key.split(".")[-1] for key in settings if key.startswith("permalinks.")}
    taxonomies = {value for key, value in settings.items() if key.startswith("taxonomies.")}
    return Site(
        generator=Generator.HUGO,
        root=relative(pages),
        content=content[: 2 * MAX_FOLDERS],
        static=tuple(dict.fromkeys(map(relative, [*static[:MAX_FOLDERS], folder / "assets"]))),
        base_path=path_of(settings.get("baseurl", "")),
        directory_urls=settings.get("uglyurls", "false").lower() != "true",
        patterned_sections=frozenset(patterns | taxonomies),
        adds_pages=any(pages.rglob("_content.gotmpl")),
        adds_addresses=missing_theme or any(key.startswith("module.imports") for key in settings),
        changes_links=has_link_hook(layouts),
        changes_headings=changes_anchors(layouts),
        layouts_with_ids=layouts_with_computed_ids(layouts),
        includes_pages=True,  # by shortcodes of the site or its theme
    )


def _content(
    folder: Path, pages: Path, settings: Mapping[str, str], relative: ToRelativePath
) -> tuple[tuple[str, str], ...]:
    """Return Hugo's folders of pages, with the addresses that are possible, each pair once."""
    content = [(relative(pages), "")]
    for key, value in settings.items():
        parts = key.split(".")
        if parts[-1] == "contentdir":
            language = parts[1] if parts[0] == "languages" else ""
            content += [(relative(folder / value), ""), (relative(folder / value), language)]
        elif parts[0] == "module" and parts[-1] == "source":
            top, _, below = _mount_target(settings, key).partition("/")
            if top == "content":
                content.append((relative(folder / value), below))
    languages = sorted({key.split(".")[1] for key in settings if key.startswith("languages.")})
    folders = list(dict.fromkeys(each for each, _ in content))[:_MAX_FOLDERS_PER_LANGUAGE]
    for language in languages[:MAX_FOLDERS]:
        content += [(each, language) for each in folders]
    return tuple(dict.fromkeys(content))


def _static(folder: Path, settings: Mapping[str, str]) -> list[Path]:
    """Return Hugo's folders of static files, without those of themes."""
    static = [folder / "static"]
    for key, value in settings.items():
        parts = key.split(".")
        is_of_language = parts[0] == "languages" and "staticdir" in parts[-1]
        is_mount = parts[0] == "module" and parts[-1] == "source"
        if (
            parts[0] == "staticdir"
            or is_of_language
            or (is_mount and _mount_target(settings, key).removesuffix("/") == "static")
        ):
            static.append(folder / value)
    return static


def _mount_target(settings: Mapping[str, str], source_key: str) -> str:
    """Return where Hugo mounts the folder whose name has the key `source_key`."""
    return settings.get(f"{source_key.rpartition('.')[0]}.target", "")


def _settings(folder: Path) -> dict[str, str]:
    """Return the settings of Hugo, also those in folders below `config/_default`."""
    settings = first_settings(folder, ("hugo", "config"))
    files = islice((folder / "config" / "_default").rglob("*.*"), MAX_FOLDERS)
    for file in sorted(files):
        prefix = _prefix(file.stem.lower())
        settings |= {prefix + key: value for key, value in read_settings(file).items()}
    return settings


def _prefix(stem: str) -> str:
    """Return the prefix of the keys in a file of Hugo's configuration folder.

    The file of one language, whatever its name before that, has settings of this language only
    (https://gohugo.io/configuration/introduction/#configuration-directory).

    >>> [_prefix(stem) for stem in ("hugo", "params", "languages.fr", "menus.fr")]
    ['', 'params.', 'languages.fr.', 'languages.fr.menus.']
    """
    name, _, language = stem.partition(".")
    if name in {"hugo", "config"}:
        return ""
    if not language:
        return f"{name}."
    return f"languages.{language}.{name}." if name != "languages" else f"languages.{language}."
