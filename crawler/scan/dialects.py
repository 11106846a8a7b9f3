"""Choose the Markdown dialect in which a wiki's generator reads its pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

import msgspec.structs

from crawler.config import Config, LoadedConfig, setting_origins
from crawler.config.model import DialectName
from crawler.http.urls import is_external
from crawler.pages.sites import Generator
from crawler.scan.wiki_root import detect_wiki, repository_of, wiki_above

# Python-Markdown (mkdocs) is read where no other generator is known.
DIALECTS: Final[Mapping[Generator, str]] = {
    Generator.HUGO: "gfm",
    Generator.JEKYLL: "commonmark",
    Generator.DOCUSAURUS: "gfm",
    Generator.ASTRO: "gfm",
    Generator.OBSIDIAN: "obsidian",
    Generator.LOGSEQ: "commonmark",
    Generator.DENDRON: "commonmark",
    Generator.ZOLA: "commonmark",
    Generator.GITHUB: "gfm",
    Generator.WIKIJS: "gfm",
}


def with_detected_dialects(loaded: LoadedConfig) -> LoadedConfig:
    """Return a configuration in which each wiki has the dialect of its generator, if none is set.

    Args:
        loaded: The configuration as written.
    """
    if ("dialect",) in setting_origins(loaded, options={}):
        return loaded
    wikis = {
        name: msgspec.structs.replace(
            wiki, dialect=wiki.dialect or _detect(loaded, loaded.config.for_wiki(name))
        )
        for name, wiki in loaded.config.wikis.items()
    }
    dialect = loaded.config.dialect if wikis else _detect(loaded, loaded.config)
    config = msgspec.structs.replace(loaded.config, dialect=dialect, wikis=wikis)
    return msgspec.structs.replace(loaded, config=config)


def _detect(loaded: LoadedConfig, config: Config) -> DialectName:
    generator = Generator(config.generator) if config.generator else _generator(loaded, config)
    return cast("DialectName", DIALECTS.get(generator, config.dialect))


def _generator(loaded: LoadedConfig, config: Config) -> Generator:
    """Return the generator that the pages have in common, FOLDER if there are several."""
    top = repository_of(loaded.folder)
    found: set[Generator] = set()
    for page in config.pages or ("",):
        if is_external(page):
            continue
        path = loaded.folder / page.partition("*")[0]
        folder = path if path.is_dir() else path.parent
        wiki = wiki_above(folder, top)
        found.add(wiki[0] if wiki else detect_wiki(loaded.folder).generator)
    return found.pop() if len(found) == 1 else Generator.FOLDER
