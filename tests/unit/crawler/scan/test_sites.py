"""Test internal links in small sites of each generator: only what is certainly missing is found."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from crawler.config import load_config
from crawler.pages.dialect import Dialect
from crawler.scan.discovery import page_sources
from crawler.scan.generators import wiki_root
from crawler.scan.internal_links import resolve_links
from crawler.scan.page_source import PageSource
from crawler.scan.reader import read_page

HUGO = {
    "hugo.toml": 'baseURL = "https://lamps.example/site/"\ntheme = "plain"\n[taxonomies]\ntag = "tags"\nkeeper = "keepers"\n',
    "static/img/a.png": "",
    "assets/b.svg": "",
    "themes/plain/static/css/logo.png": "",
    "content/_index.md": "",
    "content/posts/_index.md": "# All\n\n## Of the section\n",
    "static/_redirects": "# of the host\n/posts/moved/ /posts/first-post/ 301\n/gone/* /posts/:splat 301\nhttps://www.lamps.example/* https://lamps.example/:splat 301!\n",
    "netlify.toml": '[[redirects]]\nfrom = "/posts/lent/"\nto = "/"\n',
    "vercel.json": '{"redirects": [{"source": "/posts/v/:slug", "destination": "/"}, {"source": 5}, 6]}',
    "static/.htaccess": "Redirect 301 /posts/served /posts/\nRewriteRule ^posts/old-(.*)$ /posts/$1 [R=301]\n",
    "content/posts/a.md": "---\nslug: first-post\naliases: [/old/first, second]\n---\n\n# A\n\n## Oil & wick\n",
    "content/posts/b.md": '+++\nurl = "/elsewhere/"\n+++\n',
    "content/posts/My Lamp.md": "---\ntitle: x\n---\n",
    "content/posts/2020-01-02-dated.md": "---\ntitle: x\n---\n",
    "content/posts/bundle/index.md": "",
    "content/posts/bundle/wick.jpg": "",
    "content/about.fr.md": "",
    "content/about.md": "",
}
# The settings of each language are a file of their own.
HUGO_LANGUAGES = {
    "config/_default/hugo.toml": 'defaultContentLanguage = "en"\n',
    "config/_default/languages.en.toml": 'contentDir = "content/en"\n',
    "config/_default/languages.zh-cn.yaml": "contentDir: content/zh-cn\n",
    "config/_default/menus.zh-cn.toml": '[[main]]\nname = "x"\n',
    "content/en/docs/oil.md": "# Oil\n",
    "content/zh-cn/docs/oil.md": "# 灯油\n",
}
# Folders and single files of the repository are mounted among the pages.
HUGO_MOUNTS = {
    "site/config/_default/hugo.yaml": (
        "module:\n  mounts:\n    - source: content/en\n      target: content\n"
        "    - source: ../HISTORY.md\n      target: content/project/repo/CHANGES.md\n"
        "    - source: ../lamps\n      target: content/docs/lamps\n"
    ),
    "HISTORY.md": "# History\n\n## First light\n",
    "lamps/argand.md": "# Argand\n",
    "site/content/en/docs/oil/_index.md": "# Oil\n\n## Whale oil\n",
    "site/content/en/docs/wick/index.md": "# Wick\n",
    "site/content/fr/docs/oil/_index.md": "# Huile\n",
}
# A file of another repository and a folder that is not checked out are mounted, too.
HUGO_ELSEWHERE = {
    "hugo.toml": (
        '[[module.mounts]]\nsource = "content"\ntarget = "content"\n'
        '[[module.mounts]]\nsource = "../../elsewhere/OIL.md"\ntarget = "content/oil.md"\n'
        '[[module.mounts]]\nsource = "submodule"\ntarget = "content/lamps"\n'
    ),
    "content/posts/_index.md": "",
}
LOGSEQ = {
    "logseq/config.edn": "{}",
    "assets/flame.png": "",
    "pages/lamps.md": "- # Lamps\n  id:: 63bc6201-53b1-47a4-834f-83934b69ad49\n",
    "pages/oil___whale.md": "- # Whale\n",
}
JEKYLL = {
    "_config.yml": "baseurl: /wiki\ncollections:\n  lamps:\n    output: true\n",
    "index.md": "---\n---\n",
    "_posts/2020-01-02-first-light.md": "---\ntitle: x\n---\n# Oil\n",
    "_lamps/argand.md": "---\npermalink: /lamp/argand/\nredirect_from: [/old/argand]\n---\n",
    "guide/start.md": "---\n---\n",
    "assets/img/a.png": "",
}
DOCUSAURUS = {
    "website/docusaurus.config.js": "module.exports = {baseUrl: '/lamps/', presets: [['classic', {docs: {path: '../docs', routeBasePath: 'handbook'}}]]}",
    "website/static/img/a.png": "",
    "website/blog/2020-01-02-light.md": "# L\n",
    "website/src/pages/help.mdx": "# H\n",
    "docs/01-start/02-first.md": "---\nid: one\n---\n# F {#own}\n",
    "docs/oil.md": "---\nslug: /fuel\n---\n# Oil\n",
    "docs/intro.mdx": "import X from './x'\n\n<X />\n",
}
DOCUSAURUS_VERSION = {**DOCUSAURUS, "website/versioned_docs/version-2.x/wick.md": "# Wick\n"}
ASTRO = {
    "astro.config.mjs": "export default defineConfig({ site: 'https://a.example', base: '/handbook' })",
    "public/logo.png": "",
    "src/assets/wick.png": "",
    "src/content/docs/index.mdx": "",
    "src/content/docs/guides/start.md": "---\nslug: begin\n---\n# S\n",
    "src/content/blog/one.md": "# One\n",
    "src/pages/about.md": "# A\n",
}
MKDOCS = {
    "mkdocs.yml": "site_url: https://lamps.example/handbook/\nplugins:\n  - search\n  - redirects:\n      redirect_maps:\n        old/lamp.md: guide/lamp.md\ntheme:\n  custom_dir: overrides\n",
    "README.md": "",
    "LICENSE": "",
    "overrides/own.svg": "",
    "docs/index.md": "",
    "docs/guide/lamp.md": "# Lamp\n",
    "docs/guide/oil.md": "# Oil\n",
    "docs/img/a.png": "",
}
OBSIDIAN = {
    ".obsidian/app.json": "{}",
    "Home.md": "# Home\n",
    "Lamps/Argand Lamp.md": "---\naliases:\n  - Quinquet\n---\n# Parts\n\n## The wick: how\n\nA block ^abc\n",
    "Old/Lamps/Prices.md": "# Wick\n",
    "Old/Trade/Prices.md": "# Oil\n",
    "Attachments/flame.png": "",
    "Boards/Plan.canvas": "{}",
}
GITHUB = {
    ".github/workflows/check.yml": "",
    "README.md": "# Lamps\n\n## ✨ Features\n\n## ⚠️ Warning\n\n<h2>Raw <em>heading</em></h2>\n",
    "docs/a.md": "## ವರ್ಣಮಾಲೆ ಕ್ರಮ\n\n## 1. First\n",
    "LICENSE": "",
    ".gitignore": "coverage/\n",
}
# A clone of a vault: git ignores its settings, and the forge's own folder is there.
VAULT_CLONE = {
    **{name: text for name, text in OBSIDIAN.items() if not name.startswith(".obsidian")},
    ".github/workflows/check.yml": "",
    ".gitignore": "node_modules\n.obsidian/\n",
    "Index.md": "[[Home]] and [[Quinquet]]\n",
}
NOTES = {
    **{name: text for name, text in VAULT_CLONE.items() if name != ".gitignore"},
    **{f"Notes/{number}.md": "see [[Home]]\n" for number in range(3)},
}
DENDRON = {
    ".github/workflows/check.yml": "",
    "dendron.yml": "version: 5\nworkspace:\n    vaults:\n        -\n            fsPath: vault\n            name: lamps\n",
    "vault/root.md": "---\nid: root\n---\n[[Wicks|lamp.wick]]\n",
    "vault/root.schema.yml": "version: 1\n",
    "vault/lamp.wick.md": "# Wicks\n\n## Of cotton ^c1\n\n### cut(wick: Wick<T>)\n",
    "vault/lamp.oil.of-whales.md": "# Whales\n",
    "vault/assets/flame.png": "",
}
DENDRON_VAULT = {
    name.removeprefix("vault/"): text for name, text in DENDRON.items() if name.startswith("vault/")
}
# A script completes each translation from the pages of the language that has settings.
STAGED = {
    "docs/en/mkdocs.yml": "site_name: Lamps\n",
    "docs/en/docs/oil.md": "# Oil\n",
    "docs/en/docs/guide/wick.md": "# Wick\n",
    "docs/en/docs/img/a.png": "",
    "docs/de/docs/oil.md": "# Öl\n",
    "README.md": "# Lamps\n",
}
STAGED_INHERITED = {**STAGED, "docs/de/mkdocs.yml": "INHERIT: ../en/mkdocs.yml\n"}
# Pages of a site that is a program: it makes pages of more than its Markdown.
PELICAN = {
    "pelicanconf.py": "PATH = 'content'",
    "content/articles/oil.md": "Title: Oil\n\n# Oil\n",
    "content/images/a.png": "",
}
HEXO = {
    "_config.yml": "title: Lamps\nroot: /lamps/\npermalink: :title/\nnew_post_name: :title.md\n",
    "source/_posts/2020/lamps.md": "",
    "source/_posts/2020/lamps/wick.png": "",
    "source/_posts/2019-03-04-oil.md": "# Oil\n",
    "source/tags/index.md": "",
    "source/about/index.md": "# About\n",
    "source/img/a.png": "",
}
HEXO_THEMED = {
    "_config.yml": "title: Lamps\n",
    "source/_posts/oil.md": "# Oil\n",
    "source/about/index.md": "",
    "themes/light/source/logo.png": "",
}
GRAV_USER = {
    "config/system.yaml": "home:\n  alias: '/fuel'\n",
    "pages/01.lamps/01.argand-lamp/item.md": "# Argand lamp\n\n## Burner\n",
    "pages/01.lamps/blog.md": "# Lamps\n",
    "pages/02.fuel/03.oil/default.md": "",
    "pages/02.fuel/03.oil/wick@2x.jpg": "",
    "pages/02.fuel/04.gas/default.de.md": "---\nslug: town-gas\n---\n# Gas\n",
}
GRAV = {f"user/{path}": text for path, text in GRAV_USER.items()}
QUARTZ = {
    "quartz.config.ts": "const config: QuartzConfig = {}",
    ".github/a.yml": "",
    "content/index.md": "# Lamps\n",
    "content/notes/Argand Lamp.md": "# Argand lamp\n",
    "content/img/a.png": "",
    "docs/index.md": "# Quartz\n",
    "docs/advanced/index.md": "# Advanced\n",
    "docs/features/Latex.md": "# Latex\n\n## Usage\n",
}
NEXT = {
    "next.config.mjs": "async redirects() { return [{ source: '/docs/guide/snuffed', destination: '/' }] }",
    "public/_redirects": "/docs/guide/moved/ /docs/guide/oil/\n/docs/old/* /docs/:splat\n",
    "docs/guide/oil.md": "# Oil\n",
    "README.md": "# Lamps\n",
}
HOSTED = {
    **{name: text for name, text in NEXT.items() if name != "next.config.mjs"},
    "staticwebapp.config.json": '{"routes": [{"route": "/docs/guide/azure", "redirect": "/"}, 5]}',
    "docs.json": '{"redirects": [{"source": "/docs/guide/mint", "destination": "/"}]}',
}
SPHINX = {
    ".github/workflows/check.yml": "",
    "docs/conf.py": 'project = "Lamps"\nextensions = ["myst_parser"]\nhtml_extra_path = [\n    "../extra",\n    "robots.txt",\n]\nhtml_static_path = ["_static", "../more"]\n',
    "docs/robots.txt": "",
    "docs/guide/oil.md": "# Oil\n\n(of-whales)=\n(oil/kinds)=\n## Whale oil\n",
    "docs/guide/wick.svg": "",
    "docs/lamps.rst": "Lamps\n=====\n\n.. _argand:\n\nArgand lamps\n------------\n",
    "extra/schemas/lamp.json": "",
    "more/lamp.css": "",
}
JUPYTER_BOOK = {
    "book/_config.yml": "title: Lamps\n",
    "book/_toc.yml": "format: jb-book\nroot: intro\n",
    "book/intro.md": "# Lamps\n",
    "book/guide/oil.md": "(of-whales)=\n# Oil\n",
}
WIKIJS = {
    "home.md": "---\ntitle: Home\npublished: true\neditor: markdown\ndateCreated: 2020-01-01T00:00:00.000Z\n---\n",
    "guide/start.md": "---\ntitle: S\neditor: markdown\ndateCreated: 2020-01-01T00:00:00.000Z\n---\n# Tabs {.tabset}\n",
    "img/a.png": "",
}

# Chapters that a tool joins, and pages that it names.
BOOKDOWN = {
    "_bookdown.yml": "book_filename: lamps\n",
    "index.Rmd": "# Lamps {#lamps}\n",
    "02-oil.Rmd": "# Oil {#oil}\n\n## Whale oil\n",
}
MANUBOT = {"content/metadata.yaml": "title: x\n", "content/01.oil.md": "## Whale oil\n"}
LEANPUB = {"manuscript/Book.txt": "oil.md\nc.md\n", "manuscript/oil.md": "{#whale}\n# Whale oil\n"}
PANDOC = {"Makefile": "book.pdf: *.md\n\tpandoc -o $@ $^\n", "text/oil.md": "# Whale oil\n"}
PANDOC_DEFAULTS = {
    "defaults.yaml": "input-files:\n- oil.md\n- c.md\n",
    "oil.md": "# Whale oil\n",
}
PKGDOWN = {"pkgdown/_pkgdown.yml": "url: x\n", "vignettes/Oil.Rmd": "# Whale oil\n"}
DOCUMENTER = {"docs/make.jl": "using Documenter\n", "docs/src/oil.md": "# Oil\n"}
EXDOC = {"mix.exs": "", "guides/oil.md": "# Oil\n"}
RUSTDOC = {"Cargo.toml": "", "oil.md": "# Oil\n"}
MKDOCS_COPIED = {
    "mkdocs.yml": "site_name: x\nnav:\n- Changes: changes.md\n- More:\n  - lamps/made.md\n",
    "docs/oil.md": "# Oil\n",
}
MYST = {
    "myst.yml": "project:\n  toc:\n  - file: c.md\n  - file: made/lamps.md\n",
    "oil.md": (
        "# Oil\n\n```{code} yaml\n:name: code:oil\n```\n\n```{figure} a.png\n---\nname: fig-a\n---\n```\n\n"
        "$$\na = b\n$$ (eq-a)\n\n```{code-cell}\n#| label: cell-a\n```\n\n:::{table} T\n:label: table-a\n:::\n"
    ),
}
TEMPLATES = {"a.css": ""}
ANTORA_NAV = "* xref:oil.adoc[Oil]\n* xref:wick:wick.adoc[Wick]\n"
ANTORA = {
    "antora.yml": "name: lamps\nnav:\n- modules/ROOT/nav.adoc\n",
    "modules/ROOT/nav.adoc": ANTORA_NAV,
    "modules/ROOT/pages/oil.adoc": "= Oil\n",
    "modules/wick/pages/wick.adoc": "= Wick\n",
}
ANTORA_SPLIT = {
    **ANTORA,
    "modules/ROOT/nav.adoc": f"{ANTORA_NAV}* xref:wick:elsewhere.adoc[Elsewhere]\n",
}
ANTORA_WITHOUT_NAV = {**ANTORA, "antora.yml": "name: lamps\nversion: ~\n"}


def findings(tmp_path: Path, site: Mapping[str, str], page: str, text: str) -> dict[str, str]:
    """Return the findings of broken links on a page that is added to a site, by target."""
    for name, content in {**site, page: text}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    loaded = load_config(start=tmp_path, environment={})
    sources = [source for source in page_sources(loaded, ()) if isinstance(source, PageSource)]
    pages = [read_page(each.read(), each.path, dialect=Dialect.GFM) for each in sources]
    anchors = {each.path: each.anchors for each in pages}
    links = [link for each in pages for link in each.internal_links if each.path == page]
    resolved = resolve_links(loaded, sources, anchors, links)
    assert len(resolved) >= text.count("\n\n")
    return {link.target: link.broken for link in resolved if link.broken}


LESSON = {
    ".git/HEAD": "",
    "config.yaml": "carpentry: 'swc'\ntitle: Lamps\n",
    "index.md": "# Lamps\n",
    "episodes/01-oil.md": "# Oil\n",
    "episodes/fig/wick.svg": "",
    "episodes/data/lamps.zip": "",
    "learners/setup.md": "# Setup\n",
}
SITES = {
    "hugo": (HUGO, "content/posts/c.md"),
    "hugo, files of languages": (HUGO_LANGUAGES, "content/en/docs/c.md"),
    "hugo, page of a language": (HUGO_LANGUAGES, "content/zh-cn/docs/c.md"),
    "hugo, mounts": (HUGO_MOUNTS, "site/content/en/project/repo/_index.md"),
    "hugo, page in a mounted folder": (HUGO_MOUNTS, "lamps/c.md"),
    "hugo, mounted page": (HUGO_MOUNTS, "HISTORY.md"),
    "hugo, page beside mounts": (HUGO_MOUNTS, "README.md"),
    "hugo, mounts from elsewhere": (HUGO_ELSEWHERE, "content/posts/c.md"),
    "logseq": (LOGSEQ, "pages/c.md"),
    "jekyll": (JEKYLL, "guide/c.md"),
    "docusaurus": (DOCUSAURUS, "docs/c.md"),
    "docusaurus, page of a folder": (DOCUSAURUS, "docs/01-start/more/c.md"),
    "docusaurus, page of a version": (
        DOCUSAURUS_VERSION,
        "website/versioned_docs/version-2.x/more/c.md",
    ),
    "astro": (ASTRO, "src/content/docs/c.md"),
    "mkdocs": (MKDOCS, "docs/guide/c.md"),
    "mkdocs, page of the repository": (MKDOCS, "CONTRIBUTING.md"),
    "obsidian": (OBSIDIAN, "Notes/C.md"),
    "clone of a vault": (VAULT_CLONE, "Notes/C.md"),
    "notes that link by name": (NOTES, "Notes/C.md"),
    "translations staged": (STAGED, "docs/de/docs/guide/c.md"),
    "translations staged, with settings": (STAGED_INHERITED, "docs/de/docs/guide/c.md"),
    "next.js": (NEXT, "docs/guide/c.md"),
    "pelican": (PELICAN, "content/articles/c.md"),
    "hexo": (HEXO, "source/_posts/2020/lamps.md"),
    "hexo, settings alone": (HEXO_THEMED, "source/about/index.md"),
    "grav": (GRAV, "user/pages/02.fuel/03.oil/default.md"),
    "grav, published without its program": (GRAV_USER, "pages/02.fuel/03.oil/default.md"),
    "quartz": (QUARTZ, "content/notes/c.md"),
    "quartz, its own pages": (QUARTZ, "docs/features/c.md"),
    "pages of a web host": (HOSTED, "docs/guide/c.md"),
    "lesson of the carpentries": (LESSON, "learners/reference.md"),
    "dendron": (DENDRON, "vault/c.md"),
    "dendron, a vault alone": (DENDRON_VAULT, "c.md"),
    "github": (GITHUB, "docs/c.md"),
    "sphinx": (SPHINX, "docs/guide/c.md"),
    "sphinx, reStructuredText": (SPHINX, "docs/guide/c.rst"),
    "jupyter book": (JUPYTER_BOOK, "book/guide/c.md"),
    "wikijs": (WIKIJS, "guide/c.md"),
    "bookdown": (BOOKDOWN, "03-c.Rmd"),
    "manubot": (MANUBOT, "content/02.c.md"),
    "leanpub": (LEANPUB, "manuscript/c.md"),
    "pandoc": (PANDOC, "text/c.md"),
    "pandoc, defaults": (PANDOC_DEFAULTS, "c.md"),
    "pkgdown": (PKGDOWN, "vignettes/c.Rmd"),
    "documenter": (DOCUMENTER, "docs/src/c.md"),
    "exdoc": (EXDOC, "guides/c.md"),
    "rustdoc": (RUSTDOC, "c.md"),
    "mkdocs, pages that a build copies": (MKDOCS_COPIED, "docs/c.md"),
    "myst": (MYST, "c.md"),
    "template of pages": (TEMPLATES, "template.html"),
    "page in HTML": (TEMPLATES, "page.html"),
    "antora": (ANTORA, "modules/ROOT/pages/c.adoc"),
    "antora, component of several repositories": (ANTORA_SPLIT, "modules/ROOT/pages/c.adoc"),
    "antora, component without navigation": (ANTORA_WITHOUT_NAV, "modules/ROOT/pages/c.adoc"),
}
WORKING = {
    "hugo": [
        "[x](/img/a.png)", "[x](/b.svg)", "[x](/css/logo.png)", "[x](../first-post/)", "[x](/posts/first-post/)",
        "[x](/old/first)", "[x](/posts/second/)", "[x](/elsewhere/)", "[x](/posts/my-lamp/)", "[x](/posts/dated/)",
        "[x](bundle/)", "[x](../bundle/wick.jpg)", "[x](/posts/bundle/wick.jpg)", "[x](/site/posts/first-post/)", "[x](b.md)",
        "[x](/tags/clock/)", "[x](/keepers/ada/)", "[x](/index.xml)", "[x](/shop/)", "[x](/posts/page/2/)",
        "[x](/posts/index.json)", "[x](/fr/about/)", '[x]({{< ref "a.md" >}})', '[x]({{< relref "/posts/a" >}})',
        '[x]({{< ref "posts/a.md#oil--wick" >}})', '[x]({{< ref path="about.md" lang="fr" >}})', "[x](/posts/first-post/#oil--wick)",
        "[x](../#of-the-section)", "[x](/posts/moved/)", "[x](/posts/lent)", "[x](/gone/a/b.png)", "[x](/posts/v/lamp/)", "[x](/posts/served)", "[x](/posts/old-lamp/)",
        "[x](/posts/first-post/#comment-3250395275)", "[x](a.md#disqus_thread)", "[x](a.md#comments)", "[x](a.md#li-22)", "[x](a.md#isso-7)", "[x](a.md#issuecomment-123)",
        '[x]({{% relref "bundle" %}})', '`{{< ref "nothing.md" >}}` [x](/)', "[x](a.md#Oil-wick)",
    ],
    "hugo, files of languages": ["[x](/docs/oil/#oil)", "[x](/zh-cn/docs/oil/#灯油)", "[x](../oil/#oil)"],
    "hugo, page of a language": ["[x](/docs/oil/#灯油)", "[x](/zh-cn/docs/oil#灯油)"],
    "hugo, mounts": [
        "[x](CHANGES.md)", "[x](CHANGES.md#first-light)", "[x](/project/repo/CHANGES.md)", "[x](/project/repo/changes/)", "[x](../../docs/lamps/argand.md#argand)",
        '[x]({{< ref "/project/repo/CHANGES.md" >}})', '[x]({{< ref "CHANGES" >}})', '[x]({{< ref "docs/lamps/argand" >}})', '[x]({{< ref "../../docs/lamps/argand.md" >}})', '[x]({{< ref "oil#whale-oil" >}})', '[x]({{< relref "wick" >}})',
    ],
    "hugo, page in a mounted folder": ["[x](/docs/oil/#whale-oil)", "[x](../oil/)", "[x](argand.md)", "[x](/docs/wick/index.md)", "[x](../HISTORY.md)", "[x](/docs/oil.md#whale-oil)", '[x]({{< ref "wick" >}})', '[x]({{< ref "/docs/oil.md" >}})'],
    "hugo, mounted page": ["[x](/docs/oil/)", "[x](../../docs/wick/)", "[x](lamps/argand.md)"],
    "hugo, page beside mounts": ["[x](lamps/argand.md#argand)", "[x](site/content/en/docs/oil/_index.md)"],
    "hugo, mounts from elsewhere": ["[x](../oil.md)", "[x](../lamps/argand.md#a)", "[x](/lamps/argand.md)", '[x]({{< ref "argand" >}})', '[x]({{< ref "oil.md" >}})'],
    "logseq": [
        "[x](((63bc6201-53b1-47a4-834f-83934b69ad49)))", "((63bc6201-53b1-47a4-834f-83934b69ad49)) [x](lamps.md)", "[x]([[lamps]])", "[x]([[oil/whale]])", "[x]([[nobody wrote it yet]])",
        "![x](assets/flame.png)", "![x](../assets/flame.png)", "![x](/assets/flame.png)",
    ],
    "lesson of the carpentries": [
        "![x](fig/wick.svg)", "![x](../fig/wick.svg)", "[x](data/lamps.zip)", "[x](../episodes/01-oil.md#oil)", "[x](01-oil.html)", "[x](setup.html)", "[x](../setup.html)", "[x](../episodes/fig/wick.svg)", "[x](01-oil.md)", "[x](../index.html)",
    ],
    "jekyll": [
        "[x](/2020/01/02/first-light.html)", "[x]({% link _posts/2020-01-02-first-light.md %}#oil)", "[x]({% post_url 2020-01-02-first-light %})",
        "[x](/lamp/argand/)", "[x](/old/argand)", "[x](start.html)", "[x](start)", "[x]({{site.baseurl}}/guide/start.html)",
        "[x](/wiki/guide/start.html)", "[x](/assets/img/a.png)", "[x](/tags/x/)", "[x](/feed.xml)", "[x]({% link {{ page.next }} %})",
        "[x]({% link assets/img/a.png %})", "{% raw %}{% link nothing.md %}{% endraw %} [x](/)", "[x]({{page.url}})", "[x](/lamps/argand)",
    ],
    "docusaurus": [
        "[x](./oil.md)", "[x](01-start/02-first.md#own)", "[x](/handbook/start/one)", "[x](/lamps/handbook/fuel)", "[x](/fuel)",
        "[x](/img/a.png)", "[x](/blog/2020/01/02/light)", "[x](/help)", "[x](/api/anything)", "[x](intro.mdx#from-a-component)",
        "[x](/handbook/category/start)", "[x](@site/src/x.js)", "[x](../website/blog/2020-01-02-light.md)",
    ],
    "docusaurus, page of a folder": ["[x](oil.md)", "[x](oil.md#oil)", "[x](01-start/02-first.md#own)", "[x](blog/2020-01-02-light.md)"],
    "docusaurus, page of a version": ["[x](wick.md)", "[x](wick.md#wick)", "[x](../wick.md)"],
    "astro": ["[x](/logo.png)", "[x](/begin/)", "[x](/guides/start/)", "[x](../../assets/wick.png)", "[x](/blog/one/)", "[x](/handbook/about/)", "[x](/anything/)", "[x](guides/start.md#s)"],
    "mkdocs": [
        "[x](lamp.md)", "[x](../lamp/)", "[x](../oil/#oil)", "[x](../../img/a.png)", "[x](../img/a.png)", "[x](/handbook/guide/oil/)",
        "[x](/old/lamp/)", "[x](../old/lamp.md)", "[x](/own.svg)", "[x](/search.html)", "[x](/sitemap.xml)", "[x](#fn:a)", "[[a wikilink that is text]]",
        "[x](/tags/)",
    ],
    "mkdocs, page of the repository": ["[x](LICENSE)", "[x](docs/guide/lamp.md#lamp)", "[x](../../issues)", "[x](README.md)"],
    "obsidian": [
        "[[Argand Lamp]]", "[[argand lamp#The wick how]]", "[[Lamps/Argand Lamp#Parts#The wick: how]]", "[[Quinquet]]", "![[flame.png|200]]",
        "[[Plan.canvas]]", "[[Trade/Prices#Oil]]", "[[lamps/Prices.md#Wick]]", "| a |\n|---|\n| [[Argand Lamp#Parts\\|x]] ![[flame.png\\|20]] |", "[[Argand Lamp#^abc]]", "[x](Argand%20Lamp.md)", "[x](flame.png)", "[x](../Home.md)", "[[Home|x]]", "[[#Own]]\n\n# Own",
        "%% [[Nothere]] %%", '%%\n[[Nothere]]\n<iframe src="#nothere"></iframe>\n%%', "[[<% tp.date.now() %>]]", "[[{{date}}]]", "[[Argand Lamp#{{title}}]]", "[[<note>]]",
    ],
    "github": [
        "[x](../.github/workflows/check.yml)", "[x](../README.md#-features)", "[x](../README.md#️-warning)", "[x](../README.md#warning)", "[x](a.md#ವರ್ಣಮಾಲೆ-ಕ್ರಮ)",
        "[x](../../issues)", "[x](../../../wiki/Home)", "[x](/LICENSE)", "[x](../LICENSE#L10)", "[x](a.md#1-first)", "[x](a.md#first)",
        "[x](../README.md#raw-heading)", "[x](../coverage/index.html)", "[[not a link]]", "[x](/issues/new)", "[x](../.github)",
    ],
    "sphinx": [
        "[x](of-whales)", "[x](oil/kinds)", "[x](#of-whales)", "[x](#argand)", "[x](genindex)", "[x](../genindex.html)", "[x](../py-modindex.html)", "[x](/lamps)", "[x](/guide/oil.md#whale-oil)",
        "[x](oil.html)", "[x](../schemas/lamp.json)", "[x](../../schemas/lamp.json)", "[x](../robots.txt)", "[x](../_static/lamp.css)", "[x](../_static/made.js)", "[x](../lamps.pdf)", "[x](../objects.inv)",
    ],
    "sphinx, reStructuredText": [
        "`x <../genindex.html>`__", "`x <../search.html>`__", "`x <../schemas/lamp.json>`__", "`x <../robots.txt>`__", "`x <../_sources/lamps.rst.txt>`__", "`x <../_modules/index.html>`__", "`x <oil.html>`__", ".. image:: wick.*", ".. image:: /guide/wick.*",
    ],
    "jupyter book": ["[x](#of-whales)", "[x](of-whales)", "[x](/intro.md)", "[x](../intro.html)", "[x](../genindex.html)", "[x](oil)"],
    "wikijs": ["[x](#discussion)", "[x](/guide/start#discussion-new)", "[x](/guide/start)", "[x](/en/guide/start)", "[x](start)", "[x](/img/a.png)", "[x](/img/uploaded.png)", "[x](/t/lamps)", "[x](/guide/start#tabs)", "[x](/home)", "[x](/login)"],
    "bookdown": ["[x](#oil)", "[x](#whale-oil)", "[x](oil.html)", "[x](oil.html#whale-oil)", "[x](02-oil.html)"],
    "manubot": ["[x](#whale-oil)"],
    "leanpub": ["[x](#whale)"],
    "pandoc": ["[x](#whale-oil)"],
    "pandoc, defaults": ["[x](#whale-oil)"],
    "pkgdown": ["[x](Oil.html)", "[x](../articles/Oil.html)", "[x](../reference/wick.html)", "[x](Oil)"],
    "documenter": ["[`f`](@ref)", "[x](<@ref Lamps.oil>)", '[x](@ref "Whale oil")', "[x](@cite)", "[x](<@id whale>)", "[x](oil.html)"],
    "exdoc": ["[x](`Lamps.oil/1`)", "[x](`m:Lamps`)", "[x](Lamps.Oil.html)", "[x](readme.html)"],
    "rustdoc": ["[x](struct@Lamp)", "[x](fn@oil)", "[x](`Lamp`)", "[x](crate::Lamp)"],
    "mkdocs, pages that a build copies": ["[x](changes.md)", "[x](lamps/made.md#a)", "[x](oil.md)"],
    "myst": ["[x](oil.md#code:oil)", "[x](oil.md#fig-a)", "[x](oil.md#eq-a)", "[x](oil.md#cell-a)", "[x](#table-a)", "[x](oil.md#table-a)", "[x](made/lamps.md)"],
    "template of pages": ['<a href="index.html">$body$</a>', '<img src="$logo$">', '<img src="%PUBLIC_URL%/a.png">', '<a href="@@ROOT@@/a.html">x</a>', '<a href="__ROOT__/a.html">x</a>', '<a href="#{root}/a.html">x</a>'],
    "page in HTML": ['<link href="a.css">', '<img src="$logo$">', '<img src="%PUBLIC_URL%/a.png">', '<a href="@@ROOT@@/a.html">x</a>', '<a href="__ROOT__/a.html">$5 or $6</a>'],
    "antora": ["xref:oil.adoc[x]", "xref:wick:wick.adoc[x]", "xref:lent:lamp.adoc[x]", "xref:other::lamp.adoc[x]"],
    "antora, component of several repositories": ["xref:nothere.adoc[x]", "xref:wick:elsewhere.adoc[x]", "include::wick:partial$lent.adoc[]"],
    "antora, component without navigation": ["xref:nothere.adoc[x]", "xref:wick:elsewhere.adoc[x]"],
}  # fmt: skip
BROKEN = {
    "hugo": {
        '[x]({{< ref "nothere.md" >}})': "missing-page", '[x]({{% relref "posts/nothere" %}})': "missing-page", "[x](/posts/nothere/)": "missing-page",
        "[x](../nothere/)": "missing-page", "[x](../#nothere)": "missing-heading", "[x](a.md#comment-policy)": "missing-heading", "[x](nothere.md)": "missing-page", "[x](/img/nothere.png)": "missing-page",
        "[x](/posts/first-post/#nothere)": "missing-heading", '[x]({{< ref "a.md#nothere" >}})': "missing-heading",
    },
    "hugo, mounts": {
        "[x](HISTORY.md)": "missing-page", "[x](CHANGES.md#nothere)": "missing-heading", "[x](../../docs/lamps/nothere.md)": "missing-page", '[x]({{< ref "lamps/nothere" >}})': "missing-page",
        '[x]({{< ref "oil#nothere" >}})': "missing-heading", '[x]({{< ref "nothere" >}})': "missing-page",
    },
    "hugo, page in a mounted folder": {"[x](/docs/nothere/)": "missing-page", "[x](nothere.md)": "missing-page", "[x](/docs/nothere.md)": "missing-page", "[x](argand.md#nothere)": "missing-heading"},
    "hugo, mounted page": {"[x](/docs/nothere/)": "missing-page"},
    "hugo, page beside mounts": {"[x](site/nothere.md)": "missing-page"},
    "hugo, mounts from elsewhere": {"[x](../nothere.md)": "missing-page", "[x](nothere.md)": "missing-page"},
    "lesson of the carpentries": {"![x](fig/nothere.svg)": "missing-page", "[x](nothere.md)": "missing-page", "[x](../episodes/01-oil.md#nothere)": "missing-heading"},
    "logseq": {"[x](nothere.md)": "missing-page", "![x](assets/nothere.png)": "missing-page", "![x](../assets/nothere.png)": "missing-page"},
    "hugo, files of languages": {"[x](/docs/oil/#nothere)": "missing-heading", "[x](/docs/nothere/)": "missing-page"},
    "hugo, page of a language": {"[x](/docs/oil/#nothere)": "missing-heading"},
    "jekyll": {
        "[x]({% link _posts/2020-01-02-nothere.md %})": "missing-page", "[x]({% post_url 2020-01-02-nothere %})": "missing-page",
        "[x](nothere.md)": "missing-page", "[x](/assets/img/nothere.png)": "missing-page", "[x]({% link _posts/2020-01-02-first-light.md %}#nothere)": "missing-heading",
    },
    "docusaurus": {"[x](./nothere.md)": "missing-page", "[x](/img/nothere.png)": "missing-page", "[x](oil.md#nothere)": "missing-heading"},
    "docusaurus, page of a folder": {"[x](./oil.md)": "missing-page", "[x](../../nothere.md)": "missing-page", "[x](nothere.md)": "missing-page", "[x](oil.md#nothere)": "missing-heading"},
    "docusaurus, page of a version": {"[x](wick.md#nothere)": "missing-heading"},
    "astro": {"[x](guides/nothere.md)": "missing-page", "[x](guides/start.md#nothere)": "missing-heading"},
    "mkdocs": {
        "[x](nothere.md)": "missing-page", "[x](../nothere.md)": "missing-page", "[x](../../img/nothere.png)": "outside-root", "[x](../img/nothere.png)": "missing-page",
        "[x](lamp.md#nothere)": "missing-heading", "[x](/guide/nothere/)": "missing-page", "[x](LAMP.md)": "missing-page",
    },
    "mkdocs, page of the repository": {"[x](docs/nothere.md)": "missing-page", "[x](NOTHERE)": "missing-page"},
    "obsidian": {"%% a note %% [[Absent]] %% another %%": "missing-page", "[[Nothere]]": "missing-page", "![[nothere.png]]": "missing-page", "[[Argand Lamp#Nothere]]": "missing-heading", "[x](Nothere.md)": "missing-page", "[[Gone]] 50%% of them": "missing-page"},
    "github": {"[x](nothere.md)": "missing-page", "[x](../NOTHERE)": "missing-page", "[x](a.md#nothere)": "missing-heading", "[x](../.github/nothere.yml)": "missing-page", "[x](/nothere.md)": "missing-page"},
    "sphinx": {
        "[x](nothere.md)": "missing-page", "[x](#nothere)": "missing-heading", "[x](oil.md#nothere)": "missing-heading", "[x](../schemas/nothere.json)": "missing-page",
        "[x](nothere.html)": "missing-page", "[x](nothere.png)": "missing-page", "[x](guide/nothere)": "missing-page",
    },
    "sphinx, reStructuredText": {".. image:: nothere.*": "missing-page", "`x <nothere.rst>`__": "missing-page", "`x <nothere.html>`__": "missing-page", "`x <../schemas/nothere.json>`__": "missing-page"},
    "jupyter book": {"[x](nothere.md)": "missing-page", "[x](oil.md#nothere)": "missing-heading"},
    "wikijs": {"[x](#talk)": "missing-heading", "[x](/guide/nothere)": "missing-page", "[x](/guide/start#nothere)": "missing-heading"},
    "bookdown": {"[x](#nothere)": "missing-heading", "[x](nothere.Rmd)": "missing-page"},
    "manubot": {"[x](#nothere)": "missing-heading"},
    "leanpub": {"[x](#nothere)": "missing-heading"},
    "pandoc": {"[x](#nothere)": "missing-heading"},
    "pandoc, defaults": {"[x](#nothere)": "missing-heading"},
    "pkgdown": {"[x](nothere.md)": "missing-page", "[x](#whale-oil)": "missing-heading"},
    "documenter": {"[x](nothere.md)": "missing-page"},
    "exdoc": {"[x](nothere.md)": "missing-page"},
    "rustdoc": {"[x](nothere.md)": "missing-page", "[x](oil.html#nothere)": "missing-heading", "[x](nothere.html)": "missing-page"},
    "mkdocs, pages that a build copies": {"[x](nothere.md)": "missing-page", "[x](lamps/nothere.md)": "missing-page"},
    "myst": {"[x](oil.md#nothere)": "missing-heading", "[x](made/nothere.md)": "missing-page"},
    "template of pages": {},
    "page in HTML": {'<a href="nothere.html">$5</a>': "missing-page"},
    "antora": {"xref:nothere.adoc[x]": "missing-page", "xref:wick:nothere.adoc[x]": "missing-page"},
    "antora, component of several repositories": {"xref:oil.adoc#nothere[x]": "missing-heading"},
    "antora, component without navigation": {"xref:oil.adoc#nothere[x]": "missing-heading"},
}  # fmt: skip

WORKING["translations staged"] = [
    "[x](../oil.md#öl)",
    "[x](wick.md#wick)",
    "![x](../img/a.png)",
    "[x](ENGLISH_VERSION_URL)",
    "[x](../../../../README.md)",
]
WORKING["translations staged, with settings"] = WORKING["translations staged"][:4]
BROKEN["translations staged"] = BROKEN["translations staged, with settings"] = {
    "[x](nothere.md)": "missing-page",
    "[x](wick.md#nothere)": "missing-heading",
    "[x](../oil.md#oil)": "missing-heading",
}
WORKING["pelican"] = [
    "[x]({filename}oil.md) [x](|filename|oil.md) [x](../pages/about.html) [x](/tag/oil.html)",
    "![x](/images/a.png) [x](oil.html)",
]
BROKEN["pelican"] = {"[x](nothere.md)": "missing-page", "[x](oil.md#nothere)": "missing-heading"}
WORKING["hexo"] = [
    "![x](wick.png) ![x](lamps/wick.png) ![x](/img/a.png) ![x](/lamps/img/a.png)",
    "[x](/tags/Oil) [x](/lamps/tags/oil/) [x](/oil/#oil) [x](/about/) [x](../oil/) [x](/2020/01/x/)",
    "{% post_link oil %} {% asset_img wick.png %}",
]
BROKEN["hexo"] = {
    "![x](nothere.png)": "missing-page",
    "![x](/img/nothere.png)": "missing-page",
    "[x](nothere.md)": "missing-page",
    "[x](/about/#nothere)": "missing-heading",
}
WORKING["hexo, settings alone"] = ["![x](/logo.png) [x](/archives/2020/) [x](../oil/) [x](oil)"]
BROKEN["hexo, settings alone"] = {"![x](nothere.png)": "missing-page"}
WORKING["grav"] = [
    "[x](../../lamps/argand-lamp#burner) [x](/lamps/argand-lamp) [x](/fuel/town-gas#gas)",
    "[x](../04.gas) [x](/tag:oil) [x](../gas) [x](page:2)",
    "![x](wick.jpg?resize=100,200) ![x](wick@2x.jpg)",
    "[](#new)\n    * A lamp",
]
BROKEN["grav"] = {
    "![x](nothere.jpg?width=9)": "missing-page",
    "[x](/lamps/argand-lamp#nothere)": "missing-heading",
    "[x](#nothere)": "missing-heading",
    "[![](wick.jpg)](#nothere-2)": "missing-heading",
}
WORKING["grav, published without its program"] = WORKING["grav"]
BROKEN["grav, published without its program"] = BROKEN["grav"]
WORKING["quartz"] = [
    "[[Argand Lamp]] [[notes/Argand Lamp]] [[notes/]] [[tags/fuel/oil|oil]] [[tags/]]",
    "[x](/notes) [x](/tags/oil) ![[a.png]] [x](argand-lamp)",
]
BROKEN["quartz"] = {"[[Nothere]]": "missing-page", "[[notes/nothere]]": "missing-page"}
WORKING["quartz, its own pages"] = [
    "[[advanced/]] [[tags/plugin]] [x](/features) [[features/Latex#Usage]] [[Latex]]"
]
BROKEN["quartz, its own pages"] = {"[[advanced/nothere]]": "missing-page"}
WORKING["next.js"] = [
    "[x](../oil/) [x](./oil) [x](../made-by-code)",
    "[x](/docs/guide/moved/#wick)",
    "[x](/docs/guide/moved)",
    "[x](/docs/old/lamp)",
    "[x](/docs/guide/snuffed)",
    "[x](/docs/guide/made-by-code)",
    "[x](oil.md#oil)",
]
WORKING["pages of a web host"] = [
    "[x](/docs/guide/moved/#wick)",
    "[x](/docs/old/lamp)",
    "[x](/docs/guide/azure)",
    "[x](/docs/guide/mint)",
    "[x](/docs/guide/oil)",
]
BROKEN["next.js"] = {
    "[x](nothere.md)": "missing-page",
    "[x](/docs/guide/nothere.md)": "missing-page",
    "[x](oil.md#nothere)": "missing-heading",
}
BROKEN["pages of a web host"] = {
    "[x](nothere.md)": "missing-page",
    "[x](/docs/guide/nothere)": "missing-page",
    "[x](/docs/guide/oil#nothere)": "missing-heading",
}
WORKING["dendron"] = [
    "[[lamp.wick]]", "[[Wicks of lamps|lamp.wick]]", "[[How: #1|lamp.wick#of-cotton]]", "[[a|#own]]", "[[#own]]\n\n# Own",
    "![[lamp.wick#of-cotton,1:#*]]", "![[lamp.wick#cutwick-wickt,1:]]", "[[a|lamp.wick#^c1]]", "[[a|lamp.wick^c1]]", "[[a|lamp.oil]]", "[[lamp]]",
    "[[a|dendron://lamps/lamp.wick]]", "[[a|dendron://elsewhere/note]]", "![[lamp.oil.*]]", "[[a|https://lamps.example/]]", "![x](/assets/flame.png)", "[[a|{{note}}]]",
]  # fmt: skip
WORKING["dendron, a vault alone"] = [*WORKING["dendron"], "[[a|other.vault]]"]
BROKEN["dendron"] = {
    "[[lamp.wick|nothere]]": "missing-page",
    "[[nothere.lamp]]": "missing-page",
    "[[a|lamp.wick#nothere]]": "missing-heading",
    "[[b|dendron://lamps/lamp.wick#nothere]]": "missing-heading",
    "[[c|#nothere]]": "missing-heading",
}
BROKEN["dendron, a vault alone"] = {"[[a|lamp.wick#nothere]]": "missing-heading"}

for vault in ("clone of a vault", "notes that link by name"):
    WORKING[vault], BROKEN[vault] = WORKING["obsidian"], BROKEN["obsidian"]

ZOLA = {
    "config.toml": 'base_url = "https://lamps.example"\n[extra]\nbaseURL = "x"\n',
    "static/img/a.png": "",
    "content/_index.md": "+++\n+++\n",
    "content/oil.md": "+++\npath = 'fuel'\n+++\n# Oil\n\n## Of whales (🐋)\n",
    "content/gas.md": "# 灯油\n",
    "content/posts/2020-01-02-light.fr.md": "# Lumière\n",
    "content/posts/_index.md": "+++\n+++\n",
    "content/posts/bundle/index.md": "# Bundle\n",
    "content/posts/bundle/wick.jpg": "",
}
ZOLA_NEW_NAME = {
    "zola.toml": "",
    **{name: text for name, text in ZOLA.items() if "toml" not in name},
}
QUARTO = {
    "_quarto.yml": "project:\n  type: website\n",
    "guide/_metadata.yml": "filters:\n  - other\n  - lamps.lua\n",
    "guide/filtered.qmd": "# Filtered\n",
    "guide/hello/oil.qmd": "{{< include ../_part.md >}}\n\n# Oil\n",
    "oil.qmd": "# Oil\n",
    "cells.qmd": "```{r}\n#| output: asis\ncat('## Made')\n```\n",
    "listed.qmd": "---\nlisting:\n  contents: a.yml\n  template: a.ejs\n---\n",
}
MDBOOK = {
    "book.toml": "[book]\ntitle = 'Lamps'\n[output.html.redirect]\n'/former.html' = 'oil/'\n",
    "src/README.md": "# Lamps\n",
    "src/oil/README.md": "# Oil\n\n## Of whales\n",
}
MDBOOK_COMPLETE = {**MDBOOK, "book.toml": "[build]\ncreate-missing = false\n"}
ELEVENTY = {
    "eleventy.config.js": 'export default { dir: { input: "src", output: "_site" } }',
    "src/docs/oil.md": "# Oil\n",
    "src/index.njk": "",
}
# Versions, and translations of the documents of two plugins, whose numbers addresses lack
DOCUSAURUS_PLUGINS = {
    "docusaurus.config.js": "plugins: [['@docusaurus/plugin-content-docs', {id: 'lamps', path: 'docs/lamps', routeBasePath: 'lamps'}]]",
    "docs/lamps/1-start/2-install.md": "# Install\n\n## Light it\n",
    "docs/oil/1-start/2-install.md": "# Install\n\n## Fill it\n",
    "i18n/zh/docusaurus-plugin-content-docs-lamps/current/1-start/2-install.md": "# 安装\n\n## 点灯\n",
}
NUMBERED_WIKIJS = {
    "home.md": "---\neditor: markdown\ndateCreated: 2020-01-01T00:00:00.000Z\n---\n## 1. Light\n\n## Oil :bread:\n",
}
REPEATED_HEADINGS = {"oil.adoc": "= Lamps\n\n== Whale Oil\n\n== Wick\n\n== Whale oil\n"}
# A build writes the part with the settings.
GENERATED_PART = {
    "book.adoc": "= Lamps\n\ninclude::oil.adoc[]\n\ninclude::{built}/settings.adoc[opts=optional]\n",
    "oil.adoc": "== Oil\n",
}
ANTORA_GENERATED_PART = {
    **ANTORA,
    **{f"book/{name}": text for name, text in GENERATED_PART.items()},
}
ANTORA_ELSEWHERE = {**ANTORA, "modules/wick/pages/about/parts.adoc": "= Parts\n"}
SUBMODULE = {
    ".gitmodules": '[submodule "lamps"]\n\tpath = lib/lamps\n\turl = https://lamps.example/\n',
    "README.md": "# Lamps\n",
    "docs/oil.md": "# Oil\n",
}
GITBOOK = {
    ".gitbook.yaml": "root: ./\nredirects:\n  guide/former: guide/oil.md\n",
    "guide/oil.md": "# Oil\n\n## 1.2. 灯油 Lamps 一覧\n\n## `<buffer>` Section\n",
}
GITBOOK_SUMMARY = {"tw/SUMMARY.md": "", "tw/guide/oil.md": GITBOOK["guide/oil.md"]}
LOCALES_WIKIJS = {f"en/{name}": text for name, text in WIKIJS.items()}
SITES |= {
    "part of pages": ({}, "docs/_part.mdx"),
    "folder of parts": ({}, "docs/snippets/part.md"),
    "wikijs, a folder for each language": (LOCALES_WIKIJS, "fr/c.md"),
    "gitbook": (GITBOOK, "guide/c.md"),
    "gitbook, summary below the top": (GITBOOK_SUMMARY, "tw/guide/c.md"),
    "names with question marks": ({**OBSIDIAN, "Lamps/Why oil?.md": "# Why\n"}, "Notes/C.md"),
    "mdx": ({"img/a.png": ""}, "c.mdx"),
    "zola": (ZOLA, "content/posts/c.md"),
    "zola, settings of the new name": (ZOLA_NEW_NAME, "content/posts/c.md"),
    "quarto": (QUARTO, "c.qmd"),
    "quarto, part of other pages": (QUARTO, "guide/_part.md"),
    "quarto, below a folder of parts": (QUARTO, "guide/_parts/c.qmd"),
    "mdbook": (MDBOOK, "src/c.md"),
    "mdbook, summary": (MDBOOK, "src/SUMMARY.md"),
    "mdbook, summary that makes nothing": (MDBOOK_COMPLETE, "src/SUMMARY.md"),
    "eleventy": (ELEVENTY, "src/blog/c.md"),
    "docusaurus, from the site's folder": (DOCUSAURUS_PLUGINS, "docs/lamps/c.md"),
    "docusaurus, post beside versions": (
        {
            **DOCUSAURUS,
            "website/versioned_docs/version-1.x/oil.md": "---\nslug: /fuel\n---\n# Fuel\n",
        },
        "website/blog/2020-01-03-c.md",
    ),
    "docusaurus, translation": (
        DOCUSAURUS_PLUGINS,
        "i18n/zh/docusaurus-plugin-content-docs-lamps/current/1-start/3-c.md",
    ),
    "wikijs, anchors": (NUMBERED_WIKIJS, "c.md"),
    "asciidoc, repeated headings": (REPEATED_HEADINGS, "c.adoc"),
    "asciidoc, generated part of a book": (GENERATED_PART, "c.adoc"),
    "antora, generated part of a book": (ANTORA_GENERATED_PART, "modules/ROOT/pages/c.adoc"),
    "antora, page of another name": (ANTORA_ELSEWHERE, "modules/wick/pages/c.adoc"),
    "vault, calendar": (OBSIDIAN, "Notes/C.md"),
    "submodule": (SUBMODULE, "docs/c.md"),
    "aliases of a program": (NEXT, "docs/guide/c.md"),
}
WORKING |= {
    "part of pages": ["[x](#of-the-page)"],
    "folder of parts": ["[x](#of-the-page)"],
    "wikijs, a folder for each language": ["[x](/en/guide/start)", "[x](/fr/c)", "[x](/t/lamps)", "[x](#h-1-light) [x](/en/home)\n\n# 1 Light"],
    "gitbook": ["[x](oil.md#1-2-deng-you-lamps-yi-lan)", "[x](oil.md#less-than-buffer-greater-than-section)", "[x](oil.md#buffer-section)"],
    "names with question marks": ["[[Why oil?]]", "[[Why oil?#Why|x]]", "[[Lamps/Why oil?]]", "![[flame.png?raw=true]]"],
    "mdx": ["import IMG1 from './img/a.png'", "![x](img/a.png) <img src={IMG1} />", "<Lamp src={IMG1} alt='x' />", "<img src={require('./img/b.png').default} />"],
    "zola": [
        "[x](@/oil.md)", "[x](@/oil.md#of-whales-whale)", "[x](@/gas.md#deng-you)", "[x](@/posts/_index.md)", "[x](@/posts/bundle/index.md#bundle)", "[x](@/posts/2020-01-02-light.fr.md)",
        "[x](/fuel/)", "[x](/img/a.png)", "[x](/posts/bundle/)", "[x](bundle/wick.jpg)", "[x](/tags/oil/)", "[x](@/{{page.slug}}.md)",
    ],
    "zola, settings of the new name": ["[x](@/oil.md)"],
    "quarto": ["[x](oil.qmd#oil)", "[x](guide/filtered.qmd#made-by-a-filter)", "[x](cells.qmd#made)", "[x](listed.qmd#lamps)", "[x](lamps-preview.html)", "[x](/former.html)"],
    "quarto, part of other pages": ["[x](oil.qmd)", "![x](../images/a.png)", "[x](#oil)", "[x](made.html)"],
    "quarto, below a folder of parts": ["[x](oil.qmd)", "[x](#oil)"],
    "mdbook": ["[x](oil/index.html)", "[x](oil/index.html#of-whales)", "[x](index.html)", "[x](oil/)", "[x](former.html)"],
    "mdbook, summary": ["[Wick](wick.md)", "[Oil](oil/README.md)", "[Flame](flame/README.md)"],
    "mdbook, summary that makes nothing": ["[Oil](oil/README.md)"],
    "eleventy": [
        "[x](docs/oil.md#oil)", "[x](./docs/oil.md)", "[x](/docs/oil.md)", "[x](../docs/oil.md)", "[x](src/docs/oil.md) [x](docs/oil.md#oil)", "[x](index.njk) [x](/index.njk)",
        '{%- set shown %}\n<a href="nothere.md">x</a>\n{%- endset %}\n{{ shown | highlight("html") | safe }}',
        '{% capture html %}\n<a href="nothere.md">x</a>\n{% endcapture %}\n{{ html | escape }}',
    ],
    "docusaurus, from the site's folder": ["[x](/docs/oil/1-start/2-install.md#fill-it)", "[x](/1-start/2-install.md#light-it)", "[x](docs/oil/1-start/2-install.md)"],
    "docusaurus, post beside versions": ["[x](/handbook/fuel#oil)", "[x](/fuel#fuel)"],
    "docusaurus, translation": ["[x](install#点灯)", "[x](/docs/lamps/1-start/2-install.md#light-it)"],
    "wikijs, anchors": ["[x](/home#h-1-light)", "[x](/en/home#h-1-light)", "[x](/home#oil)", "[x](#h-2-own)\n\n## 2 Own"],
    "asciidoc, repeated headings": ["xref:oil.adoc#_whale_oil_2[x]", "xref:oil.adoc#whale-oil-2[x]", "<<own-2>> <<_own_2>> xref:#own-2[x]\n\n== Own\n\n== Own"],
    "asciidoc, generated part of a book": ["<<settings-oil>>", "xref:oil.adoc#settings-wick[x]"],
    "antora, generated part of a book": ["xref:oil.adoc[x]"],
    "antora, page of another name": ["xref:more/parts.adoc#made[x]", "xref:about/parts.adoc[x]"],
    "vault, calendar": ["[[2022-01-24]]", "[[2022-W04]] [[2022-01]] [[2022-Q1]]", "[[Diary/2022-01-24|yesterday]]", "[[2022-01-24#Done]]", "[[2022-01-24 Monday]] [[2022年1月24日]] [[2022-01-24（周一）]]", "[[2022.01.24 (月)]] [[24-01-2022]]"],
    "submodule": ["[x](../lib/lamps/README.md#oil)", "[x](/lib/lamps/a.png)", "[x](../lib/lamps)"],
    "aliases of a program": ["[x](@/lamps/oil.md)", "![x](@/assets/a.png)", "@[code](@snippets/light.sh) ![x](~@images/a.png)", "![x](~assets/a.png)"],
}  # fmt: skip
BROKEN |= {
    "part of pages": {"[x](nothere.md)": "missing-page"},
    "folder of parts": {"[x](nothere.md)": "missing-page"},
    "wikijs, a folder for each language": {"[x](/en/guide/nothere)": "missing-page", "[x](#h-2-light)": "missing-heading"},
    "gitbook": {"[x](oil.md#1-3-deng-you)": "missing-heading", "[x](oil.md#less-than-lamp)": "missing-heading", "[x](nothere.md)": "missing-page"},
    "names with question marks": {"[[Why wick?]]": "missing-page", "[[Why oil?#Nothere]]": "missing-heading"},
    "mdx": {"![x](img/nothere.png)": "missing-page", "<img src='nothere{1}.png' />": "missing-page"},
    "zola": {
        "[x](@/nothere.md)": "missing-page", "[x](@/posts/nothere.md#a)": "missing-page", "[x](@/oil.md#lamps-whale)": "missing-heading", "[x](/img/nothere.png)": "missing-page",
        "[x](bundle/nothere.jpg)": "missing-page", "[x](@/posts/bundle/index.md#nothere)": "missing-heading",
    },
    "zola, settings of the new name": {"[x](@/nothere.md)": "missing-page"},
    "quarto": {"[x](oil.qmd#nothere)": "missing-heading", "[x](nothere.qmd)": "missing-page", "[x](nothere.png)": "missing-page", "[x](guide/hello/nothere.qmd)": "missing-page"},
    "quarto, part of other pages": {},
    "quarto, below a folder of parts": {},
    "mdbook": {"[x](nothere/index.html)": "missing-page", "[x](oil/index.html#nothere)": "missing-heading", "[x](wick.md)": "missing-page"},
    "mdbook, summary": {"[x](oil/README.md#nothere)": "missing-heading"},
    "mdbook, summary that makes nothing": {"[Wick](wick.md)": "missing-page"},
    "eleventy": {
        "[x](docs/nothere.md)": "missing-page", "[x](nothere.md)": "missing-page", "[x](docs/oil.md#nothere)": "missing-heading",
        "{% set kept %}\n[x](lent.md)\n{% endset %}\n{{ kept | safe }}": "missing-page",
    },
    "docusaurus, from the site's folder": {"[x](/docs/oil/nothere.md)": "missing-page", "[x](/docs/oil/1-start/2-install.md#light-it)": "missing-heading"},
    "docusaurus, post beside versions": {"[x](/handbook/fuel#nothere)": "missing-heading"},
    "docusaurus, translation": {"[x](install#light-it)": "missing-heading"},
    "wikijs, anchors": {"[x](/home#h-2-light)": "missing-heading", "[x](/home#oil-cake)": "missing-heading"},
    "asciidoc, repeated headings": {"xref:oil.adoc#_whale_oil_3[x]": "missing-heading", "xref:oil.adoc#_wick_2[x]": "missing-heading"},
    "asciidoc, generated part of a book": {"xref:nothere.adoc[x]": "missing-page"},
    "antora, generated part of a book": {"<<nothere>>": "missing-heading"},
    "antora, page of another name": {"xref:about/parts.adoc#nothere[x]": "missing-heading", "xref:nothere.adoc[x]": "missing-page"},
    "vault, calendar": {"[[2022-01-24 Lamps]]": "missing-page", "[[20220124]]": "missing-page", "[[2022-01]] [[2022-01-24 months]]": "missing-page"},
    "submodule": {"[x](../lib/wicks/README.md)": "missing-page", "[x](../nothere.md)": "missing-page"},
    "aliases of a program": {"[x](nothere.md)": "missing-page", "[x](@lamps)": "missing-page"},
}  # fmt: skip
WORKING["gitbook, summary below the top"] = WORKING["gitbook"][:]
WORKING["gitbook"] += ["[x](/guide/former)", "[x](former.md)"]
BROKEN["gitbook, summary below the top"] = BROKEN["gitbook"]
WORKING["aliases of a program"] += WORKING["next.js"]

# Wikis whose settings are elsewhere, or in folders of their own
HUGO_NESTED_SETTINGS = {
    "config/_default/config.toml": 'title = "Lamps"\n',
    "config/_default/module/module.yaml": "mounts:\n  - source: content/en\n    target: content\n",
    "config/_default/languages/languages.yaml": "en:\n  languageName: English\n",
    "content/en/blog/first-light.md": "# First light\n",
    "content/en/docs/oil/_index.md": "# Oil\n",
}
HUGO_COPIED = {
    "config.toml": 'title = "Lamps"\n',
    "content/_index.md": "",
    "docs/_index.md": "",
    "docs/guide/oil.md": "# Oil\n",
    "docs/img/wick.png": "",
    "LICENSE": "",
}
HUGO_ELSEWHERE_ONLY = {name: text for name, text in HUGO_COPIED.items() if name[:4] == "docs"}
GOLLUM = {
    "_Sidebar.md": "* [[Home]]\n",
    "Home.md": "# Home\n",
    "Whale-Oil.md": "# Whale oil\n\n## Price\n",
    "trade/Prices.md": "# Prices\n",
    "wick.png": "",
}
LOGSEQ_CLONE = {
    **{name: text for name, text in LOGSEQ.items() if not name.startswith("logseq/")},
    "journals/2022_01_24.md": "- [[nobody wrote it yet]]\n",
}
LOGSEQ_EXPORT = {
    "lamps.md": "# Lamps\n\n[[Oil]]\n",
    "wicks.md": "- [[Cotton]]\n  ls-type:: annotation\n  hl-page:: 3\n",
    "prices.md": "[[Whale oil]]\n",
}
VAULT_WITH_IGNORED = {
    **OBSIDIAN,
    ".git/HEAD": "",
    ".gitignore": "*.jpg\n/Attachments/Pasted/\n",
    "Old/The $n\\to k$ lamp.md": "# Lamp\n",
}
SPHINX_LABELS = {
    "docs/conf.py": 'project = "Lamps"\nextensions = ["myst_parser"]\n',
    "docs/oil.md": "(lamps.oil)=\n(changelog-4.0)=\n# Oil\n",
}
SPHINX_WRITTEN = {
    **SPHINX_LABELS,
    "docs/conf.py": 'project = "Lamps"\nwith open("reference.md", "w") as file:\n    file.write(made)\n',
}
JEKYLL_DEFAULTS = {
    "_config.yml": (
        "collections:\n  overviews:\n    output: true\n  ru:\n    output: true\n"
        "defaults:\n  - scope:\n      path: _overviews/book\n    values:\n"
        "      permalink: /lamps/book/:path.html\n"
    ),
    "_overviews/book/oil.md": "---\n---\n# Oil\n\n## Of whales\n",
    "_ru/lamps/book/oil.md": "---\n---\n# Масло\n",
}
DOCUSAURUS_TRANSLATED_VERSION = {
    **DOCUSAURUS_VERSION,
    "website/i18n/zh/docusaurus-plugin-content-docs/version-2.x/guide/wick.md": "# 灯芯\n",
    "website/i18n/zh/docusaurus-plugin-content-docs/version-2.x/oil.md": "# 灯油\n",
}
SITES |= {
    "hugo, settings in folders": (HUGO_NESTED_SETTINGS, "content/en/docs/c.md"),
    "hugo, pages copied into a site": (HUGO_COPIED, "docs/guide/c.md"),
    "hugo, pages of a site elsewhere": (HUGO_ELSEWHERE_ONLY, "docs/guide/c.md"),
    "gollum": (GOLLUM, "c.md"),
    "logseq, clone without settings": (LOGSEQ_CLONE, "pages/c.md"),
    "logseq, exported pages": (LOGSEQ_EXPORT, "c.md"),
    "vault, files that git ignores": (VAULT_WITH_IGNORED, "Notes/C.md"),
    "formulas": (OBSIDIAN, "Notes/C.md"),
    "formulas, mkdocs": (MKDOCS, "docs/guide/c.md"),
    "sphinx, labels with full stops": (SPHINX_LABELS, "docs/c.md"),
    "sphinx, pages that conf.py writes": (SPHINX_WRITTEN, "docs/c.md"),
    "jekyll, addresses by default": (JEKYLL_DEFAULTS, "_overviews/c.md"),
    "docusaurus, translation of a version": (
        DOCUSAURUS_TRANSLATED_VERSION,
        "website/i18n/zh/docusaurus-plugin-content-docs/version-2.x/c.md",
    ),
}
_FORMULAS = [
    "$$\na = [[b, c]] + F[x](y)\n\n% [p](q.md)\n$$", "Let $[[a, b]]$ and $g[h](y)$.", "- \\\\(F[A](x)\\\\)", "\\[\nF[A](x)\n\\]",
    "\\\\[ F[A](x) \\\\]", "\\begin{align*}\n  F[A](x) &= [[y]]\n\\end{align*}", "> $$\n> G[h](x)\n> $$",
]  # fmt: skip
_NO_FORMULAS = {
    "It costs $5 [x](nothere1.md) or $6.": "missing-page",
    "Set $HOME and [x](nothere2.md), then $PATH.": "missing-page",
    "`$$` [x](nothere3.md) `$$`": "missing-page",
    "```sh\necho $$\n```\n[x](nothere4.md)\n```sh\necho $$\n```": "missing-page",
    "$$ a\n## Next\n[x](nothere5.md) $$": "missing-page",
}
WORKING |= {
    "hugo, settings in folders": ['[x]({{< ref "/blog/first-light" >}})', '[x]({{< ref "docs/oil" >}})', "[x](/blog/first-light/#first-light)"],
    "hugo, pages copied into a site": ["![x](../../img/wick.png)", "[x](../oil/#oil)", "[x](oil.md#oil)", "[x](/docs/latest/guide/oil/)", "[x](../made/)"],
    "gollum": [
        "[[_TOC_]] [[_TOC_|levels=2]]", "[[include:whale-oil]] [[gravatar:ada@lamps.example]]", "[[Whale Oil]] [[whale oil]] [[Whale+Oil]] [[Text|Whale Oil]] [[Whale-Oil#Price]]",
        "[x](Whale+Oil) [x](whale-oil) [x](Whale%20Oil#price) [x](<Whale Oil>)", "[x](/trade/prices) [x](trade/Prices)", "[[wick.png|width=100px]]",
    ],
    "logseq, clone without settings": WORKING["logseq"],
    "logseq, exported pages": ["[[nobody wrote it yet]]", "[x](lamps.md)", "[[Lamps]]"],
    "vault, files that git ignores": [*WORKING["obsidian"], "![[nothere.jpg]]", "![[Attachments/Pasted/a.png|100]]", "![x](nothere.jpg)", "[[The $n\\to k$ lamp#Lamp]]"],
    "formulas": _FORMULAS,
    "formulas, mkdocs": _FORMULAS,
    "sphinx, labels with full stops": ["[x](lamps.oil)", "[x](changelog-4.0)", "[x](#lamps.oil)"],
    "sphinx, pages that conf.py writes": ["[x](lamps.oil.whale)", "[x](#lamps.oil.whale)", "[x](lamps.oil)"],
    "jekyll, addresses by default": ["[x](/lamps/book/oil.html#of-whales)", "[x](/ru/lamps/book/oil.html#масло)"],
    "docusaurus, translation of a version": ["[x](/guide/wick.md#灯芯)", "[x](guide/wick.md)", "[x](/handbook/2.x/oil)"],
}  # fmt: skip
WORKING["hugo, pages of a site elsewhere"] = WORKING["hugo, pages copied into a site"]
BROKEN |= {
    "hugo, settings in folders": {'[x]({{< ref "/blog/nothere" >}})': "missing-page", "[x](/blog/nothere/)": "missing-page"},
    "hugo, pages copied into a site": {"[x](oil.md#nothere)": "missing-heading"},
    "hugo, pages of a site elsewhere": {"[x](oil.md#nothere)": "missing-heading"},
    "gollum": {"[[nothere]]": "missing-page", "[[include:missing]]": "missing-page", "[x](absent)": "missing-page", "[x](whale-oil.png)": "missing-page", "[x](Whale+Oil#nothere)": "missing-heading"},
    "logseq, clone without settings": BROKEN["logseq"],
    "logseq, exported pages": {"[x](nothere.md)": "missing-page"},
    # Any attachment without a folder may be in one that git ignores.
    "vault, files that git ignores": {link: what for link, what in BROKEN["obsidian"].items() if not link.startswith("![[") or "/" in link},
    "formulas": _NO_FORMULAS,
    "formulas, mkdocs": _NO_FORMULAS,
    "sphinx, labels with full stops": {"[x](lamps.wick)": "missing-page", "[x](wick.svg)": "missing-page", "[x](nothere.md)": "missing-page"},
    "sphinx, pages that conf.py writes": {"[x](wick.svg)": "missing-page"},
    "jekyll, addresses by default": {"[x](/lamps/book/oil.html#nothere)": "missing-heading"},
    "docusaurus, translation of a version": {"[x](/guide/nothere.md)": "missing-page", "[x](/guide/wick.md#nothere)": "missing-heading"},
}  # fmt: skip


@pytest.mark.parametrize("name", SITES)
def test_working_internal_links_are_not_broken(tmp_path: Path, name: str) -> None:
    site, page = SITES[name]
    assert findings(tmp_path, site, page, "\n\n".join(WORKING[name])) == {}


@pytest.mark.parametrize("name", SITES)
def test_missing_targets_are_found_from_the_sources(tmp_path: Path, name: str) -> None:
    site, page = SITES[name]
    found = findings(tmp_path, site, page, "\n\n".join(BROKEN[name]))
    assert list(found.values()) == list(BROKEN[name].values()), found


LONG, NUL = "x" * 5000, "a\\u0000b"
HOSTILE = {
    "hugo.toml": [f'contentDir = "{LONG}"\n', f'staticDir = ["{NUL}", "../../.."]\n', "[" * 900, "".join(f"[languages.l{n}]\ncontentDir = 'c{n}'\n" for n in range(3000))],
    "hugo.json": ['{"a":' * 5000, f'{{"contentDir": "{LONG}"}}', "[1, 2]"],
    "mkdocs.yml": [f"docs_dir: docs\ntheme:\n  custom_dir: {LONG}\n", "plugins: [[[[", "docs_dir: docs\nsite_url: 'http://[x'\n", "&a [*a, *a]"],
    "docusaurus.config.js": [f"path: '{LONG}', routeBasePath: '../..', baseUrl: '\\0'", "path: '../../../../..'"],
    "astro.config.mjs": ["base: '../../..'"],
    "_config.yml": [f"collections_dir: {LONG}\nbaseurl: /\n", "collections_dir: ../../../..\n"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "settings"), [(name, each) for name, texts in HOSTILE.items() for each in texts]
)
def test_invalid_settings_do_not_stop_the_resolving(
    tmp_path: Path, name: str, settings: str
) -> None:
    site = {name: settings, "content/a.md": "# A\n", "docs/b.md": "# B\n"}
    found = findings(tmp_path, site, "docs/c.md", "[x](b.md)\n\n[y](../../../etc/passwd)\n")
    assert "b.md" not in found


def test_invalid_front_matter_does_not_stop_the_resolving(tmp_path: Path) -> None:
    pages = {f"content/posts/{n}.md": "---\nslug: " + "../" * 500 + f"{n}\n---\n" for n in range(3)}
    site = {"hugo.toml": "", **pages}
    assert findings(tmp_path, site, "content/posts/c.md", "[x](0.md)\n") == {}


@pytest.mark.parametrize(
    ("hook", "expected"),
    [
        ("def on_files(files, config): ...\n", {}),
        ("def on_post_page(output): ...\n", {"made.md": "missing-page"}),
        ("def on_page_markdown(text):\n    return text.replace('made.md', 'oil.md')\n", {}),
        ("def on_env(env):\n    env.add(name.replace('a', 'b'))\n", {"made.md": "missing-page"}),
    ],
)
def test_inherited_hooks_of_mkdocs_may_add_pages_and_change_links(
    tmp_path: Path, hook: str, expected: dict[str, str]
) -> None:
    site = {
        "docs/shared/mkdocs.yml": "site_name: Lamps\nhooks:\n  - ../hooks.py\n",
        "docs/hooks.py": hook,
        "docs/handbook/mkdocs.yml": "INHERIT: '../shared/mkdocs.yml'\n",
        "docs/handbook/docs/oil.md": "# Oil\n",
    }
    assert findings(tmp_path, site, "docs/handbook/docs/c.md", "[x](made.md)\n") == expected


@pytest.mark.parametrize(
    ("settings", "link", "expected"),
    [
        # The address is /about/lamps/, so it leads to /oil/, which a web host may redirect.
        ("", '<a href="../../oil/">x</a>', {}),
        ("", '<a href="../../../../oil/wick/">x</a>', {}),
        ("", "[x](../../../oil)", {}),
        ("", "[x](../../oil.md)", {"../../oil.md": "outside-root"}),
        ("", "![x](../../oil.png)", {"../../oil.png": "outside-root"}),
        (
            "",
            '<a href="../../../../guide/wick/">x</a>',
            {"../../../../guide/wick/": "missing-page"},
        ),
        ("site_url: https://a.example/docs/\n", "[x](../../../guide/wick/)", {}),
    ],
)
def test_an_address_of_mkdocs_that_climbs_above_the_pages_starts_from_the_site(
    tmp_path: Path, settings: str, link: str, expected: dict[str, str]
) -> None:
    site = {"mkdocs.yml": f"site_name: L\n{settings}", "docs/guide/oil.md": "# Oil\n"}
    assert findings(tmp_path, site, "docs/about/lamps.md", f"{link}\n") == expected


@pytest.mark.parametrize(
    ("settings", "page", "expected"),
    [
        ("markdown_extensions:\n  - pymdownx.snippets\n", "docs/snippets/a.md", {}),
        (
            "markdown_extensions:\n  pymdownx.snippets:\n    base_path: docs\n",
            "docs/snippets/a.md",
            {},
        ),
        ("plugins:\n  - macros:\n      include_dir: docs/snippets\n", "docs/snippets/a.md", {}),
        ("plugins:\n  - search\n", "docs/snippets/a.md", {"wick.md": "missing-page"}),
        ("plugins:\n  - macros\n", "docs/guide/a.md", {"wick.md": "missing-page"}),
    ],
)
def test_links_of_pages_that_mkdocs_puts_into_others_are_not_judged(
    tmp_path: Path, settings: str, page: str, expected: dict[str, str]
) -> None:
    site = {"mkdocs.yml": f"site_name: L\n{settings}", "docs/oil.md": "# Oil\n"}
    assert findings(tmp_path, site, page, "[x](wick.md)\n") == expected


@pytest.mark.parametrize(
    ("layout", "page", "expected"),
    [
        ("adopters/list.html", "---\ntype: adopters\n---\n", {}),
        ("lamps/single.html", "", {}),  # the section's own
        ("_default/board.html", '+++\nlayout = "board"\n+++\n', {}),
        ("adopters/list.html", "", {"/lamps/b/#oil": "missing-heading"}),
        ("_default/single.html", "", {"/lamps/b/#oil": "missing-heading"}),
        ("partials/lamps.html", "", {"/lamps/b/#oil": "missing-heading"}),
    ],
)
def test_a_layout_of_hugo_may_add_anchors_to_its_pages(
    tmp_path: Path, layout: str, page: str, expected: dict[str, str]
) -> None:
    site = {
        "hugo.toml": "",
        f"layouts/{layout}": "{{ range .Site.Data.a }}<h2 id={{ .name | urlize }}>x</h2>{{ end }}",
        "content/lamps/b.md": f"{page}# B\n",
    }
    assert findings(tmp_path, site, "content/c.md", "[x](/lamps/b/#oil)\n") == expected


@pytest.mark.parametrize(
    ("script", "page", "expected"),
    [
        ('write "$FOLDER/${name}/options.md"', "options.md", {}),
        ("open(f'{folder}/options.md', 'w')", "options.md", {}),
        ("hugo --minify", "options.md", {"/lamps/options/#oil": "missing-heading"}),
        ('write "$FOLDER/wick.md"', "options.md", {"/lamps/options/#oil": "missing-heading"}),
        ('write "$FOLDER/_index.md"', "_index.md", {"/lamps/#oil": "missing-heading"}),
    ],
)
def test_a_page_that_a_script_of_the_site_writes_may_have_further_headings(
    tmp_path: Path, script: str, page: str, expected: dict[str, str]
) -> None:
    site = {"hugo.toml": "", "hack/import.sh": script, f"content/lamps/{page}": "# B\n"}
    address = "/lamps/" if page == "_index.md" else "/lamps/options/"
    assert findings(tmp_path, site, "content/c.md", f"[x]({address}#oil)\n") == expected


def test_a_layout_without_computed_anchors_adds_none(tmp_path: Path) -> None:
    site = {
        "hugo.toml": "",
        "layouts/lamps/single.html": "<h2 id=wick>{{ .Title }}</h2>",
        "content/lamps/b.md": "# B\n",
    }
    assert findings(tmp_path, site, "content/c.md", "[x](/lamps/b/#oil)\n") == {
        "/lamps/b/#oil": "missing-heading"
    }


def test_the_settings_of_a_wiki_are_read_once_for_all_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = list[Path]()

    def counted(folder: Path) -> wiki_root.WikiRoot | None:
        looked_at.append(folder)
        return declared_wiki(folder)

    declared_wiki = wiki_root.declared_wiki
    monkeypatch.setattr(wiki_root, "declared_wiki", counted)
    counts = []
    for folders in (2, 20):
        looked_at.clear()
        wiki = tmp_path / f"wiki{folders}"
        pages = {f"notes/{number}/a.md": "# A\n" for number in range(folders)}
        assert findings(wiki, pages, "notes/b.md", "[x](0/a.md)\n\n[y](1/c.md)\n") == {
            "1/c.md": "missing-page"
        }
        counts.append(looked_at.count(wiki / "notes"))
    assert counts[0] == counts[1]


WIKILINKED = "[[Lamp]](s)\n\n[[Lamp|the lamp]](oil)\n\n[[Lamp#Wick]](s)\n\n[lamp](s)\n"


@pytest.mark.parametrize(
    "settings",
    [{".obsidian/app.json": "{}"}, {"logseq/config.edn": "{}"}, {".github/a.yml": ""}, {}],
)
def test_brackets_behind_a_wikilink_are_text(tmp_path: Path, settings: dict[str, str]) -> None:
    site = {**settings, "docs/Lamp.md": "# Wick\n"}
    page, texts = "docs/c.md", WIKILINKED.split("\n\n")
    for number, text in enumerate(texts[:-1]):
        assert findings(tmp_path / str(number), site, page, f"{text}\n") == {}
    assert findings(tmp_path / "plain", site, page, texts[-1]) == {"s": "missing-page"}


def test_brackets_behind_a_name_in_brackets_that_is_no_page_are_a_link(tmp_path: Path) -> None:
    text = "[[1]](gone.md)\n\n[[1]](lamp.md)\n"
    assert findings(tmp_path / "plain", {"lamp.md": ""}, "c.md", text) == {
        "gone.md": "missing-page"
    }
    vault = {".obsidian/app.json": "{}", "lamp.md": ""}
    assert findings(tmp_path / "vault", vault, "c.md", text) == {}


def test_anchors_may_keep_what_an_escaped_character_leaves(tmp_path: Path) -> None:
    text = (
        "# Oil & wick\n\n## What's new\n\n[a](#Oil-amp-wick)\n\n[b](#What-39-s-new)\n\n"
        "[c](#Oil-amp-whale) [d](#Oil-lamp-wick)\n"
    )
    assert findings(tmp_path, {"a.md": ""}, "c.md", text) == {
        "#Oil-amp-whale": "missing-heading",
        "#Oil-lamp-wick": "missing-heading",
    }


@pytest.mark.parametrize(
    ("settings", "pages", "public"),
    [
        ({".vitepress/config.mts": "export default {}"}, "", "public"),
        ({".vitepress/config.mts": "export default { srcDir: './src' }"}, "src/", "src/public"),
        ({".vuepress/config.js": "module.exports = {}"}, "", ".vuepress/public"),
    ],
)
def test_links_of_vitepress_start_from_its_folder_wherever_it_is(
    tmp_path: Path, settings: dict[str, str], pages: str, public: str
) -> None:
    docs = "packages/docs/"
    site = {
        ".github/workflows/check.yml": "",
        "README.md": "",
        "packages/lamps/README.md": "",
        f"{docs}.gitignore": "api\n",
        **{f"{docs}{name}": text for name, text in settings.items()},
        f"{docs}{pages}guide/oil.md": "# Oil\n",
        f"{docs}{public}/logo.png": "",
    }
    text = (
        "[a](/guide/oil.md#oil)\n\n[b](/guide/nothere.md)\n\n[c](/api/made.md)\n\n"
        "[d](/logo.png)\n\n[e](/guide/oil)\n\n[f](/guide/oil.md#wick)\n"
    )
    assert findings(tmp_path, site, f"{docs}{pages}guide/deep/c.md", text) == {
        "/guide/nothere.md": "missing-page",
        "/guide/oil.md#wick": "missing-heading",
    }


@pytest.mark.parametrize("forge", [{".github/a.yml": ""}, {}])
def test_root_relative_links_may_start_from_the_top_whatever_most_of_them_start_from(
    tmp_path: Path, forge: dict[str, str]
) -> None:
    site = {
        **forge,
        "packages/lamps/oil.md": "# Oil\n",
        "packages/wicks/a.md": "",
        "OIL.md": "# Oil\n",
        "docs/c.md": "[a](/lamps/)\n\n[b](/wicks/)\n",
    }
    text = "[x](/OIL.md#oil)\n\n[y](/NOTHERE.md)\n\n[z](/OIL.md#wick)\n\n[a](/lamps/oil.md)\n"
    assert findings(tmp_path, site, "README.md", text) == {
        "/NOTHERE.md": "missing-page",
        "/OIL.md#wick": "missing-heading",
    }


@pytest.mark.parametrize(
    ("script", "broken"),
    [
        (
            "export default { async transform(code, id) { if (id.endsWith('.md')) add(code) } }",
            None,
        ),
        ("export default { extendsMarkdown: (md) => md.use(contents) }", None),
        ("export default { transform(code, id) { if (id.endsWith('.svg')) add(code) } }", "wick"),
        ("export default { transformPageData(page) { page.path += '.md' } }", "wick"),
    ],
)
def test_a_script_of_vitepress_may_add_headings(
    tmp_path: Path, script: str, broken: str | None
) -> None:
    site = {"docs/.vitepress/config.ts": "", "docs/.vitepress/plugins/oil.ts": script}
    found = findings(tmp_path, site, "docs/c.md", "# Oil\n\n[a](#wick)\n")
    assert found == ({"#wick": "missing-heading"} if broken else {})


def test_links_of_parts_that_vitepress_includes_are_relative_to_the_page(tmp_path: Path) -> None:
    site = {".vitepress/config.js": "", "guide/oil.md": "<!--@include: ../_include/c.md-->\n"}
    assert findings(tmp_path, site, "_include/c.md", "[x](wick.md)\n") == {}
    assert findings(tmp_path, site, "guide/c.md", "[x](wick.md)\n") == {"wick.md": "missing-page"}


ZENSICAL = {
    "zensical.toml": (
        '[project]\nsite_name = "Lamps"\ndocs_dir = "pages"\n'
        'site_url = "https://lamps.example/handbook/"\nnav = [{ "Made" = "made.md" }]\n'
    ),
    "README.md": "",
    "pages/index.md": "",
    "pages/guide/lamp.md": "# Lamp\n",
}


def test_sites_of_zensical_are_read_as_those_of_mkdocs(tmp_path: Path) -> None:
    text = (
        '<a href="../lamp/#lamp">a</a>\n\n[b](../made.md)\n\n[c](/handbook/guide/lamp/)\n\n'
        '[d](gone.md)\n\n<a href="../gone/">e</a>\n'
    )
    found = findings(tmp_path, ZENSICAL, "pages/guide/c.md", text)
    assert found == {"gone.md": "missing-page", "../gone/": "missing-page"}


LINK_PLUGIN = """export default () => (tree) => visit(tree, 'link', (node) => {
  if (node.url.startsWith('../')) node.url = `https://forge.example/${node.url}`;
});
"""
PLUGIN_SETTINGS = {
    "docusaurus.config.ts": (
        "import links from './src/plugins/links';\n"
        "export default { presets: [['classic', { docs: { remarkPlugins: [links] } }]] }\n"
    ),
    "astro.config.mjs": (
        "import links from './src/plugins/links.ts';\n"
        "export default defineConfig({ markdown: { remarkPlugins: [links] } })\n"
    ),
}


@pytest.mark.parametrize(
    ("plugin", "expected"),
    [
        (LINK_PLUGIN, {}),
        ("export default () => (tree) => visit(tree, 'code', mark);\n", {"../lib/wick.md"}),
    ],
)
@pytest.mark.parametrize(
    ("name", "page"),
    [("docusaurus.config.ts", "docs/c.md"), ("astro.config.mjs", "src/content/docs/c.md")],
)
def test_a_plugin_of_the_site_may_give_links_other_destinations(
    tmp_path: Path, name: str, page: str, plugin: str, expected: set[str]
) -> None:
    folder = page.rpartition("/")[0]
    site = {name: PLUGIN_SETTINGS[name], "src/plugins/links.ts": plugin, f"{folder}/a/b.md": ""}
    page = page.replace("c.md", "a/c.md")
    assert set(findings(tmp_path, site, page, "[x](../lib/wick.md)\n")) == set(expected)


def test_wikis_of_github_publish_pages_of_all_folders_in_one(tmp_path: Path) -> None:
    wiki = {
        "Home.md": "",
        "guides/lamps/Argand-Lamp.md": "# Oil\n",
        "guides/.1-Lamp.md": "",
        "Oil-1.2.md": "",
    }
    text = "[d](.1-lamp)\n\n[e](oil-1.2)\n\n[a](Argand-Lamp)\n\n[b](argand-lamp#oil)\n\n[c](Betty-Lamp)\n"
    framed = {**wiki, "_Footer.md": ""}
    assert findings(tmp_path / "wiki", framed, "trade/C.md", text) == {"Betty-Lamp": "missing-page"}
    found = findings(tmp_path / "folder", wiki, "trade/C.md", text)
    assert set(found) == {".1-lamp", "oil-1.2", "Argand-Lamp", "argand-lamp#oil", "Betty-Lamp"}


def test_paths_on_the_machine_of_the_author_are_not_judged(tmp_path: Path) -> None:
    text = (
        "[a](D:/Books/lamps.pdf)\n\n[b](<C:\\Users\\ada\\lamps.pdf>)\n\n"
        "[c](zotero_link/Lamps/oil.pdf)\n\n[d](zotero/oil.pdf)\n"
    )
    assert findings(tmp_path, LOGSEQ, "pages/c.md", text) == {"zotero/oil.pdf": "missing-page"}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("/attachments/*.png", {"Pasted sound 1.mp3", "Argand"}),
        ("attachments/", {"Argand"}),
        ("node_modules/", {"Pasted image 1.png", "Pasted sound 1.mp3", "Argand"}),
    ],
)
def test_embedded_files_may_be_in_folders_whose_files_git_ignores(
    tmp_path: Path, pattern: str, expected: set[str]
) -> None:
    vault = {".obsidian/app.json": "{}", ".gitignore": f"# images\n{pattern}\n", ".git/x": ""}
    text = "![[Pasted image 1.png]]\n\n![[Pasted sound 1.mp3]]\n\n[[Argand]]\n"
    assert set(findings(tmp_path, vault, "notes/c.md", text)) == expected


def test_so_many_missing_attachments_are_not_all_looked_for(tmp_path: Path) -> None:
    """Those that are not looked for are not judged; other links are."""
    folders = "".join(f"attachments{number}/*.png\n" for number in range(40))
    vault = {".obsidian/app.json": "{}", ".gitignore": folders, ".git/x": ""}
    embedded = "".join(f"![[lamp {number}.jpg]]\n" for number in range(3500))
    found = findings(tmp_path, vault, "notes/c.md", f"{embedded}\n[[Argand]] [b](betty.md)\n")
    assert {"lamp 0.jpg", "lamp 2999.jpg", "Argand", "betty.md"} <= set(found)
    assert len(found) == 3002


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('<META content="0; url=./latest/index.html" http-equiv="Refresh">', {}),
        ("<link rel=stylesheet href=a.css>", {"latest/index.html": "missing-page"}),
    ],
)
def test_a_page_that_redirects_is_put_beside_the_versions_of_a_site(
    tmp_path: Path, head: str, expected: dict[str, str]
) -> None:
    text = f'<html><head>{head}</head><body><a href="latest/index.html">x</a></body></html>'
    assert findings(tmp_path, {"docs/a.css": ""}, "docs/redirect.html", text) == expected


@pytest.mark.parametrize(
    ("site", "page"),
    [(JEKYLL, "_lamps/oil-lamp.md"), (HUGO, "content/posts/oil-lamp.md"), (MKDOCS, "docs/a.md")],
)
def test_layouts_may_make_an_anchor_of_the_title(
    tmp_path: Path, site: dict[str, str], page: str
) -> None:
    text = "---\ntitle: Of 'whale oil'\nlayout: card\n---\n[x](#of-whale-oil) [y](#oil-lamp) [z](#wick)\n\n[w](#oil)\n"
    found = set(findings(tmp_path, site, page, text))
    missing = {"#wick", "#oil"}
    assert found == (missing | {"#of-whale-oil", "#oil-lamp"} if site is MKDOCS else missing)
