"""List the addresses that Asciidoctor finds on a page."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections import Counter
from functools import cache

import html5lib

# Reads a page in JSON from each line, and writes its HTML in JSON. Includes are left out.
_SCRIPT = """
require 'asciidoctor'
require 'json'
class NoIncludes < Asciidoctor::Extensions::IncludeProcessor
  def handles?(target) true end
  def process(doc, reader, target, attributes) reader end
end
Asciidoctor::LoggerManager.logger = Asciidoctor::NullLogger.new
STDOUT.sync = true
STDIN.each_line do |line|
  registry = Asciidoctor::Extensions.create { include_processor NoIncludes }
  options = { safe: :safe, extension_registry: registry, standalone: false }
  attributes = { 'skip-front-matter' => '', 'attribute-missing' => 'skip', 'showtitle' => '' }
  text = JSON.parse(line, create_additions: false)[0]
  html = begin
    Asciidoctor.convert(text, **options, attributes: attributes)
  rescue StandardError => error
    "<p>#{error.class}</p>"
  end
  puts JSON.generate([html])
end
"""
MISSING = "Asciidoctor is not installed: run .ci/system-packages"


def has_asciidoctor() -> bool:
    """Return whether Asciidoctor can be run."""
    return shutil.which("asciidoctor") is not None and shutil.which("ruby") is not None


@cache
def _process() -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["ruby", "-e", _SCRIPT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def asciidoctor_html(text: str) -> str:
    """Return the HTML of a page."""
    process = _process()
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps([text]) + "\n")
    process.stdin.flush()
    return str(json.loads(process.stdout.readline())[0])


_CONDITION = re.compile(
    r"^(?:endif::\S*\[.*\]|(?:ifn?def|ifeval)::\S*\[(?P<text>(?!:).*)\])[ \t\r]*$", re.MULTILINE
)


def without_conditions(text: str) -> str:
    """Return a page without the conditions on its parts: the text of all branches."""
    return _CONDITION.sub(_branch, text)


def _branch(found: re.Match[str]) -> str:
    is_test = found[0].startswith(("ifeval", "endif"))
    return "//" if is_test else found["text"] or "//"


def asciidoctor_addresses(text: str) -> Counter[str]:
    """Return the addresses of the links, images and videos on a page, with their numbers."""
    found: Counter[str] = Counter()
    for element in html5lib.parse(asciidoctor_html(text), namespaceHTMLElements=False).iter():
        if isinstance(element.tag, str):
            for name in ("href", "src", "poster"):
                value = element.get(name, "")
                is_generated = value.startswith(("#_footnote", "#callout"))
                if value and not is_generated and element.tag in {"a", "img", "video", "audio"}:
                    found[value] += 1
    return found
