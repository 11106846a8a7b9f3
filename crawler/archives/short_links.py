"""List the link shorteners: services whose URLs only redirect to other ones.

Nothing can be concluded about the page from the host and the folder of a short link.
Sources: Archive Team's URLTeam (https://wiki.archiveteam.org/index.php/URLTeam), 2026-11.
"""

from __future__ import annotations

from typing import Final

from crawler.http.urls import host_of, split_url

SHORT_LINK_HOSTS: Final = frozenset(
    {
        "163.fm", "a.co", "adf.ly", "amzn.com", "amzn.to", "app.goo.gl", "apple.co",
        "b23.tv", "bbc.in", "bc.vc", "bit.do", "bit.ly", "bitly.com", "buff.ly", "cbsn.ws",
        "clck.ru", "cli.gs", "cnn.it", "cutt.ly", "dlvr.it", "dwz.cn", "econ.st",
        "eepurl.com", "fb.me", "ff.im", "flic.kr", "forms.gle", "g.co", "git.io", "goo.gl",
        "goo.su", "gph.is", "gu.com", "ift.tt", "is.gd", "j.mp", "lihi.cc", "lnkd.in",
        "maps.app.goo.gl", "mrw.so", "nyti.ms", "on.ft.com", "ow.ly", "post.ly", "ppt.cc",
        "pse.is", "qr.ae", "rb.gy", "rebrand.ly", "redd.it", "reurl.cc", "reut.rs",
        "risu.io", "shorturl.at", "sina.lt", "snipurl.com", "snurl.com", "spoti.fi",
        "su.pr", "suo.im", "t.cn", "t.co", "t.ly", "ti.me", "tiny.cc", "tiny.one",
        "tinyurl.com", "tr.im", "trib.al", "tumblr.co", "u.nu", "url.cn", "ux.nu",
        "v.douyin.com", "v.gd", "vk.cc", "wapo.st", "wp.me", "x.co", "xhslink.com",
        "yep.it",
    }
)  # fmt: skip


def is_short_link(url: str) -> bool:
    """Return whether a URL is a short link.

    >>> is_short_link("https://goo.gl/Ab12"), is_short_link("https://bit.ly/")
    (True, False)
    """
    if host_of(url).removeprefix("www.") not in SHORT_LINK_HOSTS:
        return False
    return bool(split_url(url).path.strip("/"))
