"""The keys of front matter that cite sources; all other keys describe the page itself."""

from __future__ import annotations

CITING_KEYS = (
    "source", "sources", "source_url", "source_link", "reference", "references", "ref", "refs",
    "citation", "citations", "cite", "cites", "bibliography", "via", "archive", "archives",
    "external_links", "further_reading", "see_also", "footnotes", "evidence",
    "来源", "來源", "来源链接", "出处", "出處", "原文", "原文链接", "参考", "參考", "参考文献",
    "參考文獻", "参考资料", "參考資料", "参考链接", "引用", "出典", "参照", "출처", "참고",
    "참고문헌",
)  # fmt: skip
