"""List the addresses and fragments that generators and forges such as GitHub add to a wiki."""

from __future__ import annotations

import re

# Fragments that belong to no heading: footnotes, Obsidian's block ids, text fragments, lines of
# code, routes of scripts, and the comment sections and numbered items of published pages.
GENERATED_FRAGMENT = re.compile(
    r"(?:fn|fnref|footnote|user-content|cite|ref)[:_-]?[\w.-]*\Z|fn|\^|:~:|__|!|[/?=]|top\Z|L\d+"
    r"|(?:(?:issue|commit|discussion_?)?comment|reply|respond|post|msg|message|li|faq|para?)"
    r"[-_]?r?\d+\Z"
    r"|(?:comments?|respond|replies|comment-?form|disqus_thread|giscus|gitalk(?:-container)?"
    r"|gitment|utterances|[wv]aline|vcomments|twikoo|artalk|isso(?:-thread|-\d+)?|remark42"
    r"|cusdis_thread|commento|cactus-comments|hyvor-talk(?:-view)?|fb-comments)\Z"
)
# Anchors that the table of All Contributors names and no page has: a kind of work and an account
# (https://allcontributors.org/docs/en/emoji-key).
CONTRIBUTION = re.compile(
    r"(?:a11y|audio|blog|bug|business|code|content|data|design|doc|eventOrganizing|example|financial"
    r"|fundingFinding|ideas|infra|maintenance|mentoring|platform|plugin|projectManagement|promotion"
    r"|question|research|review|security|talk|test|tool|translation|tutorial|userTesting|video)"
    r"-[A-Za-z0-9][\w.-]{0,60}\Z"
)
# Parts of addresses at which a forge has pages of its own for a repository (issues, releases).
FORGE_PAGES = frozenset(
    [
        "actions", "blob", "branches", "commit", "commits", "compare", "contributors",
        "discussions", "edit", "fork", "forks", "graphs", "issues", "labels", "merge_requests",
        "milestones", "network", "packages", "projects", "pull", "pulls", "pulse", "raw",
        "releases", "search", "security", "settings", "stargazers", "tags", "tree", "watchers",
        "wiki", "-", "wikis",
    ]
)  # fmt: skip
# Parts of addresses at which generators publish pages without a source.
GENERATED_PAGES = frozenset(
    [
        "404", "archive", "archives", "atom", "author", "authors", "categories", "category",
        "draft", "drafts", "feed", "genindex", "modindex", "page", "print_page", "rss",
        "search", "series", "sitemap", "tag", "tags", "print", "topics",
    ]
)  # fmt: skip
# Suffixes of files that a build may create.
BUILT_SUFFIXES = frozenset(
    [
        ".atom", ".css", ".csv", ".htm", ".html", ".ico", ".ics", ".js", ".json", ".map", ".mjs",
        ".php", ".rss", ".txt", ".wasm", ".webmanifest", ".xml",
    ]
)  # fmt: skip
