"""Find the site that publishes each folder of a wiki's pages, and where its links start from.

The settings of generators are read by `site_settings`.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from crawler.config import LoadedConfig
from crawler.pages.internal_links.sites import Generator, Site
from crawler.scan.generators.site_settings import read_site
from crawler.scan.generators.translations import TranslationOriginals
from crawler.scan.generators.unknown_generator import describe_site, find_program, find_vite_pages
from crawler.scan.generators.vaults import has_linked_notes, is_from_logseq
from crawler.scan.generators.wiki_root import (
    LocatedWiki,
    detect_docs_root,
    is_wikijs,
    mkdocs_file,
    mkdocs_pages,
    notes_generator,
    repository_of,
    wiki_above,
)
from crawler.scan.page_source import PageSource, printable_name
from crawler.scan.wiki_files import folders_of, relative_name
from store.vocabulary import InternalLink, PageWarning

_MAX_SITES = 20  # links on pages of further sites are not checked
_UNKNOWN_SITE = Site(changes_links=True, changes_headings=True)  # so no link of it is broken


def find_sites(
    loaded: LoadedConfig, sources: Sequence[PageSource], links: Sequence[InternalLink]
) -> Mapping[str, Site]:
    """Return the site of each folder of pages, by its path below the configuration's folder.

    Pages that Hugo mounts one by one have their own path there.
    """
    default = default_site(loaded, sources, links)
    folders = {relative_name(folder, loaded.folder): folder for folder in folders_of(sources)}
    if loaded.config.docs_root or loaded.config.generator:
        return dict.fromkeys(folders, default)
    found = _sites_by_settings(loaded, sources, folders, default)
    mounted = _mounted_elsewhere(found, default)
    programs: dict[Path, bool] = {}
    for name in [name for name, site in found.items() if site == default]:
        if site := _site_without_settings(loaded, default, folders[name], programs):
            found[name] = site
    return {**mounted, **found}


def _sites_by_settings(
    loaded: LoadedConfig,
    sources: Sequence[PageSource],
    folders: Mapping[str, Path],
    default: Site,
) -> dict[str, Site]:
    """Return the site of each folder by the settings in it or above it.

    Args:
        loaded: The configuration of the wiki.
        sources: The files of the wiki's pages.
        folders: The folders of pages, by their paths below the configuration's folder.
        default: The site of folders that no generator with settings publishes.
    """
    top = repository_of(loaded.folder)
    originals = TranslationOriginals(top)
    relative = partial(relative_name, folder=loaded.folder)
    sites: dict[LocatedWiki, Site] = {}
    found: dict[str, Site] = {}
    wikis_by_folder: dict[Path, Sequence[LocatedWiki]] = {}
    for name, folder in sorted(folders.items()):
        topmost = top if folder.is_relative_to(top) else _shared_folder(sources)
        wiki = wiki_above(folder, topmost, wikis_by_folder)
        site = default
        if wiki and _is_published(wiki, folder):
            if wiki not in sites and len(sites) >= _MAX_SITES:
                found[name] = _UNKNOWN_SITE
                continue
            if wiki not in sites:
                sites[wiki] = read_site(*wiki, relative)
            site = sites[wiki]
        fallbacks = [
            (relative(translation), relative(original))
            for translation, original in originals.find(folder)
        ]
        found[name] = replace(site, fallbacks=tuple(fallbacks)) if fallbacks else site
    return found


def _site_without_settings(
    loaded: LoadedConfig, default: Site, folder: Path, programs: dict[Path, bool]
) -> Site | None:
    """Return the site of a folder that a generator publishes for which there are no rules.

    Args:
        loaded: The configuration of the wiki.
        default: The site of pages that no detected generator publishes.
        folder: The folder of pages.
        programs: Whether folders have the settings of a program; completed in place.

    Returns:
        The site of VitePress, VuePress, another program, or Hugo by its pages; None for others.
    """
    top = repository_of(loaded.folder)
    relative = partial(relative_name, folder=loaded.folder)
    if pages := _vite_pages(loaded, default, folder, top):
        return describe_site(default.generator, pages, top, relative)
    if program := _program_below(loaded, default, folder, top, programs):
        return describe_site(default.generator, program, top, relative)
    if content := _content_without_settings(folder, top):
        return Site(
            generator=Generator.HUGO,
            root=relative(content),
            content=((relative(content), ""),),
            adds_pages=True,
        )
    return None


def _program_below(
    loaded: LoadedConfig, default: Site, folder: Path, top: Path, programs: dict[Path, bool]
) -> Path | None:
    """Return the folder of a program, below the folder of the default site, that has a folder."""
    if default.generator not in {Generator.FOLDER, Generator.GITHUB} or default.adds_addresses:
        return None
    within = top if folder.is_relative_to(top) else loaded.folder
    return find_program(folder, within, programs)


def _vite_pages(loaded: LoadedConfig, default: Site, folder: Path, top: Path) -> Path | None:
    """Return the top folder of the VitePress or VuePress pages that a folder belongs to."""
    if default.generator not in {Generator.FOLDER, Generator.GITHUB}:
        return None
    within = top if folder.is_relative_to(top) else loaded.folder
    return find_vite_pages(folder, within)


def _content_without_settings(folder: Path, top: Path) -> Path | None:
    """Return the top folder of pages that Hugo publishes from elsewhere, None if there is none.

    Only Hugo's pages of folders are named `_index.md`. A script may copy them into a site whose
    settings are not above them, or in another repository.
    """
    above = (folder, *folder.parents) if folder.is_relative_to(top) else (folder,)
    inside = [each for each in above if each.is_relative_to(top) or each == folder]
    return next((each for each in reversed(inside) if (each / "_index.md").is_file()), None)


def _mounted_elsewhere(found: dict[str, Site], default: Site) -> Mapping[str, Site]:
    """Assign to a Hugo site the folders outside of it that its settings mount.

    Args:
        found: The site of each folder of pages; changed in place.
        default: The site of pages that no detected generator publishes.

    Returns:
        The site of each file that is mounted on its own.
    """
    hugo = [site for site in set(found.values()) if site.generator is Generator.HUGO]
    mounts = {mount: site for site in hugo for mount, _ in site.content if mount}
    for name in [name for name, site in found.items() if site == default]:
        parents = (name, *map(str, PurePosixPath(name).parents))
        if mount := next((each for each in parents if each in mounts), None):
            found[name] = mounts[mount]
    return {mount: site for mount, site in mounts.items() if mount not in found}


def overridden_generators(
    loaded: LoadedConfig, sources: Sequence[PageSource]
) -> Sequence[tuple[Generator, str]]:
    """Return the generators that the configuration overrides, with the folders of their settings.

    With `generator = "github"` or `"folder"`, links are resolved as paths in the repository, even
    on pages that another generator publishes.
    """
    configured = loaded.config.generator
    if configured not in {Generator.FOLDER, Generator.GITHUB}:
        return ()
    top = repository_of(loaded.folder)
    found: dict[tuple[Generator, str], None] = {}
    wikis_by_folder: dict[Path, Sequence[LocatedWiki]] = {}
    for folder in folders_of(sources):
        topmost = top if folder.is_relative_to(top) else _shared_folder(sources)
        wiki = wiki_above(folder, topmost, wikis_by_folder)
        if wiki and _is_published(wiki, folder):
            found[wiki.generator, relative_name(wiki.settings, loaded.folder)] = None
    return sorted(found)


def _is_published(wiki: LocatedWiki, folder: Path) -> bool:
    """Return whether a wiki's generator publishes the pages in a folder."""
    if wiki.generator is Generator.DOCUSAURUS:
        return folder != wiki.settings
    return folder.is_relative_to(wiki.pages) or wiki.generator is Generator.ASTRO


def default_site(
    loaded: LoadedConfig, sources: Sequence[PageSource], links: Sequence[InternalLink]
) -> Site:
    """Return the site of pages that no detected generator publishes.

    If the configuration names a generator or the folder of pages, this is the site of all pages.
    """
    root = find_docs_root(loaded, sources, links)
    top = repository_of(loaded.folder)
    relative = partial(relative_name, folder=loaded.folder)
    configured = Generator(loaded.config.generator) if loaded.config.generator else None
    wiki = wiki_above(root, top)
    wiki_of_folder = wiki or wiki_above(loaded.folder, top)
    if configured and configured not in {Generator.FOLDER, Generator.GITHUB}:
        settings = wiki_of_folder.settings if wiki_of_folder else loaded.folder
        return read_site(configured, settings, root, relative)
    if loaded.config.docs_root and not configured and wiki:
        return read_site(wiki.generator, wiki.settings, root, relative)
    is_published = wiki_of_folder is not None
    generator = configured or _detect_generator(root, top, is_published=is_published)
    if generator in {Generator.WIKIJS, Generator.OBSIDIAN, Generator.LOGSEQ}:
        return read_site(generator, root, root, relative)
    if generator is Generator.GITHUB and not loaded.config.docs_root:
        # Root-relative links start from the repository's top, unless more of them resolve below
        # the folder of the pages.
        first_parts = _first_parts(links)
        is_docs_root = _count_below(root, first_parts) > _count_below(top, first_parts)
        root = top if _contains_all(top, sources) and not is_docs_root else root
    site = describe_site(generator, root.absolute(), top, relative)
    # A forge shows the same pages, and its links start from the top of the repository.
    is_chosen = not loaded.config.docs_root and root.is_relative_to(top)
    return replace(site, other_roots=(relative(top),)) if is_chosen and root != top else site


def _detect_generator(root: Path, top: Path, *, is_published: bool) -> Generator:
    """Return the program by whose rules links lead, without settings of a generator above a page.

    Args:
        root: The folder that root-relative links start from.
        top: The top folder of the repository.
        is_published: A generator publishes other pages of the wiki.
    """
    if not is_published and is_wikijs(root):
        return Generator.WIKIJS
    is_repository = is_published or (top / ".github").is_dir()
    if is_repository:
        has_notes = not is_published and has_linked_notes(root)
        return notes_generator(root) if has_notes else Generator.GITHUB
    return Generator.LOGSEQ if is_from_logseq(root) else Generator.FOLDER


def _contains_all(folder: Path, sources: Sequence[PageSource]) -> bool:
    """Return whether all pages are below a folder."""
    return all(each.is_relative_to(folder) for each in folders_of(sources))


def find_docs_root(
    loaded: LoadedConfig, sources: Sequence[PageSource], links: Sequence[InternalLink]
) -> Path:
    """Return the folder that root-relative links start from.

    It is the configured one, else the one that the wiki's generator declares. Without both it is
    the folder all pages share, or a folder directly in it under which more of the links resolve.
    """
    if loaded.config.docs_root:
        return loaded.folder / loaded.config.docs_root
    files = [source.file for source in sources if source.file]
    if not files:
        return loaded.folder
    shared = _shared_folder(sources)
    top = loaded.folder if shared.is_relative_to(loaded.folder) else None
    declared = detect_docs_root(shared, within=top)
    if declared != shared:
        return declared
    nested = [file.absolute().relative_to(shared) for file in files]
    subfolders = {shared / path.parts[0] for path in nested if len(path.parts) > 1}
    first_parts = _first_parts(links)
    return max((shared, *sorted(subfolders)), key=lambda folder: _count_below(folder, first_parts))


def _first_parts(links: Sequence[InternalLink]) -> Counter[str]:
    """Return how many root-relative links have each first part of a path ("docs" of /docs/a)."""
    targets = [unquote(link.target) for link in links if link.target.startswith("/")]
    return Counter(target.split("/")[1] for target in targets)


def _count_below(folder: Path, first_parts: Counter[str]) -> int:
    """Return the number of root-relative links whose first part exists in a folder."""
    parts = [part for part in first_parts if part and (folder / part).exists()]
    return sum(first_parts[part] for part in parts)


def settings_warning(loaded: LoadedConfig, sources: Sequence[PageSource]) -> PageWarning | None:
    """Return a warning if the mkdocs.yml that `find_docs_root` uses is wrong, else None."""
    if loaded.config.docs_root or not folders_of(sources):
        return None
    shared = _shared_folder(sources)
    for folder in (shared, *shared.parents):
        file = mkdocs_file(folder)
        problem = mkdocs_pages(file).problem if file else ""
        if file and problem:
            return PageWarning(
                page=printable_name(relative_name(file, loaded.folder)),
                line=0,
                code="settings",
                message=problem,
            )
        if file or folder == loaded.folder:
            break
    return None


def _shared_folder(sources: Sequence[PageSource]) -> Path:
    """Return the deepest folder that contains all pages."""
    return Path(os.path.commonpath(folders_of(sources)))
