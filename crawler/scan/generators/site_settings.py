"""Read the settings of a wiki's generator that are needed to resolve internal links.

Settings that are programs (Docusaurus, Astro) are read by `program_settings`, those of Hugo by
`hugo_settings`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path

from crawler.pages.internal_links.sites import Generator, Site
from crawler.scan.folders import MAX_FOLDERS, ToRelativePath, subfolders
from crawler.scan.generators.dendron import has_absent_vaults
from crawler.scan.generators.generator_marks import is_quartz
from crawler.scan.generators.hugo_settings import read_hugo
from crawler.scan.generators.mkdocs_hooks import read_hooks
from crawler.scan.generators.program_settings import read_astro, read_docusaurus
from crawler.scan.generators.redirect_files import read_redirects
from crawler.scan.generators.settings_files import first_settings, path_of, read_settings
from crawler.scan.generators.wiki_root import is_within, repository_of

_MAX_INHERITED = 5  # settings files, each inheriting from the next
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
        Generator.HUGO: read_hugo,
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
        base_path=path_of(settings.get("site_url", "")),
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
        base_path=path_of(settings.get("base_url", "")),
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
