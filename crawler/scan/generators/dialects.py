"""Choose the Markdown dialect in which a wiki's generator reads its pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

import msgspec.structs

from crawler.config import Config, LoadedConfig, setting_origins
from crawler.config.model import DialectName
from crawler.http.urls import is_web_url
from crawler.pages.internal_links.sites import Generator
from crawler.scan.generators.wiki_root import detect_wiki, repository_of, wiki_above

# Generators that are missing here use the configured dialect, by default Python-Markdown (mkdocs).
DIALECTS: Final[Mapping[Generator, str]] = {
    Generator.HUGO: "gfm",
    Generator.JEKYLL: "commonmark",
    Generator.DOCUSAURUS: "gfm",
    Generator.ASTRO: "gfm",
    Generator.OBSIDIAN: "obsidian",
    Generator.LOGSEQ: "commonmark",
    Generator.DENDRON: "commonmark",
    Generator.ZOLA: "commonmark",
    Generator.HEXO: "gfm",
    Generator.GRAV: "gfm",
    Generator.GITHUB: "gfm",
    Generator.WIKIJS: "wikijs",
}


def with_detected_dialects(loaded: LoadedConfig) -> LoadedConfig:
    """Set the dialect of each wiki to that of its generator, unless the user set one.

    Args:
        loaded: The configuration as written.

    Returns:
        The configuration with the dialects.
    """
    if ("dialect",) in setting_origins(loaded, options={}):
        return loaded
    wikis = {}
    for name, wiki in loaded.config.wikis.items():
        wiki_dialect = wiki.dialect or _detect(loaded, loaded.config.for_wiki(name))
        wikis[name] = msgspec.structs.replace(wiki, dialect=wiki_dialect)
    dialect = loaded.config.dialect if wikis else _detect(loaded, loaded.config)
    config = msgspec.structs.replace(loaded.config, dialect=dialect, wikis=wikis)
    return msgspec.structs.replace(loaded, config=config)


def _detect(loaded: LoadedConfig, config: Config) -> DialectName:
    """Return the dialect of the configured or detected generator, else the configured one."""
    if config.generator:
        generator = Generator(config.generator)
    else:
        generator = _common_generator(loaded, config)
    return cast("DialectName", DIALECTS.get(generator, config.dialect))


def _common_generator(loaded: LoadedConfig, config: Config) -> Generator:
    """Return the generator of all pages, FOLDER if they have several."""
    top = repository_of(loaded.folder)
    found: set[Generator] = set()
    for page in config.pages or ("",):
        if is_web_url(page):
            continue
        path = loaded.folder / page.partition("*")[0]
        folder = path if path.is_dir() else path.parent
        wiki = wiki_above(folder, top)
        found.add(wiki.generator if wiki else detect_wiki(loaded.folder).generator)
    return found.pop() if len(found) == 1 else Generator.FOLDER
