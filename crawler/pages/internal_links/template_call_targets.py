"""Find the page that a call of a template names: Hugo's `ref`, Jekyll's `link` and `post_url`.

The calls are read by `crawler.pages.formats.markdown.template_links`.
"""

from __future__ import annotations

import posixpath

from crawler.pages.formats.markdown.template_links import TemplateCall
from crawler.pages.internal_links.link_paths import join_path
from crawler.pages.internal_links.sites import Site
from crawler.pages.internal_links.wiki_index import WikiIndex


def find_called_page(site: Site, index: WikiIndex, page: str, call: TemplateCall) -> str | None:
    """Return the page or file that a call names, or None.

    Args:
        site: The site of the wiki.
        index: The pages and files of the wiki.
        page: The page that has the call.
        call: The call; its path is not empty.
    """
    path = call.path
    if call.kind == "post_url":
        name = posixpath.basename(path)
        return index.names.find(name) or index.find_post(name)
    if call.kind == "link":
        return index.find(join_path(site.root, path)) or index.find_address(path)
    folders = [folder for folder, _ in site.content]
    bases = folders if path.startswith("/") else [posixpath.dirname(page), *folders]
    paths = [join_path(base, path) for base in bases]
    paths += site.mounted_files(page, path)
    candidates = (index.find(each, page) or index.find_bundle_or_file(each) for each in paths)
    found = next(filter(None, candidates), None) or index.find_address(path)
    if found or "/" in path.strip("/"):
        return found
    return _find_by_logical_name(site, index, page, path)


def _find_by_logical_name(site: Site, index: WikiIndex, page: str, name: str) -> str | None:
    """Return the page that Hugo finds by a name without folders, or None.

    The name of a bundle is that of its folder, whose page is `_index.md` or `index.md`
    (https://gohugo.io/methods/page/getpage/).
    """
    if bundle := index.nearest_bundle(name, page):
        return bundle
    for folder, address in site.content:  # a single file may be mounted under another name
        mounted = posixpath.basename(address)
        is_named = name in {mounted, posixpath.splitext(mounted)[0]}
        if is_named and (found := index.find_file(folder)):
            return found
    return index.names.find(name)
