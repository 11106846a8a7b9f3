"""The tables of what a scan finds: pages, citations, internal links and page warnings."""

from __future__ import annotations

from datetime import date

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.schema.column_types import EnumText, StringList
from store.schema.models.base import HASH_LENGTH, Base, hash_of_column
from store.vocabulary import CitationKind


class PageRow(Base):
    """One page of a wiki, as of its last scan."""

    __tablename__ = "page"
    __table_args__ = (UniqueConstraint("wiki", "path_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    wiki: Mapped[str] = mapped_column(default="", server_default="")
    path: Mapped[str]
    path_hash: Mapped[str] = mapped_column(String(HASH_LENGTH), default=hash_of_column("path"))
    sha256: Mapped[str]
    encoding: Mapped[str]
    # How it was read (`Page.read_mode`): its format, for Markdown the dialect.
    dialect: Mapped[str] = mapped_column(default="mkdocs", server_default="mkdocs")
    title: Mapped[str]
    dated: Mapped[date | None]  # the page's own date, from its front matter
    anchors: Mapped[list[str]] = mapped_column(JSON)
    skipped: Mapped[dict[str, int]] = mapped_column(JSON)  # number of URLs by scheme
    first_run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    last_run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    gone_run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))  # the first without it


class CitationRow(Base):
    """One place on a page that points to an external URL (`vocabulary.Citation`).

    It is never deleted: `gone_run_id` is the first run that no longer found it.
    """

    __tablename__ = "citation"
    __table_args__ = (
        Index("ix_citation_page_id", "page_id"),
        Index("ix_citation_link_id", "link_id"),
        Index("ix_citation_mirror_id", "mirror_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"))
    # The cited original; None for a mirror whose original is unknown.
    link_id: Mapped[int | None] = mapped_column(ForeignKey("link.id"))
    # The mirror that the cited URL names; None where it names none.
    mirror_id: Mapped[int | None] = mapped_column(ForeignKey("mirror.id"))
    line: Mapped[int]
    column: Mapped[int]
    start: Mapped[int]
    end: Mapped[int]
    url: Mapped[str]
    text: Mapped[str]
    title: Mapped[str | None]
    kind: Mapped[CitationKind] = mapped_column(EnumText(CitationKind))
    footnote: Mapped[str | None]
    section: Mapped[list[str]] = mapped_column(JSON)
    quoted: Mapped[bool]
    block: Mapped[int]
    # None instead of an empty list: most citations have no footnote marked right after them.
    notes: Mapped[tuple[str, ...] | None] = mapped_column(StringList)
    accessed: Mapped[date | None]
    # When it came into the wiki, by git; looked up only if neither it nor its page has a date.
    added: Mapped[date | None]
    published: Mapped[date | None]
    marked_dead: Mapped[str | None]
    salvaged: Mapped[bool]
    first_run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    gone_run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))


class InternalLinkRow(Base):
    """A link to a page, heading or file of the wiki itself, as of the page's last scan."""

    __tablename__ = "internal_link"
    __table_args__ = (Index("ix_internal_link_page_id", "page_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"))
    line: Mapped[int]
    column: Mapped[int]
    start: Mapped[int]
    end: Mapped[int]
    target: Mapped[str]
    text: Mapped[str]
    path: Mapped[str | None]
    fragment: Mapped[str]
    wiki: Mapped[bool]  # written as a wikilink
    broken: Mapped[str | None]


class PageWarningRow(Base):
    """A problem on a page that a person should look at, as of the page's last scan."""

    __tablename__ = "page_warning"
    __table_args__ = (Index("ix_page_warning_page_id", "page_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"))
    line: Mapped[int]
    code: Mapped[str]
    message: Mapped[str]
