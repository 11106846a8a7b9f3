"""Define the patterns of AsciiDoc's inline markup, after those of Asciidoctor.

The rules are in https://docs.asciidoctor.org/asciidoc/latest/macros/links/
"""

from __future__ import annotations

import re

from crawler.pages.formats.asciidoc.substitutions import PASSTHROUGH_MARK
from crawler.pages.source.placeholders import SICI_IN_ANGLES

# The beginning of a construct. `other` is a URL that is a link only in a macro, with a text.
START = re.compile(
    rf"""
    (?P<escape>\\)(?=(?:https?|ftp|irc|file)://|link:|mailto:|xref:|<<|image:|icon:|footnote|\w+::)
    | (?P<image>image|icon):(?=[^:\s\[])
    | (?P<url>(?<![A-Za-z0-9+.-])[Hh][Tt][Tt][Pp][Ss]?://)
    | (?P<other>(?<![A-Za-z0-9+.-])(?:ftp|irc)://)
    | (?P<link>(?<!\w)link):(?=[^:\s\[])
    | (?P<mail>(?<!\w)mailto):(?=[^:\s\[])
    | (?P<xref>(?<!\w)xref):(?=[\w\#/.:{{{PASSTHROUGH_MARK}])
    | (?P<reference><<)(?=[\w\#/.:{{{PASSTHROUGH_MARK}])
    | (?P<footnote>footnote(?:ref)?):(?P<label>[\w-]*)\[
    | (?P<code>`+)
    | (?P<passthrough>{PASSTHROUGH_MARK})
    | (?P<close>(?<!\\)\])
    """,
    re.VERBOSE,
)
# Every construct has one of these characters. Searching for them and looking back is faster.
MARK = re.compile(rf"[:<`\]\\{PASSTHROUGH_MARK}]")
PREFIXES = (
    "https",
    "http",
    "image",
    "link",
    "xref",
    "footnote",
    "footnoteref",
    "icon",
    "mailto",
    "ftp",
    "irc",
)
LONGEST_PREFIX = max(map(len, PREFIXES))
BARE = re.compile(rf"(?:{SICI_IN_ANGLES}|[^\s\[\]<{PASSTHROUGH_MARK}])*")
CODE = re.compile(r"[^\s`{}<>\[\]]+(?=`)")
TARGET = re.compile(r"[^\s\[\]]*")
IMAGE = re.compile(r"(?P<image>image):(?=[^:\s\[])")
IMAGE_TARGET = re.compile(r"[^:\s\[](?:[^\n\[]*[^\s\[])?(?=\[)")
URL_TARGET = re.compile(rf"(?:{SICI_IN_ANGLES}|[^\s\[\]<])+(?<![.,<])(?=\[)")
# The bracket that closes a macro's text (group 1). Inline macros in it and escaped brackets are
# matched to skip them.
CLOSING = re.compile(r"(?:image|icon|kbd|btn):[^\n\[\]]{0,1000}\[[^\]\[\n]{0,1000}\]|\\\]|(\])")
REFERENCE_END = re.compile(r">>")
FULL_WIDTH = re.compile("[\u3000-\u3002\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f「」『』《》]")
# A backslash before text that Asciidoctor would replace is not part of a URL.
ESCAPE = re.compile(r"\\(?=\.\.\.|--|->|=>|<-|<=|'|[*_#`^~{+|]|\((?:C|R|TM)\))")
# Asciidoctor makes a link of a bare URL only behind one of these characters.
BEFORE_URL = frozenset(" \t\n<>()[];\"'*_`#~^")
# A text without one of these has no link.
LINK_MARKS = ("://", "link:", "xref:", "<<", "image:", "mailto:", "{", "+++", "pass:", "link=")
