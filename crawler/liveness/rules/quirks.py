"""List the responses of single sites that no general rule recognises.

This is data. To add a quirk, add a row here and a row to the tests.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from msgspec import Struct

from crawler.http.urls import host_of
from crawler.liveness.case import SHORT_PAGE, Case, make_judgement
from store.vocabulary import Judgement, Reason


class Quirk(Struct, frozen=True, kw_only=True):
    """The conditions by which a kind of page of some hosts is recognised. All must be met.

    Attributes:
        hosts: Host names; their subdomains count too.
        reason: The reason of the judgement.
        detail: The detail of the judgement, as "site: what".
        final_url: A regular expression for the URL of the last response, after a redirect.
        title: A regular expression for the title after `normalise`.
        text: A regular expression for the text after `normalise`; only short pages are searched,
            because a long page may quote the text.
        statuses: Status codes.
    """

    hosts: tuple[str, ...]
    reason: Reason
    detail: str
    final_url: str = ""
    title: str = ""
    text: str = ""
    statuses: tuple[int, ...] = ()

    def matches(self, case: Case) -> bool:
        """Return whether a case, whose host is one of the quirk's, meets all conditions."""
        if self.statuses and case.status not in self.statuses:
            return False
        if self.final_url and not case.redirected:
            return False
        if self.final_url and not re.search(self.final_url, case.last.url):
            return False
        if self.title and not re.search(self.title, case.title):
            return False
        if self.text:
            return case.text_length <= SHORT_PAGE and bool(re.search(self.text, case.text))
        return True


_WEIBO: Final = ("weibo.com", "weibo.cn")
_WEIXIN: Final = ("mp.weixin.qq.com",)
_ZHIHU: Final = ("zhihu.com",)
_BILIBILI: Final = ("bilibili.com", "b23.tv")
_X: Final = ("x.com", "twitter.com")
_DOUBAN: Final = ("douban.com",)
_BAIDU: Final = ("baidu.com",)

QUIRKS: Final = (
    # weibo redirects visitors without its cookie to a page that needs JavaScript
    Quirk(hosts=_WEIBO, reason=Reason.LOGIN_WALL, detail="weibo: visitor check", final_url=r"//passport\.weibo\.(?:com|cn)/"),
    Quirk(hosts=_WEIBO, reason=Reason.LOGIN_WALL, detail="weibo: visitor check", title=r"^sina visitor system"),
    Quirk(hosts=_WEIBO, reason=Reason.SOFT_404, detail="weibo: no such page", final_url=r"/sorry\?(?:pagenotfound|usernotexists)"),
    Quirk(hosts=_WEIBO, reason=Reason.SOFT_404, detail="weibo: no such post", text=r"微博不存在或暂无查看权限|该微博已被(?:作者)?删除|此微博已被作者删除"),
    # weixin serves all errors with status 200
    Quirk(hosts=_WEIXIN, reason=Reason.CHALLENGE, detail="weixin: CAPTCHA or bot check", text=r"当前环境异常|完成验证后即可继续访问"),
    Quirk(hosts=_WEIXIN, reason=Reason.SOFT_404, detail="weixin: deleted by its author", text=r"该内容已被发布者删除|此内容已被发布者删除"),
    Quirk(hosts=_WEIXIN, reason=Reason.SOFT_404, detail="weixin: taken down", text=r"此内容(?:因违规|被投诉且经审核|发送失败)[^。]{0,20}无法查看|此内容因违规无法查看"),
    Quirk(hosts=_WEIXIN, reason=Reason.SOFT_404, detail="weixin: account closed", text=r"此帐号(?:已被屏蔽|已自主注销|处于帐号迁移流程中)|该公众号已(?:注销|被封禁)"),
    Quirk(hosts=_WEIXIN, reason=Reason.SOFT_404, detail="weixin: link expired", text=r"^(?:参数错误|链接已过期|该链接已过期)"),
    Quirk(hosts=_ZHIHU, reason=Reason.CHALLENGE, detail="zhihu: CAPTCHA or bot check", final_url=r"/account/unhuman"),
    Quirk(hosts=_ZHIHU, reason=Reason.CHALLENGE, detail="zhihu: CAPTCHA or bot check", title=r"^安全验证"),
    Quirk(hosts=_ZHIHU, reason=Reason.LOGIN_WALL, detail="zhihu: login required", final_url=r"/signin\?"),
    Quirk(hosts=_ZHIHU, reason=Reason.SOFT_404, detail="zhihu: no such page", text=r"你似乎来到了没有知识存在的荒原|该(?:回答|文章|问题)已被(?:作者)?删除|该内容已被删除"),
    Quirk(hosts=_BILIBILI, reason=Reason.CHALLENGE, detail="bilibili: bot check (status 412)", statuses=(412,)),
    Quirk(hosts=_BILIBILI, reason=Reason.SOFT_404, detail="bilibili: no such video", title=r"^(?:视频去哪了呢|出错啦)"),
    Quirk(hosts=_BILIBILI, reason=Reason.SOFT_404, detail="bilibili: no such video", text=r"啊叻?[?？]视频不见了|视频去哪了呢"),
    # Without JavaScript, pages of x.com do not contain the post.
    Quirk(hosts=_X, reason=Reason.LOGIN_WALL, detail="x.com: login required", final_url=r"/i/flow/(?:login|signup)|/login(?:\?|$)"),
    Quirk(hosts=_X, reason=Reason.SOFT_404, detail="x.com: account suspended", final_url=r"/account/suspended"),
    Quirk(hosts=_X, reason=Reason.SOFT_404, detail="x.com: no such post", text=r"this (?:page|account|post) doesn't exist|this post is from a suspended account"),
    Quirk(hosts=_X, reason=Reason.LOGIN_WALL, detail="x.com: needs JavaScript", text=r"^$|javascript is not available|something went wrong, but don't fret"),
    Quirk(hosts=("linkedin.com",), reason=Reason.LOGIN_WALL, detail="linkedin: login required", final_url=r"/authwall|/uas/login|/checkpoint/"),
    Quirk(hosts=("instagram.com",), reason=Reason.LOGIN_WALL, detail="instagram: login required", final_url=r"/(?:accounts/)?login"),
    Quirk(hosts=("facebook.com",), reason=Reason.LOGIN_WALL, detail="facebook: login required", final_url=r"/(?:accounts/)?login"),
    Quirk(hosts=("instagram.com",), reason=Reason.LOGIN_WALL, detail="instagram: needs JavaScript", statuses=(200,), text=r"^$"),
    Quirk(hosts=("reddit.com",), reason=Reason.CHALLENGE, detail="reddit: blocked by network security", statuses=(403,), text=r"blocked by network security"),
    Quirk(hosts=_DOUBAN, reason=Reason.CHALLENGE, detail="douban: CAPTCHA or bot check", final_url=r"//sec\.douban\.com/|/misc/sorry"),
    Quirk(hosts=_DOUBAN, reason=Reason.SOFT_404, detail="douban: no such page", text=r"你想访问的(?:条目|内容|页面)不存在"),
    Quirk(hosts=_BAIDU, reason=Reason.CHALLENGE, detail="baidu: CAPTCHA or bot check", final_url=r"//wappass\.baidu\.com/"),
    Quirk(hosts=_BAIDU, reason=Reason.CHALLENGE, detail="baidu: CAPTCHA or bot check", title=r"^百度安全验证"),
    Quirk(hosts=_BAIDU, reason=Reason.SOFT_404, detail="tieba: thread deleted", text=r"很抱歉,?该(?:贴|帖)已被删除|抱歉,?您访问的(?:贴|帖)子被隐藏"),
    Quirk(hosts=("qq.com",), reason=Reason.SOFT_404, detail="qq: 404 page (missing-children notice)", final_url=r"/babygohome"),
    Quirk(hosts=("xiaohongshu.com",), reason=Reason.SOFT_404, detail="xiaohongshu: no such note", text=r"你访问的页面不见了"),
    Quirk(hosts=("xiaohongshu.com",), reason=Reason.LOGIN_WALL, detail="xiaohongshu: login required", final_url=r"/login\?|/website-login/"),
)  # fmt: skip


def judge_by_quirks(case: Case) -> Judgement | None:
    """Judge a page by the known behaviour of its site.

    Returns:
        The judgement of the first quirk that matches, else None.
    """
    for quirk in quirks_for_host(host_of(case.cited)):
        if quirk.matches(case):
            return make_judgement(quirk.reason, quirk.detail)
    return None


@lru_cache(maxsize=4096)
def quirks_for_host(host: str) -> tuple[Quirk, ...]:
    """Return the quirks of a host and of its parent domains."""
    parts = host.split(".")
    names = {".".join(parts[start:]) for start in range(len(parts))}
    return tuple(row for row in QUIRKS if not names.isdisjoint(row.hosts))
