"""Learn how a site rewrote its URLs from pages whose old and new URL are both known.

A rule describes how a new URL is made from the old one. Every rule is checked against all known
moves of the site: moves that contradict it lower its score, those with the most similar URLs most.
This module makes no requests.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, combinations
from typing import Final, NamedTuple

from crawler.http.urls import link_key, request_url
from crawler.moves.url_parts import Source, UrlParts, parse_url
from crawler.moves.url_prefixes import PrefixReplacement, prefix_replacements
from crawler.moves.url_templates import UrlTemplate, templates_of

_MIN_MOVES: Final = 2
_MAX_MOVES: Final = 200
_MAX_FORMS: Final = 300  # forms of rules that are checked against all moves
# Factor of a move's weight for each part that its URL shares with the page's.
_NEARNESS_FACTOR: Final = 4.0
# The doubt in a rule, as a share of the weight of the nearest move that follows it.
_DOUBT: Final = 0.8
# Factor of a rule's score for each folder or parameter that all its moves share and the page lacks.
_FOREIGN_PIECE_FACTOR: Final = 0.7
# Factor of a rule's score for each respelt piece: of two equal rules the plainer one comes first.
_RESPELT_PIECE_FACTOR: Final = 0.99
# From this score on nine of ten predictions were right on real sites (docs/moves.md).
LIKELY_SCORE: Final = 0.55
# Two rules that agree need no comparison with the page's text if their prediction has at least this
# score, and if at least this number of moves follow one or the other.
_AGREEING_SCORE: Final = 0.8
_AGREEING_MOVES: Final = 2 * _MIN_MOVES
_MAX_AGREEING: Final = 8  # rules of one prediction that are compared
_RIVAL_PENALTY: Final = 0.3  # the share of a rival's score by which it lowers the first one's
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_LOGIN = re.compile(
    r"(?:^|[/._?&=-])(?:log-?in|log-?on|sign-?in|signon|sso|oauth2?|auth|register|captcha)(?:$|[/._?&=-])",
    re.IGNORECASE,
)


class KnownMove(NamedTuple):
    """A page's old URL and its new one, and its title if it is known."""

    old: str
    new: str
    title: str = ""


_Form = PrefixReplacement | UrlTemplate  # a way to make a new URL from an old one


@dataclass(frozen=True, slots=True, eq=False)
class _ParsedMove:
    """A known move with its old URL split into parts.

    Attributes:
        known: The move.
        old: The parts of its old URL.
        new_key: Its new URL as `_comparable` returns it, to be compared with predicted ones.
    """

    known: KnownMove
    old: UrlParts
    new_key: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UrlRule:
    """A rule by which pages moved, checked against all known moves to which it applies.

    Attributes:
        form: The way it makes a new URL from an old one.
        followed: The known moves that follow it.
        contradicted: The known moves of pages to which it applies, but which moved elsewhere.
    """

    form: _Form
    followed: tuple[_ParsedMove, ...]
    contradicted: tuple[_ParsedMove, ...]

    @property
    def moves(self) -> Sequence[KnownMove]:
        """The known moves that follow the rule."""
        return [move.known for move in self.followed]

    def score(self, page: UrlParts) -> float:
        """Return how trustworthy the rule is for a page, 0 to 1: the nearest moves count most."""
        followed = [_weight(page, move.old) for move in self.followed]
        contradicted = sum(_weight(page, move.old) for move in self.contradicted)
        score = sum(followed) / (sum(followed) + contradicted + _DOUBT * max(followed))
        score *= _FOREIGN_PIECE_FACTOR ** self._count_foreign_pieces(page)
        return score * _RESPELT_PIECE_FACTOR**self.form.respelt_pieces

    def holds_near(self, page: UrlParts) -> bool:
        """Return whether the moves nearest to a page follow the rule without exception."""
        nearest = max(_weight(page, move.old) for move in self.followed)
        return all(_weight(page, move.old) < nearest for move in self.contradicted)

    def is_independent_of(self, other: UrlRule) -> bool:
        """Return whether two rules differ in kind or in moves, and have four moves together."""
        moves = {link_key(move.known.old) for move in self.followed}
        other_moves = {link_key(move.known.old) for move in other.followed}
        is_same_kind = type(self.form) is type(other.form)
        is_different = not (is_same_kind and moves == other_moves)
        return is_different and len(moves | other_moves) >= _AGREEING_MOVES

    def _count_foreign_pieces(self, page: UrlParts) -> int:
        """Return how many pieces of the page's URL differ from those that all the moves share.

        Pieces that the new URL contains may differ. A query that no other page has counts, too.
        """
        used, count = self.form.sources, 0
        for source, text in page.pieces.items():
            if source.kind not in ("segment", "query") or source in used:
                continue
            texts = {move.old.pieces.get(source, "").lower() for move in self.followed}
            if len(texts) == 1 and text.lower() not in texts:
                count += 1
        if page.query and not any(move.old.query for move in self.followed):
            count += 1
        return count


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictedMove:
    """A URL to which a page has probably moved.

    Attributes:
        url: The new URL.
        score: How trustworthy it is, 0 to 1.
        rules: The rules that predict it, the most trustworthy first.
        page: The page's old URL.
    """

    url: str
    score: float
    rules: tuple[UrlRule, ...] = field(repr=False)
    page: UrlParts = field(repr=False)

    @property
    def agreeing_rules(self) -> tuple[UrlRule, UrlRule] | None:
        """Two independent rules that predict it, if they are enough without the page's text."""
        if self.score < _AGREEING_SCORE:
            return None
        holding = [rule for rule in self.rules[:_MAX_AGREEING] if rule.holds_near(self.page)]
        pairs = combinations(holding, 2)
        return next((pair for pair in pairs if pair[0].is_independent_of(pair[1])), None)


class SiteRules:
    """The rules by which the pages of one site moved.

    Args:
        moves: The known moves; at most 200 are used. Pages that did not move count against the
            rules that apply to them.
    """

    def __init__(self, moves: Iterable[KnownMove]) -> None:
        moved_first = sorted(dict.fromkeys(moves), key=_has_not_moved)
        parsed = [_parse_move(move) for move in moved_first[:_MAX_MOVES]]
        valid = [move for move in parsed if move is not None]
        checked = [_checked_rule(form, valid) for form in _forms(valid)]
        self._rules = [rule for rule in checked if rule is not None]

    def predictions(
        self, url: str, title: str = "", *, min_score: float = LIKELY_SCORE
    ) -> Sequence[PredictedMove]:
        """Return the URLs to which a page has probably moved, the most trustworthy first.

        Args:
            url: The page's old URL.
            title: Its title, if known.
            min_score: The least score; use 0 if the page's text is compared afterwards.

        >>> rules = SiteRules(
        ...     [
        ...         KnownMove("http://a.example/2019/reef.html", "https://a.example/blog/reef/"),
        ...         KnownMove("http://a.example/2020/corals.html", "https://a.example/blog/corals/"),
        ...     ]
        ... )
        >>> [found.url for found in rules.predictions("http://a.example/2021/fish.html")]
        ['https://a.example/blog/fish/']
        >>> rules.predictions("http://a.example/fish.php")
        []
        """
        page = parse_url(url, title)
        if page is None:
            return []
        found: dict[str, list[tuple[float, str, UrlRule]]] = defaultdict(list)
        for rule in self._rules:
            new = rule.form.apply(page)
            if new and rule.form.identifies_page(page) and link_key(new) != link_key(url):
                found[_comparable(new)].append((rule.score(page), new, rule))
        predictions = []
        for scored in found.values():
            scored.sort(key=lambda item: -item[0])
            score, new, _ = scored[0]
            rules = tuple(rule for _, _, rule in scored)
            predictions.append(PredictedMove(url=new, score=score, rules=rules, page=page))
        predictions.sort(key=lambda item: (-item.score, item.url))
        return [each for each in _with_doubt(predictions) if each.score >= min_score]


def have_same_shape(url: str, other: str) -> bool:
    """Return whether two URLs have the same shape, so that one rule may apply to both.

    >>> have_same_shape("http://a.example/2019/x.html", "http://a.example/2020/y.html")
    True
    >>> have_same_shape("http://a.example/x", "http://a.example/x.html")
    False
    """
    one, two = parse_url(url), parse_url(other)
    return one is not None and two is not None and one.shape == two.shape


def _with_doubt(predictions: list[PredictedMove]) -> list[PredictedMove]:
    """Lower the first prediction's score if the second one's is high."""
    if len(predictions) < 2:
        return predictions
    first, second = predictions[:2]
    score = first.score * (1 - _RIVAL_PENALTY * second.score)
    return [replace(first, score=score), *predictions[1:]]


def _has_not_moved(move: KnownMove) -> bool:
    return link_key(move.old) == link_key(move.new)


def _leads_to_login(move: KnownMove) -> bool:
    """Return whether the new URL is a login page; no rule is learned from such a move."""
    return bool(_LOGIN.search(move.new) and not _LOGIN.search(move.old))


def _parse_move(move: KnownMove) -> _ParsedMove | None:
    """Return a move with its old URL split into parts; None if one of its URLs is invalid."""
    old = parse_url(move.old, move.title)
    if old is None or parse_url(move.new) is None:
        return None
    return _ParsedMove(move, old, _comparable(request_url(move.new)))


def _forms(moves: Sequence[_ParsedMove]) -> Sequence[_Form]:
    """Return the forms that the moves may follow, those of the most moves first."""
    counts: Counter[_Form] = Counter()
    for move in moves:
        new = parse_url(move.known.new)
        if new is None or _has_not_moved(move.known) or _leads_to_login(move.known):
            continue
        forms: Iterable[_Form] = chain(
            templates_of(move.old, new), prefix_replacements(move.old, new)
        )
        counts.update(list(dict.fromkeys(forms)))  # each form once, in the same order every time
    return [form for form, _ in counts.most_common(_MAX_FORMS)]


def _checked_rule(form: _Form, moves: Sequence[_ParsedMove]) -> UrlRule | None:
    """Return the rule of a form; None if moves of too few pages, or to too few pages, follow it."""
    constant_start = _comparable(form.constant_start)
    followed = []
    for move in moves:
        # Most moves are excluded by the beginning, which takes less time than to apply the form.
        new = form.apply(move.old) if move.new_key.startswith(constant_start) else None
        if new and _comparable(new) == move.new_key:
            followed.append(move)
    if len({move.new_key for move in followed}) < _MIN_MOVES:
        return None
    if len({link_key(move.known.old) for move in followed}) < _MIN_MOVES:
        return None
    followed_ids = {id(move) for move in followed}
    contradicted = tuple(
        move for move in moves if id(move) not in followed_ids and form.apply(move.old)
    )
    return UrlRule(form=form, followed=tuple(followed), contradicted=contradicted)


def _weight(page: UrlParts, other: UrlParts) -> float:
    """Return the weight of a known move for a page: it grows with each part their URLs share.

    Args:
        page: The page's URL.
        other: The old URL of the known move.
    """
    shared = int(page.shape == other.shape)
    for folder, other_folder in zip(page.segments[:-1], other.segments[:-1], strict=False):
        if folder.lower() != other_folder.lower():
            break
        shared += 1
    for name in page.shape.parameters:
        source = Source("query", name)
        shared += page.pieces.get(source) == other.pieces.get(source)
    return _NEARNESS_FACTOR**shared


def _comparable(url: str) -> str:
    """Return a URL for comparison: without scheme, `www.` and a final slash."""
    if "%" in url:
        url = _ESCAPE.sub(lambda escape: escape[0].upper(), url)
    rest = url.partition("://")[2].removeprefix("www.")
    address, mark, query = rest.partition("?")
    return address.rstrip("/") + mark + query
