"""How a site rewrote its addresses when it moved its pages: learnt from pages whose old and new address are both known.

A rewrite says how the new address is put together from pieces of the old one and from what is the same for all. It is believed once two
moves follow it that have no more in common.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from urllib.parse import SplitResult, parse_qsl

from crawler.http.urls import InvalidUrl, link_key, request_url, same_address, split_url

_BELIEVED: Final = 2  # moves
_DEEPEST: Final = 12  # folders
_MOST_MOVES: Final = 200
_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")
_LEAST_PIECE: Final = 3  # letters of an old piece that may stand inside a new one


class KnownMove(NamedTuple):
    """A page's old address and its new one."""

    old: str
    new: str


class UrlPiece(NamedTuple):
    """A part of a new address: a text that is always the same, or (`piece` 0 or more) a piece of the old address, perhaps respelt."""

    text: str = ""
    index: int = -1
    hyphens: bool = False  # its underscores became hyphens
    lower: bool = False


@dataclass(frozen=True, slots=True)
class UrlShape:
    """What an address must look like for a rewrite to apply: its host, how many pieces, its extension, the names in its query."""

    host: str
    folders: int
    extension: str
    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlRule:
    """A rule of moving. With `tail` the last folders and the name stay as they are, and what stands before them is replaced."""

    moves: tuple[KnownMove, ...]
    old_prefix: str = ""
    new_prefix: str = ""
    shape: UrlShape | None = None
    pieces: tuple[UrlPiece, ...] = ()
    constant_pieces: tuple[
        tuple[int, str], ...
    ] = ()  # pieces that were the same in all moves, and are left out of the new address

    def apply(self, url: str) -> str | None:
        """Give the new address of another page; None where the rule says nothing about it."""
        address = _read(url)
        if address is None:
            return None
        new = self._exchange(address) if self.shape is None else self._compose(address)
        return new if new and not same_address(new, url) else None

    def _exchange(self, address: _Address) -> str | None:
        rest = address.whole.removeprefix(self.old_prefix)
        return (
            f"{self.new_prefix}{rest}"
            if rest != address.whole and rest.startswith("/") and rest.strip("/")
            else None
        )

    def _compose(self, address: _Address) -> str | None:
        if address.shape != self.shape or any(
            address.pieces[index] != text for index, text in self.constant_pieces
        ):
            return None
        return "".join(_spell(atom, address.pieces) for atom in self.pieces)


class _Address(NamedTuple):
    """An address taken apart: `whole` without scheme, `pieces` its folders, its name without extension, the values of its query."""

    scheme: str
    whole: str
    shape: UrlShape
    pieces: tuple[str, ...]


def learn_rules(moves: Iterable[KnownMove]) -> Sequence[UrlRule]:
    """Learn the rewrites that two or more moves follow, those with the most moves first.

    >>> rules = learn([Move("http://a.example/2019/reef.html", "https://a.example/blog/reef/"),
    ...                Move("http://a.example/2020/corals.html", "https://a.example/blog/corals/")])
    >>> rules[0].apply("http://a.example/2021/fish.html"), rules[0].apply("http://a.example/fish.html")
    ('https://a.example/blog/fish/', None)
    """
    groups: dict[tuple[object, ...], dict[str, KnownMove]] = defaultdict(dict)
    for move in list(dict.fromkeys(moves))[:_MOST_MOVES]:
        for key in _rules_of(move):
            groups[key][link_key(move.old)] = move
    rewrites = [
        rewrite
        for key, found in groups.items()
        if (rewrite := _believed(key, list(found.values())))
    ]
    return sorted(
        rewrites,
        key=lambda rewrite: (-len(rewrite.moves), rewrite.shape is not None, rewrite.new_prefix),
    )


def have_same_shape(url: str, other: str) -> bool:
    """Tell whether two addresses are built the same: then the pages may have moved by one rule.

    >>> are_shaped_alike("http://a.example/2019/x.html", "http://a.example/2020/y.html"), are_shaped_alike("http://a.example/x", "http://a.example/x.html")
    (True, False)
    """
    one, two = _read(url), _read(other)
    return one is not None and two is not None and one.shape == two.shape


def _believed(key: tuple[object, ...], moves: Sequence[KnownMove]) -> UrlRule | None:
    """Make the rewrite of moves that follow one rule; None where they are too few, or all lead to one place."""
    if len({link_key(move.new) for move in moves}) < _BELIEVED:
        return None
    if key[0] == "lead":
        return UrlRule(moves=tuple(moves), old_prefix=str(key[1]), new_prefix=str(key[2]))
    shape, atoms = key[1], key[2]
    if not isinstance(shape, UrlShape) or not isinstance(atoms, tuple):
        return None
    addresses = [address for move in moves if (address := _read(move.old))]
    used = {atom.piece for atom in atoms}
    fixed = tuple(
        (index, addresses[0].pieces[index])
        for index in range(len(addresses[0].pieces))
        if index not in used and len({address.pieces[index] for address in addresses}) == 1
    )
    return UrlRule(moves=tuple(moves), shape=shape, pieces=atoms, constant_pieces=fixed)


def _rules_of(move: KnownMove) -> Iterator[tuple[object, ...]]:
    """The rules that could be behind one move."""
    old, new = _read(move.old), _read(move.new)
    if old is None or new is None or same_address(move.old, move.new):
        return
    if lead := _exchanged_lead(old, new):
        yield ("lead", *lead)
    if atoms := _composition(old, new):
        yield "pieces", old.shape, atoms


def _exchanged_lead(old: _Address, new: _Address) -> tuple[str, str] | None:
    """What was replaced by what, where the addresses end alike: at least a whole name, cut where a folder begins."""
    ours, theirs = re.split(r"(?=/)", old.whole), re.split(r"(?=/)", new.whole)
    same = 0
    while same < min(len(ours), len(theirs)) - 1 and ours[-1 - same] == theirs[-1 - same]:
        same += 1
    if not same or not "".join(ours[len(ours) - same :]).strip("/"):
        return None
    return "".join(
        ours[: len(ours) - same]
    ), f"{new.scheme}://{''.join(theirs[: len(theirs) - same])}"


def _composition(old: _Address, new: _Address) -> tuple[UrlPiece, ...] | None:
    """The new address as texts and pieces of the old one; None where its last piece is no piece of it, and so nothing can be told apart."""
    parts = re.split(r"([/?&=]+|\.(?=[A-Za-z][A-Za-z0-9]{1,4}$))", new.whole.partition("/")[2])
    atoms: list[UrlPiece] = [UrlPiece(f"{new.scheme}://{new.shape.host}/")]
    named = False
    for part in parts:
        found = list(_atoms_of(part, old.pieces))
        named = named or any(
            atom.index >= 0 and len(old.pieces[atom.index]) >= _LEAST_PIECE for atom in found
        )
        atoms += found
    return tuple(_joined(atoms)) if named else None


def _atoms_of(part: str, pieces: Sequence[str]) -> Iterator[UrlPiece]:
    """One piece of the new address, told by a piece of the old one where it can be: the last of those that are the same."""
    for index in range(len(pieces) - 1, -1, -1):
        piece = pieces[index]
        if not piece:
            continue
        for hyphens, lower in ((False, False), (True, False), (False, True), (True, True)):
            atom = UrlPiece(index=index, hyphens=hyphens, lower=lower)
            if _spell(atom, pieces) == part:
                yield atom
                return
    for index in range(len(pieces) - 1, -1, -1):
        piece = pieces[index]
        before, found, behind = (
            part.partition(piece) if len(piece) >= _LEAST_PIECE else ("", "", "")
        )
        if (
            found and piece.isdigit()
        ):  # a number inside a name is the same number; words inside words are chance
            yield from (UrlPiece(before), UrlPiece(index=index), UrlPiece(behind))
            return
    yield UrlPiece(part)


def _joined(atoms: Iterable[UrlPiece]) -> Iterator[UrlPiece]:
    """Texts that follow one another are one."""
    text = ""
    for atom in atoms:
        if atom.index < 0:
            text += atom.text
            continue
        if text:
            yield UrlPiece(text)
            text = ""
        yield atom
    if text:
        yield UrlPiece(text)


def _spell(atom: UrlPiece, pieces: Sequence[str]) -> str:
    text = atom.text if atom.index < 0 else pieces[atom.index]
    text = text.replace("_", "-") if atom.hyphens else text
    return text.lower() if atom.lower else text


def _read(url: str) -> _Address | None:
    try:
        parts = split_url(request_url(url))
    except (InvalidUrl, ValueError):
        return None
    folders = parts.path.strip("/").split("/")
    if len(folders) > _DEEPEST:
        return None
    extension = found[0] if (found := _EXTENSION.search(folders[-1])) else ""
    query = parse_qsl(parts.query, keep_blank_values=True) if len(parts.query) < 500 else []
    pieces = (*folders[:-1], folders[-1].removesuffix(extension), *(value for _, value in query))
    shape = UrlShape(parts.netloc, len(folders), extension, tuple(name for name, _ in query))
    return _Address(parts.scheme, _whole(parts), shape, pieces)


def _whole(parts: SplitResult) -> str:
    return f"{parts.netloc}{parts.path}" + (f"?{parts.query}" if parts.query else "")
