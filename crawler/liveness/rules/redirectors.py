"""Recognise addresses whose purpose is to redirect, even to the root of another site.

In doubt an address counts as a redirector, so that its redirect is not called broken. The list of
link shorteners that decides whether a copy can be trusted is `crawler.archives.short_links`.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl, unquote

from crawler.http.urls import host_of, split_url

# Shorteners and persistent identifiers. This is data: to add a host, add its name.
REDIRECTOR_HOSTS: Final = frozenset(
    (
        "bit.ly", "j.mp", "bitly.com", "t.co", "goo.gl", "g.co", "tinyurl.com", "is.gd", "v.gd",
        "ow.ly", "buff.ly", "dlvr.it", "ift.tt", "fb.me", "youtu.be", "amzn.to", "amzn.asia",
        "rb.gy", "cutt.ly", "shorturl.at", "lnkd.in", "trib.al", "wp.me", "tiny.cc", "t.ly",
        "s.id", "x.co", "po.st", "adf.ly", "bl.ink", "short.io", "rebrand.ly", "snip.ly",
        "soo.gd", "qr.ae", "git.io", "aka.ms", "msft.it", "apple.co", "nyti.ms", "wapo.st",
        "reut.rs", "bbc.in", "econ.st", "on.ft.com", "flip.it", "spoti.fi", "redd.it",
        "discord.gg", "t.cn", "url.cn", "dwz.cn", "suo.im", "suo.nz", "0rz.tw", "pse.is",
        "reurl.cc", "lihi.cc", "lihi1.com", "b23.tv", "xhslink.com", "v.douyin.com", "w.url.cn",
        "goo.by", "clck.ru", "vk.cc", "u.to", "han.gl", "me2.do", "vo.la", "urlr.me", "ux.nu",
        "p.tl", "bit.do", "purl.org", "purl.net", "w3id.org", "hdl.handle.net", "doi.org",
        "dx.doi.org", "n2t.net",
    )
)  # fmt: skip
# Path segments of addresses by which sites redirect visitors to other sites.
_EXIT_SEGMENT = re.compile(
    r"(?:go|goto|redirect|redir|redirector|out|outbound|away|exit|leave|link|links|linkto|jump|"
    r"click|track|ref|r|l|u|url|visit|external|transfer|bounce)(?:\.\w{2,5})?",
    re.IGNORECASE,
)
_SHORT_CODE = re.compile(r"[A-Za-z0-9_-]{1,8}")
_INDEX_PAGE = re.compile(r"/(?:index|default)\.\w{2,5}$", re.IGNORECASE)
_MAX_SHORT_HOST: Final = 10  # characters: shorteners have short names


def is_redirector(url: str) -> bool:
    """Return whether the purpose of a URL is to redirect to another one.

    Args:
        url: An absolute URL.

    Returns:
        True for the known shorteners, short codes on hosts with a short name, and addresses
        such as `/redirect?url=...`.

    >>> links = ("https://bit.ly/2fY", "https://hbr.st/3xQ", "https://a.example/out?to=b.example")
    >>> [is_redirector(url) for url in links]
    [True, True, True]
    >>> is_redirector("https://example.org/2014/01/news.html")
    False
    """
    parts, host = split_url(url), host_of(url).removeprefix("www.")
    if host in REDIRECTOR_HOSTS:
        return True
    segments = [segment for segment in parts.path.split("/") if segment]
    if any(_EXIT_SEGMENT.fullmatch(segment) for segment in segments):
        return True
    if any(_names_a_host(value) for _, value in parse_qsl(parts.query)):
        return True
    has_short_code = len(segments) == 1 and _SHORT_CODE.fullmatch(segments[0]) is not None
    return has_short_code and not parts.query and len(host) <= _MAX_SHORT_HOST


def names_target(cited: str, target: str) -> bool:
    """Return whether a cited address ends with the name of the site that it leads to.

    So does the address of a part of a site that became a separate site. A person's home page
    (`~bob`) counts as well, whatever the name of the new site.

    >>> names_target("https://example.org/projects/reef/", "https://reef.example/")
    True
    >>> names_target("https://example.org/reef/corals.html", "https://reef.example/")
    False
    >>> names_target("https://example.org/~bob/", "https://robert.example/")
    True
    """
    labels = {label for label in host_of(target).split(".")[:-1] if label != "www"}
    path = _INDEX_PAGE.sub("", unquote(split_url(cited).path)).rstrip("/")
    name = path.rpartition("/")[2]
    if name.startswith(("~", "@")):
        return True
    words = {word.lower() for word in re.split(r"[._\s]+", name) if word}
    return any(len(label) >= 2 and label in words for label in labels)


def _names_a_host(value: str) -> bool:
    return re.match(r"https?:|//|www\.", value, re.IGNORECASE) is not None
