"""Read the settings of a wiki's generator that are needed to resolve internal links.

Settings that are programs (Docusaurus, Astro) are read by `program_settings`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

from crawler.pages.sites import Generator, Site
from crawler.scan.dendron import has_absent_vaults
from crawler.scan.folders import MAX_FOLDERS, ToRelativePath, subfolders
from crawler.scan.generator_marks import is_quartz
from crawler.scan.hugo_layouts import (
    changes_anchors,
    has_link_hook,
    layouts_with_computed_ids,
)
from crawler.scan.mkdocs_hooks import read_hooks
from crawler.scan.program_settings import read_astro, read_docusaurus
from crawler.scan.redirect_files import read_redirects
from crawler.scan.settings_files import first_settings, read_settings
from crawler.scan.wiki_root import is_within, repository_of

_MAX_INHERITED = 5  # settings files, each inheriting from the next
_MAX_FOLDERS_PER_LANGUAGE = 20  # folders of pages that are tried for each language of Hugo
# Words in the names of MkDocs plugins that add pages
_PAGE_PLUGINS = re.compile(
    r"gen-files|generate|mono-?repo|multi-?repo|auto-?api|api-?auto|automatic|simple|include-dir|"
    r"import|external|embed-?file|schema|notebook|jupyter|gallery|i18n|projects|publisher|"
    r"swagger|openapi|doxy|same-dir"
)
# MkDocs plugins that add anchors or text to pages
_TEXT_PLUGINS = frozenset(
    [
        "macros", "mkdocstrings", "include-markdown", "include", "autorefs", "markdownextradata",
        "table-reader", "swagger-ui-tag", "render_swagger", "click", "typer",
    ]
)  # fmt: skip
# MkDocs plugins that put pages into others
_INCLUDE_PLUGINS = frozenset(
    ["macros", "include-markdown", "include", "markdown-include", "snippets"]
)

# In this module, `content` has pairs of a folder of pages and the address that they are published
# under, as in `Site.content`. If several addresses are possible, it has a pair for each.


def read_site(generator: Generator, folder: Path, pages: Path, relative: ToRelativePath) -> Site:
    """Return the site that the settings of a generator describe.

    Args:
        generator: The generator.
        folder: The folder of its settings.
        pages: The folder of its pages.
        relative: Returns a folder's path in the form of `Page.path`.
    """
    root = relative(pages)
    readers = {
        Generator.MKDOCS: _mkdocs,
        Generator.HUGO: _hugo,
        Generator.JEKYLL: _jekyll,
        Generator.DOCUSAURUS: read_docusaurus,
        Generator.ASTRO: read_astro,
        Generator.ZOLA: _zola,
        Generator.HEXO: _hexo,
        Generator.GRAV: _grav,
    }
    if reader := readers.get(generator):
        site = reader(folder, pages, relative)
        addresses, prefixes = read_redirects(folder, pages)
        return replace(site, redirects=site.redirects | addresses, redirected_prefixes=prefixes)
    has_addresses = generator in {Generator.WIKIJS, Generator.OBSIDIAN}
    content = ((root, ""),) if has_addresses else ()
    return Site(
        generator=generator,
        root=root,
        content=content,
        directory_urls=False,
        generated_folders=("tags",) if is_quartz(folder) else (),
        adds_pages=generator is Generator.DENDRON and has_absent_vaults(folder),
    )


def _mkdocs(folder: Path, pages: Path, relative: ToRelativePath) -> Site:
    """Return the site that the settings of MkDocs describe."""
    settings = _mkdocs_settings(folder)
    plugins = _mkdocs_plugins(settings)
    hooks = read_hooks(folder, settings)
    adds_pages = any(_PAGE_PLUGINS.search(name) for name in plugins - {"blog"})
    redirects = (key.partition("redirect_maps.")[2] for key in settings if "redirect_maps." in key)
    custom = settings.get("theme.custom_dir", "")
    named = (value for key, value in settings.items() if key.startswith("nav."))
    return Site(
        generator=Generator.MKDOCS,
        root=relative(pages),
        content=((relative(pages), ""),),
        static=(relative(folder / custom),) if custom else (),
        base_path=_path_of(settings.get("site_url", "")),
        directory_urls=settings.get("use_directory_urls", "true").lower() != "false",
        redirects=frozenset(redirects),
        named_pages=frozenset(relative(pages / page) for page in named if "://" not in page),
        adds_pages=adds_pages or hooks.add_pages,
        adds_addresses=hooks.exist or "blog" in plugins,
        changes_links=hooks.change_links,
        changes_headings=bool(plugins & _TEXT_PLUGINS) or hooks.exist,
        includes_pages=bool(plugins & _INCLUDE_PLUGINS) or _has_snippets(settings),
    )


def _mkdocs_settings(folder: Path) -> dict[str, str]:
    """Return the settings of MkDocs, including inherited ones (`INHERIT`), or of Zensical."""
    settings = first_settings(folder, ("mkdocs",))
    if not settings:
        zensical = first_settings(folder, ("zensical",)).items()
        settings = {key.removeprefix("project."): value for key, value in zensical}
    tops, inherited = [repository_of(folder), folder.parent], settings
    for _ in range(_MAX_INHERITED):
        file = folder / inherited.get("inherit", "").replace("\0", "")
        if file == folder or not is_within(file, tops):
            break
        inherited, folder = read_settings(file), file.parent
        settings = inherited | settings
    return settings


def _mkdocs_plugins(settings: Mapping[str, str]) -> AbstractSet[str]:
    """Return the names of the plugins of MkDocs, without their namespaces (`material/blog`)."""
    plugins = set()
    for key, value in settings.items():
        parts = key.split(".")
        if parts[0] == "plugins" and len(parts) > 1:
            name = parts[1]
            if name.isdigit():  # an item of a list: a name, or a name with options
                name = parts[2] if len(parts) > 2 else value
            plugins.add(name.rpartition("/")[2])
    return plugins


def _has_snippets(settings: Mapping[str, str]) -> bool:
    """Return whether an extension of Markdown puts pages into others."""
    names = (f"{key}={value}" for key, value in settings.items())
    extensions = (name for name in names if name.startswith("markdown_extensions."))
    return any("snippets" in name or "markdown_include" in name for name in extensions)


def _hugo(folder: Path, pages: Path, relative: ToRelativePath) -> Site:
    """Return the site that the settings of Hugo describe, with its languages, mounts and themes."""
    settings = _hugo_settings(folder)
    content = _hugo_content(folder, pages, settings, relative)
    themes = subfolders(folder / "themes")
    static = [*_hugo_static(folder, settings), *(theme / "static" for theme in themes)]
    layouts = [each / "layouts" for each in (folder, *themes)]
    missing_theme = "theme" in settings and not themes
    patterns = {key.split(".")[-1] for key in settings if key.startswith("permalinks.")}
    taxonomies = {value for key, value in settings.items() if key.startswith("taxonomies.")}
    return Site(
        generator=Generator.HUGO,
        root=relative(pages),
        content=content[: 2 * MAX_FOLDERS],
        static=tuple(dict.fromkeys(map(relative, [*static[:MAX_FOLDERS], folder / "assets"]))),
        base_path=_path_of(settings.get("baseurl", "")),
        directory_urls=settings.get("uglyurls", "false").lower() != "true",
        patterned_sections=frozenset(patterns | taxonomies),
        adds_pages=any(pages.rglob("_content.gotmpl")),
        adds_addresses=missing_theme or any(key.startswith("module.imports") for key in settings),
        changes_links=has_link_hook(layouts),
        changes_headings=changes_anchors(layouts),
        layouts_with_ids=layouts_with_computed_ids(layouts),
        includes_pages=True,  # by shortcodes of the site or its theme
    )


def _hugo_content(
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


def _hugo_static(folder: Path, settings: Mapping[str, str]) -> list[Path]:
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


def _hugo_settings(folder: Path) -> dict[str, str]:
    """Return the settings of Hugo, also those in folders below `config/_default`."""
    settings = first_settings(folder, ("hugo", "config"))
    files = islice((folder / "config" / "_default").rglob("*.*"), MAX_FOLDERS)
    for file in sorted(files):
        prefix = _hugo_prefix(file.stem.lower())
        settings |= {prefix + key: value for key, value in read_settings(file).items()}
    return settings


def _hugo_prefix(stem: str) -> str:
    """Return the prefix of the keys in a file of Hugo's configuration folder.

    The file of one language, whatever its name before that, has settings of this language only
    (https://gohugo.io/configuration/introduction/#configuration-directory).

    >>> [_hugo_prefix(stem) for stem in ("hugo", "params", "languages.fr", "menus.fr")]
    ['', 'params.', 'languages.fr.', 'languages.fr.menus.']
    """
    name, _, language = stem.partition(".")
    if name in {"hugo", "config"}:
        return ""
    if not language:
        return f"{name}."
    return f"languages.{language}.{name}." if name != "languages" else f"languages.{language}."


def _jekyll(folder: Path, pages: Path, relative: ToRelativePath) -> Site:
    """Return the site that the settings of Jekyll describe, with its collections."""
    settings = first_settings(folder, ("_config",))
    collections = pages / settings.get("collections_dir", "")
    content = [(relative(pages), "")]
    for path in (*subfolders(pages), *subfolders(collections)):
        if path.name.startswith("_"):
            content += [(relative(path), path.name[1:]), (relative(path), "")]
    return Site(
        generator=Generator.JEKYLL,
        root=relative(pages),
        content=tuple(content)[: 2 * MAX_FOLDERS],
        static=(relative(pages),),
        base_path=settings.get("baseurl", "").strip("/"),
    )


def _zola(folder: Path, pages: Path, relative: ToRelativePath) -> Site:
    """Return the site that the settings of Zola describe."""
    settings = first_settings(folder, ("zola", "config"))
    themes = [theme / "static" for theme in subfolders(folder / "themes")]
    return Site(
        generator=Generator.ZOLA,
        root=relative(pages),
        content=((relative(pages), ""),),
        static=tuple(map(relative, [folder / "static", *themes])),
        base_path=_path_of(settings.get("base_url", "")),
    )


def _hexo(folder: Path, pages: Path, relative: ToRelativePath) -> Site:
    """Return the site that the settings of Hexo describe, with its posts and their files."""
    settings = first_settings(folder, ("_config",))
    themes = [theme / "source" for theme in subfolders(folder / "themes")]
    posts = [pages / "_posts", pages / "_drafts"]
    content = [pages, *(each for each in posts if each.is_dir())]
    return Site(
        generator=Generator.HEXO,
        root=relative(pages),
        content=tuple((relative(each), "") for each in content),
        static=tuple(map(relative, themes)),
        base_path=settings.get("root", "").strip("/"),
    )


def _grav(folder: Path, pages: Path, relative: ToRelativePath) -> Site:
    """Return the site that the pages of Grav form; its theme may add headings to them."""
    return Site(
        generator=Generator.GRAV,
        root=relative(pages),
        content=((relative(pages), ""),),
        static=(relative(folder), relative(pages.parent)),
        directory_urls=False,
    )


def _path_of(url: str) -> str:
    """Return the path of a site's URL, without leading and trailing slashes."""
    try:
        return urlsplit(url).path.strip("/")
    except ValueError:
        return ""
