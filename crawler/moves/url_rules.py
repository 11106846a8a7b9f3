"""Learn how a site rewrote its URLs from pages whose old and new URL are both known.

A rule says how a new URL is put together from pieces of the old one and from constant text. A
rule needs at least two moves that have nothing else in common. It makes no requests.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from urllib.parse import SplitResult, parse_qsl

from crawler.http.urls import InvalidUrl, link_key, request_url, same_address, split_url

_MIN_MOVES: Final = 2
_MAX_FOLDERS: Final = 12
_MAX_MOVES: Final = 200
_MAX_QUERY: Final = 500  # characters
_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")
# The shortest piece of an old URL that identifies a page, or is looked for inside a new piece.
_MIN_PIECE: Final = 3
# The ways to respell a piece, in order of preference: (underscores to hyphens, lower case).
_SPELLINGS: Final = ((False, False), (True, False), (False, True), (True, True))


class KnownMove(NamedTuple):
    """A page's old URL and its new one."""

    old: str
    new: str


class UrlPiece(NamedTuple):
    """A part of a new URL: constant text, or a piece of the old URL, possibly respelt.

    Attributes:
        text: The constant text.
        source: The position of the piece in the old URL; -1 for constant text.
        hyphens: Whether underscores of the piece became hyphens.
        lower: Whether the piece was put into lower case.
    """

    text: str = ""
    source: int = -1
    hyphens: bool = False
    lower: bool = False


@dataclass(frozen=True, slots=True)
class UrlShape:
    """The parts of a URL that must be equal for a rule to apply."""

    host: str
    folders: int  # the number of path segments
    extension: str
    parameters: tuple[str, ...]  # the names in the query


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlRule:
    """A rule by which pages moved.

    There are two kinds. A prefix rule (`shape` is None) replaces `old_prefix` by `new_prefix`. A
    template rule builds the new URL from the pieces of an old one.

    Attributes:
        moves: The known moves that follow the rule.
        old_prefix: What the old URLs begin with, without scheme.
        new_prefix: What replaces it, with scheme.
        shape: The shape of the old URLs.
        template: The parts of the new URL.
        constant_pieces: Position and text of pieces that were the same in all moves and do not
            appear in the new URL. The rule applies only to URLs that have them.
    """

    moves: tuple[KnownMove, ...]
    old_prefix: str = ""
    new_prefix: str = ""
    shape: UrlShape | None = None
    template: tuple[UrlPiece, ...] = ()
    constant_pieces: tuple[tuple[int, str], ...] = ()

    def apply(self, url: str) -> str | None:
        """Return the new URL of another page, or None if the rule does not apply to it."""
        address = _parse(url)
        if address is None:
            return None
        is_prefix_rule = self.shape is None
        new = self._replace_prefix(address) if is_prefix_rule else self._fill_template(address)
        return new if new and not same_address(new, url) else None

    def _replace_prefix(self, address: _Address) -> str | None:
        rest = address.whole.removeprefix(self.old_prefix)
        if rest == address.whole or not rest.startswith("/") or not rest.strip("/"):
            return None
        return f"{self.new_prefix}{rest}"

    def _fill_template(self, address: _Address) -> str | None:
        if address.shape != self.shape:
            return None
        if any(address.pieces[position] != text for position, text in self.constant_pieces):
            return None
        return "".join(_spell(piece, address.pieces) for piece in self.template)


class _Address(NamedTuple):
    """A URL taken apart.

    Attributes:
        scheme: The scheme.
        whole: The URL without its scheme.
        shape: Its shape.
        pieces: Its folders, its name without extension, and the values of its query.
    """

    scheme: str
    whole: str
    shape: UrlShape
    pieces: tuple[str, ...]


class _PrefixKey(NamedTuple):
    """The key of the moves that follow one prefix rule."""

    old: str
    new: str


class _TemplateKey(NamedTuple):
    """The key of the moves that follow one template rule."""

    shape: UrlShape
    template: tuple[UrlPiece, ...]


_RuleKey = _PrefixKey | _TemplateKey


def learn_rules(moves: Iterable[KnownMove]) -> Sequence[UrlRule]:
    """Return the rules that two or more moves follow, those with the most moves first.

    >>> rules = learn_rules(
    ...     [
    ...         KnownMove("http://a.example/2019/reef.html", "https://a.example/blog/reef/"),
    ...         KnownMove("http://a.example/2020/corals.html", "https://a.example/blog/corals/"),
    ...     ]
    ... )
    >>> rules[0].apply("http://a.example/2021/fish.html")
    'https://a.example/blog/fish/'
    >>> rules[0].apply("http://a.example/fish.html") is None
    True
    """
    groups: dict[_RuleKey, dict[str, KnownMove]] = defaultdict(dict)
    for move in list(dict.fromkeys(moves))[:_MAX_MOVES]:
        for key in _possible_rules(move):
            groups[key][link_key(move.old)] = move
    rules = []
    for key, found in groups.items():
        if rule := _confirmed_rule(key, list(found.values())):
            rules.append(rule)
    return sorted(
        rules, key=lambda rule: (-len(rule.moves), rule.shape is not None, rule.new_prefix)
    )


def have_same_shape(url: str, other: str) -> bool:
    """Return whether two URLs have the same shape: then their pages may have moved by one rule.

    >>> have_same_shape("http://a.example/2019/x.html", "http://a.example/2020/y.html")
    True
    >>> have_same_shape("http://a.example/x", "http://a.example/x.html")
    False
    """
    one, two = _parse(url), _parse(other)
    return one is not None and two is not None and one.shape == two.shape


def _confirmed_rule(key: _RuleKey, moves: Sequence[KnownMove]) -> UrlRule | None:
    """Return the rule that moves follow; None if they are too few or lead to one place."""
    if len({link_key(move.new) for move in moves}) < _MIN_MOVES:
        return None
    if isinstance(key, _PrefixKey):
        return UrlRule(moves=tuple(moves), old_prefix=key.old, new_prefix=key.new)
    addresses = [address for move in moves if (address := _parse(move.old))]
    return UrlRule(
        moves=tuple(moves),
        shape=key.shape,
        template=key.template,
        constant_pieces=tuple(_constant_pieces(addresses, key.template)),
    )


def _constant_pieces(
    addresses: Sequence[_Address], template: Iterable[UrlPiece]
) -> Iterator[tuple[int, str]]:
    """Yield the pieces that are the same in all old URLs and not used in the new ones."""
    used = {piece.source for piece in template}
    for position, text in enumerate(addresses[0].pieces):
        texts = {address.pieces[position] for address in addresses}
        if position not in used and len(texts) == 1:
            yield position, text


def _possible_rules(move: KnownMove) -> Iterator[_RuleKey]:
    """Yield the rules that one move may follow."""
    old, new = _parse(move.old), _parse(move.new)
    if old is None or new is None or same_address(move.old, move.new):
        return
    if prefixes := _exchanged_prefixes(old, new):
        yield prefixes
    if template := _template(old, new):
        yield _TemplateKey(old.shape, template)


def _exchanged_prefixes(old: _Address, new: _Address) -> _PrefixKey | None:
    """Return the beginnings of two URLs that end alike, cut where a folder begins.

    Returns:
        The prefixes; None if the URLs do not share at least a whole name at their end.
    """
    ours, theirs = re.split(r"(?=/)", old.whole), re.split(r"(?=/)", new.whole)
    same = 0
    while same < min(len(ours), len(theirs)) - 1 and ours[-1 - same] == theirs[-1 - same]:
        same += 1
    if not same or not "".join(ours[len(ours) - same :]).strip("/"):
        return None
    old_prefix = "".join(ours[: len(ours) - same])
    new_prefix = "".join(theirs[: len(theirs) - same])
    return _PrefixKey(old_prefix, f"{new.scheme}://{new_prefix}")


def _template(old: _Address, new: _Address) -> tuple[UrlPiece, ...] | None:
    """Return the new URL as constant text and pieces of the old one.

    Returns:
        The template; None if no piece of the old URL is in it that could identify a page.
    """
    path = new.whole.partition("/")[2]
    parts = re.split(r"([/?&=]+|\.(?=[A-Za-z][A-Za-z0-9]{1,4}$))", path)
    template: list[UrlPiece] = [UrlPiece(f"{new.scheme}://{new.shape.host}/")]
    identifies = False
    for part in parts:
        pieces = list(_pieces_of(part, old.pieces))
        template += pieces
        lengths = [len(old.pieces[piece.source]) for piece in pieces if piece.source >= 0]
        identifies = identifies or any(length >= _MIN_PIECE for length in lengths)
    return tuple(_join_constants(template)) if identifies else None


def _pieces_of(part: str, old_pieces: Sequence[str]) -> Iterator[UrlPiece]:
    """Yield one part of the new URL, expressed by a piece of the old URL if possible.

    Of several equal pieces the last one is used.
    """
    positions = range(len(old_pieces) - 1, -1, -1)
    for position in positions:
        if piece := _same_piece(part, position, old_pieces):
            yield piece
            return
    for position in positions:
        old = old_pieces[position]
        # A number inside a name is the same number; a word inside a word is chance.
        if len(old) >= _MIN_PIECE and old.isdigit() and old in part:
            before, _, after = part.partition(old)
            yield from (UrlPiece(before), UrlPiece(source=position), UrlPiece(after))
            return
    yield UrlPiece(part)


def _same_piece(part: str, position: int, old_pieces: Sequence[str]) -> UrlPiece | None:
    """Return a piece of the old URL as a part of the new one, if some spelling makes it equal."""
    if not old_pieces[position]:
        return None
    for hyphens, lower in _SPELLINGS:
        piece = UrlPiece(source=position, hyphens=hyphens, lower=lower)
        if _spell(piece, old_pieces) == part:
            return piece
    return None


def _join_constants(template: Iterable[UrlPiece]) -> Iterator[UrlPiece]:
    """Join constant texts that follow one another."""
    text = ""
    for piece in template:
        if piece.source < 0:
            text += piece.text
            continue
        if text:
            yield UrlPiece(text)
            text = ""
        yield piece
    if text:
        yield UrlPiece(text)


def _spell(piece: UrlPiece, old_pieces: Sequence[str]) -> str:
    text = piece.text if piece.source < 0 else old_pieces[piece.source]
    if piece.hyphens:
        text = text.replace("_", "-")
    return text.lower() if piece.lower else text


def _parse(url: str) -> _Address | None:
    """Return a URL taken apart; None if it is invalid or has too many folders."""
    try:
        parts = split_url(request_url(url))
    except (InvalidUrl, ValueError):
        return None
    folders = parts.path.strip("/").split("/")
    if len(folders) > _MAX_FOLDERS:
        return None
    found = _EXTENSION.search(folders[-1])
    extension = found[0] if found else ""
    query = parse_qsl(parts.query, keep_blank_values=True) if len(parts.query) < _MAX_QUERY else []
    names = tuple(name for name, _ in query)
    values = tuple(value for _, value in query)
    pieces = (*folders[:-1], folders[-1].removesuffix(extension), *values)
    shape = UrlShape(parts.netloc, len(folders), extension, names)
    return _Address(parts.scheme, _without_scheme(parts), shape, pieces)


def _without_scheme(parts: SplitResult) -> str:
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.netloc}{parts.path}{query}"
