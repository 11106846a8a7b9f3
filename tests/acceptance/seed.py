"""A wiki page as users write them, and the web and archive that serve what it cites.

Thirteen citations, all of archive copies: three on archive.today, which keep their original in the title, and ten on the Wayback Machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.responses import PageBehaviour, page, status
from crawler.demo.web import ANY, Behaviour

PAGE = """\
---
title: 石桥论坛
description:
published: true
date: "2022-07-03T11:54:56"
tags:
- 论坛
editor: markdown
---

## 暂停注册

2021年7月底，石桥论坛暂停新用户注册。

> [!example]+ 相关链接
>
> +   [\\#石桥论坛暂停注册# ，8月初恢... 来自石桥日报 - 短讯](https://archive.is/Qs1a9 "https://duanxun.example/1651/KqEW2")
> +   [正在升级... 来自石桥论坛团队 - 短讯](https://archive.is/Zo2Bu "https://duanxun.example/1930/KqFI7")

## 恢复注册

+   [石桥论坛恢复注册 - 早报](https://web.archive.org/web/20210805110426/https://zaobao.example/story?sid=684)

参见 [石桥公司](/company/石桥.md)。

## 读取相册

+   [相册问题 - 渡口新闻](https://web.archive.org/web/20201020005201/https://news.dukou.example/i/2020-03-03/doc-1.shtml)
+   [论坛读取相册 - 早报](https://web.archive.org/web/20211009134618/https://zaobao.example/story?sid=691)
+   [论坛紧急回应 - 渡口财经](https://web.archive.org/web/20211009072319/https://finance.dukou.example/wm/doc-2.shtml)
+   [最新版本将取消 - 灯塔](https://web.archive.org/web/20211008142141/https://www.dengta.example/articles/1187.htm)
+   [如何看待？ - 问答](https://web.archive.org/web/20211010023715/https://www.wenda.example/question/491/answer/216)

## 沙箱

2022年2月24日，有人披露了检查安装包的经过。[^836085]

[^836085]: sonders, 《[还是“意外”](https://web.archive.org/web/20220224060511/https://luntan.example/t/836085)》, 论坛, 2022-02-24. (参照 2022-02-25).

封禁理由相同，[^519]提交期限为 4月1日。[^727]

[^519]: 旺少, 《[发生了什么？](https://web.archive.org/web/20220330140204/https://zhuanlan.example/p/490045191)》, 专栏, 2022-03-30. (参照 2022-03-31).

[^727]: 司林, 《[大批帐号被封禁](https://web.archive.org/web/20220330095208/https://www.jiemian.example/article/727.html)》, 界面, 2022-03-30. (参照 2022-04-01).

## 警告

顶部会出现警告。[^852884] 后来被锁定了。[^78efA]

[^852884]: miyuki, 《[顶部弹出提示](https://web.archive.org/web/20220517120504/https://www.luntan.example/t/852884)》, 论坛, 2022-05-15. (参照 2022-05-18).

[^78efA]: tranth, 《[要限制外国用户？](https://archive.ph/78efA "https://www.luntan.example/t/868409")》, 论坛, 2022-07-24. (参照 2022-07-25).
"""

# The copies cited, by original.
MIRRORS: Mapping[str, str] = {
    "https://duanxun.example/1651/KqEW2": "https://archive.is/Qs1a9",
    "https://duanxun.example/1930/KqFI7": "https://archive.is/Zo2Bu",
    "https://www.luntan.example/t/868409": "https://archive.ph/78efA",
    **{
        original: f"https://web.archive.org/web/{timestamp}/{original}"
        for original, timestamp in {
            "https://zaobao.example/story?sid=684": "20210805110426",
            "https://news.dukou.example/i/2020-03-03/doc-1.shtml": "20201020005201",
            "https://zaobao.example/story?sid=691": "20211009134618",
            "https://finance.dukou.example/wm/doc-2.shtml": "20211009072319",
            "https://www.dengta.example/articles/1187.htm": "20211008142141",
            "https://www.wenda.example/question/491/answer/216": "20211010023715",
            "https://luntan.example/t/836085": "20220224060511",
            "https://zhuanlan.example/p/490045191": "20220330140204",
            "https://www.jiemian.example/article/727.html": "20220330095208",
            "https://www.luntan.example/t/852884": "20220517120504",
        }.items()
    },
}
ACCESSED = {
    "836085": "2022-02-25",
    "519": "2022-03-31",
    "727": "2022-04-01",
    "852884": "2022-05-18",
    "78efA": "2022-07-25",
}
MISSING = "https://www.dengta.example/articles/1187.htm"  # answers 404
LOST = "https://finance.dukou.example/wm/doc-2.shtml"  # answers 410, and the copy cited shows an error; another copy is sound
UNREAD = "https://www.wenda.example/question/491/answer/216"  # refuses us: 403

_SENTENCES = "石桥论坛的公告贴在渡口的木牌上，来往的人都停下来看一看，然后各自上船。"


def article(title: str) -> PageBehaviour:
    """Return a page that is long enough not to be taken for an error page."""
    return page(
        title, *[f"{_SENTENCES}第{number}段，{title}。" for number in range(8)], lang="zh-Hans"
    )


def sites() -> Mapping[str, Mapping[str, Behaviour]]:
    """Return the sites of the originals, and of the copies on archive.today."""
    by_host: dict[str, dict[str, Behaviour]] = {}
    for url in [
        *MIRRORS,
        *(mirror for mirror in MIRRORS.values() if "/web.archive.org/" not in mirror),
    ]:
        host, _, path = url.removeprefix("https://").partition("/")
        by_host.setdefault(host, {ANY: status(404)})[f"/{path}"] = article(f"{host} {path}")
    by_host["www.dengta.example"]["/articles/1187.htm"] = status(404)
    by_host["finance.dukou.example"]["/wm/doc-2.shtml"] = status(410)
    by_host["www.wenda.example"]["/question/491/answer/216"] = status(403)
    return by_host


def holdings() -> list[StoredSnapshot]:
    """Return the archive's snapshots: the ten cited ones, one of them of an error, and a good one made some days after that."""
    kept = [
        StoredSnapshot(
            original=original, timestamp=mirror.split("/")[4], body=article(original).html
        )
        for original, mirror in MIRRORS.items()
        if "/web.archive.org/" in mirror
    ]
    kept = [holding for holding in kept if holding.original != LOST]
    cited = MIRRORS[LOST].split("/")[4]
    later = datetime(2021, 10, 14, 8, tzinfo=UTC)
    kept.append(
        StoredSnapshot(
            original=LOST,
            timestamp=cited,
            status=404,
            body=b"<html><title>404 Not Found</title></html>",
        )
    )
    kept.append(
        StoredSnapshot(original=LOST, timestamp=f"{later:%Y%m%d%H%M%S}", body=article(LOST).html)
    )
    kept.append(
        StoredSnapshot(
            original=LOST,
            timestamp=f"{later + timedelta(days=900):%Y%m%d%H%M%S}",
            body=article(LOST).html,
        )
    )
    return kept
