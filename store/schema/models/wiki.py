"""The tables of what a scan finds: pages, citations, internal links and page warnings."""

from __future__ import annotations

from datetime import date

from sqlalchemy import (
    JSON,
    Boolean,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
)

from store.schema.column_types import EnumText, IsoDate, StorableText, StringList
from store.schema.models.base import HASH_LENGTH, Base, hash_of_column, not_null, nullable
from store.vocabulary import CitationKind


class PageRow(Base):
    """One page of a wiki, as of its last scan."""

    __tablename__ = "page"
    __table_args__ = (UniqueConstraint("wiki", "path_hash"),)

    id: ColumnElement[int] = not_null(Integer, primary_key=True)
    wiki: ColumnElement[str] = not_null(StorableText, default="", server_default="")
    path: ColumnElement[str] = not_null(StorableText)
    path_hash: ColumnElement[str] = not_null(String(HASH_LENGTH), default=hash_of_column("path"))
    sha256: ColumnElement[str] = not_null(StorableText)
    encoding: ColumnElement[str] = not_null(StorableText)
    # How it was read (`Page.read_mode`): its format, for Markdown the dialect.
    dialect: ColumnElement[str] = not_null(StorableText, default="mkdocs", server_default="mkdocs")
    title: ColumnElement[str] = not_null(StorableText)
    # The page's own date, from its front matter.
    dated: ColumnElement[date | None] = nullable(IsoDate)
    anchors: ColumnElement[list[str]] = not_null(JSON)
    skipped: ColumnElement[dict[str, int]] = not_null(JSON)  # number of URLs by scheme
    first_run_id: ColumnElement[int] = not_null(Integer, ForeignKey("run.id"))
    last_run_id: ColumnElement[int] = not_null(Integer, ForeignKey("run.id"))
    # The first run that no longer found it.
    gone_run_id: ColumnElement[int | None] = nullable(Integer, ForeignKey("run.id"))


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

    id: ColumnElement[int] = not_null(Integer, primary_key=True)
    page_id: ColumnElement[int] = not_null(Integer, ForeignKey("page.id"))
    # The cited original; None for a mirror whose original is unknown.
    link_id: ColumnElement[int | None] = nullable(Integer, ForeignKey("link.id"))
    # The mirror that the cited URL names; None where it names none.
    mirror_id: ColumnElement[int | None] = nullable(Integer, ForeignKey("mirror.id"))
    line: ColumnElement[int] = not_null(Integer)
    column: ColumnElement[int] = not_null(Integer)
    # The bytes of the URL in the page's text, which is counted in UTF-8.
    start: ColumnElement[int] = not_null(Integer)
    end: ColumnElement[int] = not_null(Integer)
    url: ColumnElement[str] = not_null(StorableText)
    text: ColumnElement[str] = not_null(StorableText)
    title: ColumnElement[str | None] = nullable(StorableText)
    kind: ColumnElement[CitationKind] = not_null(EnumText(CitationKind))
    footnote: ColumnElement[str | None] = nullable(StorableText)
    section: ColumnElement[list[str]] = not_null(JSON)
    quoted: ColumnElement[bool] = not_null(Boolean)
    # The number of the footnote, list item or paragraph line it is in. Citations of one page with
    # the same number are beside each other.
    block: ColumnElement[int] = not_null(Integer)
    # The labels of the footnotes whose references are right after it. None instead of an empty
    # list: most citations have no such reference.
    notes: ColumnElement[tuple[str, ...] | None] = nullable(StringList)
    accessed: ColumnElement[date | None] = nullable(IsoDate)
    # When it was added to the wiki, according to git; looked up only if neither it nor its page has
    # a date.
    added: ColumnElement[date | None] = nullable(IsoDate)
    published: ColumnElement[date | None] = nullable(IsoDate)
    # The author's own mark that the link is dead, as written.
    marked_dead: ColumnElement[str | None] = nullable(StorableText)
    # Its markup was broken, so that only the URL could be read.
    salvaged: ColumnElement[bool] = not_null(Boolean)
    first_run_id: ColumnElement[int] = not_null(Integer, ForeignKey("run.id"))
    gone_run_id: ColumnElement[int | None] = nullable(Integer, ForeignKey("run.id"))


class InternalLinkRow(Base):
    """A link to a page, heading or file of the wiki itself, as of the page's last scan."""

    __tablename__ = "internal_link"
    __table_args__ = (Index("ix_internal_link_page_id", "page_id"),)

    id: ColumnElement[int] = not_null(Integer, primary_key=True)
    page_id: ColumnElement[int] = not_null(Integer, ForeignKey("page.id"))
    line: ColumnElement[int] = not_null(Integer)
    column: ColumnElement[int] = not_null(Integer)
    start: ColumnElement[int] = not_null(Integer)
    end: ColumnElement[int] = not_null(Integer)
    target: ColumnElement[str] = not_null(StorableText)  # as written
    text: ColumnElement[str] = not_null(StorableText)
    # The path that it names, relative to the root of the pages; None if it names none.
    path: ColumnElement[str | None] = nullable(StorableText)
    fragment: ColumnElement[str] = not_null(StorableText)
    wiki: ColumnElement[bool] = not_null(Boolean)  # written as a wikilink
    # Why it does not resolve, such as "missing-page"; None if it does or was not checked.
    broken: ColumnElement[str | None] = nullable(StorableText)


class PageWarningRow(Base):
    """A problem on a page that a person should look at, as of the page's last scan."""

    __tablename__ = "page_warning"
    __table_args__ = (Index("ix_page_warning_page_id", "page_id"),)

    id: ColumnElement[int] = not_null(Integer, primary_key=True)
    page_id: ColumnElement[int] = not_null(Integer, ForeignKey("page.id"))
    line: ColumnElement[int] = not_null(Integer)
    code: ColumnElement[str] = not_null(StorableText)
    message: ColumnElement[str] = not_null(StorableText)
