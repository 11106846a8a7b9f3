"""The copies that an archive has of a page of the invented web: under which URLs, behind which redirects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from urllib.parse import quote

from tests.worlds.layout import Design
from tests.worlds.texts import Article, article, slug
from tests.worlds.truth import Cited, InventedWeb

NEAR, NEARER, LATER, EARLIER = (
    "20210318094502",
    "20210311203310",
    "20210622150731",
    "20200904081200",
)

# The target that is cited, by the way its page is archived: `{n}` is a number of its own, `{s}` a slug, `{h}` 32 hexadecimal digits.
TARGETS: Mapping[str, str] = {
    "query-order": "/view.php?cat=7&id={n}&page=1",
    "session-id": "/show.php?PHPSESSID={h}&t={n}",
    "session-in-path": "/item/{n};jsessionid={H}",
    "tracking-cited": "/story/{s}-{n}?utm_source=rundbrief&utm_medium=email",
    "tracking-held": "/story/{s}-{n}",
    "escaped-brackets": "/wiki/{s}_%28{n}%29",
    "escaped-comma": "/entry/{s}%2C{n}%21",
    "iri": "/{s}/灯塔与渡轮-{n}",
    "host-www": "/report/{s}/{n}",
    "host-mobile": "/m-report/{s}/{n}",
    "host-amp": "/sport/{s}-{n}.html",
    "amp-path": "/blog/{s}-{n}",
    "other-scheme": "/doc/{n}/{s}",
    "slash": "/lesson/{s}/{n}/",
    "case": "/Papers/{n}/{s}-Final.HTML",
    "redirect": "/node/{n}",
    "redirect-elsewhere": "/artikel{n}.html",
    "error-first": "/news/{n}.shtml",
    "wall-first": "/essay/{s}-{n}",
    "home-first": "/a/{n}/{s}",
    "blank-first": "/b/{n}.asp",
    "gbk": "/html/{n}.htm",
    "shift_jis": "/stored_history/{n}.html",
    "cp1251": "/stati/{n}.html",
    "revisit": "/r/{s}/{n}",
    "only-error": "/gone/{n}.htm",
    "only-wall": "/closed/{s}/{n}",
    "sink": "/archiv/{n}/{s}.html",
    "loop": "/l/{n}/{s}.html",
    "decoy-case": "/p/KqEW2{n}dUq",
    "decoy-query": "/read.php?id={n}",
    "decoy-neighbour": "/thread-{n}-1-1.html",
    "exact": "/{s}/{n}",
    "older": "/old/{n}/{s}",
    "bad-rows": "/rows/{n}/{s}",
    "cited": "/post/{n}/{s}",
    "cited-bad": "/entry/{n}/{s}",
    "cited-elsewhen": "/page/{n}/{s}",
    "none": "/x/{s}-{n}",
}
NOT_RECOVERABLE = frozenset(
    {
        "none",
        "only-error",
        "only-wall",
        "sink",
        "loop",
        "decoy-case",
        "decoy-query",
        "decoy-neighbour",
    }
)
ERROR = "<html><head><title>{0}</title></head><body><h1>404 Not Found</h1><p>The requested URL was not found on this server.</p></body></html>"
WALL = "<html><head><title>Just a moment...</title></head><body><p>Checking your browser before accessing {0}.</p><p>DDoS protection by Cloudflare</p><script src='/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1'></script></body></html>"


# The ways in which dead pages are archived, in the order in which they are dealt out.
_IN_TURN = [way for way in TARGETS if way not in {"gbk", "shift_jis", "cp1251", "cited", "exact"}]
_ENCODED = {"zh": "gbk", "ja": "shift_jis", "ru": "cp1251"}


def next_way(web: InventedWeb, lang: str) -> str:
    """Return the next way of archiving, so that every way meets many kinds of death."""
    if lang in _ENCODED and lang not in web.encodings_used:
        web.encodings_used.add(lang)
        return _ENCODED[lang]
    web.ways_used += 1
    return _IN_TURN[web.ways_used % len(_IN_TURN)]


def target(how: str, seed: str, lang: str) -> str:
    """Return path and query under which a page is cited that is archived in this way."""
    random = Random(f"target {how} {seed}")
    digits = f"{random.getrandbits(128):032x}"
    return TARGETS[how].format(
        n=random.randint(100, 99999), s=slug(lang, seed), h=digits, H=digits.upper()
    )


def hold(web: InventedWeb, cited: Cited, how: str, design: Design, text: Article) -> None:
    """Put into the archive what it has of a cited page, and note which of it shows the page."""
    cited.archived_as = how
    page = design.page(text, moment=-1)
    good = _KINDS[how](web, cited.url, design, page)
    if how not in NOT_RECOVERABLE:
        cited.copies.update(good)
    if how.startswith("cited"):
        cited.mirror = NEAR


Held = list[tuple[str, str]]
_Kind = Callable[[InventedWeb, str, Design, str], Held]


def _under(change: Callable[[str], str], *, timestamp: str = NEAR) -> _Kind:
    """Hold the page under a changed address."""

    def put(web: InventedWeb, url: str, design: Design, page: str) -> Held:
        changed = change(url)
        assert changed != url or timestamp != NEAR, url
        return [web.add_snapshot(changed, timestamp, page)]

    return put


def _exact(timestamp: str) -> _Kind:
    return lambda web, url, _design, page: [web.add_snapshot(url, timestamp, page)]


def _after(bad: Callable[[InventedWeb, str, Design], None]) -> _Kind:
    """Hold a bad capture at the nearer date, the page at a later one."""

    def put(web: InventedWeb, url: str, design: Design, page: str) -> Held:
        bad(web, url, design)
        return [web.add_snapshot(url, LATER, page)]

    return put


def _only(bad: Callable[[InventedWeb, str, Design], None]) -> _Kind:
    def put(web: InventedWeb, url: str, design: Design, page: str) -> Held:
        bad(web, url, design)
        return []

    return put


def _error(web: InventedWeb, url: str, design: Design) -> None:
    web.add_snapshot(url, NEAR, ERROR.format(design.name))
    web.add_snapshot(url, NEARER, ERROR.format("404"), status=404)


def _wall(web: InventedWeb, url: str, design: Design) -> None:
    web.add_snapshot(url, NEAR, WALL.format(url.split("/")[2]))


def _home(web: InventedWeb, url: str, design: Design) -> None:
    root = "/".join(url.split("/")[:3]) + "/"
    web.add_snapshot(url, NEARER, "", status=302, headers={"Location": root})
    web.add_snapshot(root, NEARER, design.front(moment=-2))


def _blank(web: InventedWeb, url: str, design: Design) -> None:
    web.add_snapshot(url, NEARER, "<html><head></head><body></body></html>")


def _redirect(web: InventedWeb, url: str, design: Design, page: str) -> Held:
    """Hold a redirect to the page's later address, and two other redirects of its folder."""
    host = "/".join(url.split("/")[:3])
    new = f"{host}/articles/{slug(design.lang, url)}"
    return _chain(web, url, new, design, page)


def _redirect_elsewhere(web: InventedWeb, url: str, design: Design, page: str) -> Held:
    name = url.split("/")[2].removeprefix("www.")
    return _chain(
        web, url, f"https://magazin.{name}/texte/{slug(design.lang, url)}.html", design, page
    )


def _chain(web: InventedWeb, url: str, new: str, design: Design, page: str) -> Held:
    folder, _, last = url.rpartition("/")
    for n in (1, 2):
        neighbour = article(design.lang, f"{url} neighbour {n}")
        there = f"{new.rpartition('/')[0]}/{slug(design.lang, f'{url} {n}')}"
        digits = "".join(letter for letter in last if letter.isdigit())
        here = f"{folder}/{last.replace(digits, str(int(digits) + n))}"
        web.add_snapshot(here, NEARER, "", status=301, headers={"Location": there})
        web.add_snapshot(there, NEAR, design.page(neighbour, moment=-1))
    return [
        web.add_snapshot(url, NEAR, "", status=301, headers={"Location": new}),
        web.add_snapshot(new, NEAR, page),
    ]


def _sink(web: InventedWeb, url: str, design: Design, page: str) -> Held:
    """Hold redirects of the whole folder to one page that shows something else."""
    root = "/".join(url.split("/")[:3])
    folder, _, last = url.rpartition("/")
    for there in (url, f"{folder}/zz-{last}", f"{folder}/aa-{last}", f"{folder}/q{last}"):
        web.add_snapshot(there, NEAR, "", status=301, headers={"Location": f"{root}/uebersicht"})
    web.add_snapshot(f"{root}/uebersicht", NEAR, design.listing("uebersicht", moment=-3))
    return []


def _loop(web: InventedWeb, url: str, design: Design, page: str) -> Held:
    """Hold two redirects that lead to each other."""
    other = f"{url}?next=1"
    web.add_snapshot(url, NEAR, "", status=301, headers={"Location": other})
    web.add_snapshot(other, NEAR, "", status=301, headers={"Location": url})
    return []


def _bad_rows(web: InventedWeb, url: str, design: Design, page: str) -> Held:
    """Store a snapshot of the page among rows with invalid times."""
    for timestamp in ("20219999999999", "00000000000000"):
        web.add_snapshot(url, timestamp, page)
    return [web.add_snapshot(url, EARLIER, page)]


def _decoy(change: Callable[[str], str]) -> _Kind:
    """Hold another page of the site under an address that only looks alike."""

    def put(web: InventedWeb, url: str, design: Design, page: str) -> Held:
        other = article(design.lang, f"decoy of {url}")
        web.add_snapshot(change(url), NEAR, design.page(other, moment=-1))
        return []

    return put


def _encoded(encoding: str) -> _Kind:
    """Hold the page in an old encoding that only the archived header names."""
    return lambda web, url, _design, page: [
        web.add_snapshot(
            url,
            NEAR,
            page,
            encoding=encoding,
            headers={"Content-Type": f"text/html; charset={encoding}"},
        )
    ]


def _revisit(web: InventedWeb, url: str, design: Design, page: str) -> Held:
    return [web.add_snapshot(url, EARLIER, page), web.add_snapshot(url, NEAR, page, revisit=True)]


def _other_order(url: str) -> str:
    base, _, query = url.partition("?")
    return f"{base}?{'&'.join(reversed(query.split('&')))}"


def _other_session(url: str) -> str:
    start = url.index("PHPSESSID=") + len("PHPSESSID=")
    return url[:start] + url[start : start + 32][::-1] + url[start + 32 :]


def _other_www(url: str) -> str:
    return (
        url.replace("://www.", "://", 1) if "://www." in url else url.replace("://", "://www.", 1)
    )


def _other_host(prefix: str) -> Callable[[str], str]:
    return lambda url: url.replace("://www.", "://", 1).replace("://", f"://{prefix}.", 1)


def _other_scheme(url: str) -> str:
    return (
        url.replace("https:", "http:", 1) if url[:5] == "https" else url.replace("http:", "https:")
    )


def _lower(url: str) -> str:
    head, slashes, rest = url.partition("://")
    return head + slashes + rest.lower()


def _escaped(url: str) -> str:
    return quote(url, safe=":/?&=%-_.").lower()


def _next_number(url: str) -> str:
    digits = "".join(
        letter for letter in url.rpartition("/")[2].split("-1-1")[0] if letter.isdigit()
    )
    return url.replace(digits, str(int(digits) + 1))


_KINDS: Mapping[str, _Kind] = {
    "query-order": _under(_other_order),
    "session-id": _under(_other_session),
    "session-in-path": _under(lambda url: url.partition(";")[0]),
    "tracking-cited": _under(lambda url: url.partition("?")[0]),
    "tracking-held": _under(lambda url: f"{url}?fbclid=IwAR0x81&utm_campaign=mai"),
    "escaped-brackets": _under(lambda url: url.replace("%28", "(").replace("%29", ")")),
    "escaped-comma": _under(lambda url: url.replace("%2C", ",").replace("%21", "!")),
    "iri": _under(_escaped),
    "host-www": _under(_other_www),
    "host-mobile": _under(_other_host("m")),
    "host-amp": _under(_other_host("amp")),
    "amp-path": _under(lambda url: f"{url}/amp/"),
    "other-scheme": _under(_other_scheme),
    "slash": _under(lambda url: url.rstrip("/")),
    "case": _under(_lower),
    "redirect": _redirect,
    "redirect-elsewhere": _redirect_elsewhere,
    "error-first": _after(_error),
    "wall-first": _after(_wall),
    "home-first": _after(_home),
    "blank-first": _after(_blank),
    "gbk": _encoded("gbk"),
    "shift_jis": _encoded("shift_jis"),
    "cp1251": _encoded("cp1251"),
    "revisit": _revisit,
    "only-error": _only(_error),
    "only-wall": _only(_wall),
    "sink": _sink,
    "loop": _loop,
    "decoy-case": _decoy(_lower),
    "decoy-query": _decoy(lambda url: f"{url}1"),
    "decoy-neighbour": _decoy(_next_number),
    "exact": _exact(NEAR),
    "older": _exact(EARLIER),
    "bad-rows": _bad_rows,
    "cited": _exact(NEAR),
    "cited-bad": _after(_error),
    "cited-elsewhen": _exact(LATER),
    "none": lambda _web, _url, _design, _page: [],
}
