"""Test quirks: one row for each."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from crawler.http.urls import host_of
from crawler.liveness import judge, needs_get
from crawler.liveness.case import build_case
from crawler.liveness.rules.quirks import QUIRKS, quirks_for_host
from store.vocabulary import Probe, Reason
from tests.unit.crawler.liveness.probes import html, probe, redirected, response, served

WEIXIN = "https://mp.weixin.qq.com/s/AbCdEfGhIjKl"
WEIBO = "https://weibo.com/1651428902/KqEW2dUqi"
X = "https://x.com/someone/status/1"


def page(url: str, title: str, text: str = "") -> Probe:
    return served(html(title, text), url)


def led(url: str, final: str) -> Probe:
    return redirected((302, url), final=final, evidence=html("", "…"))


SEEN: Mapping[str, tuple[Probe, Reason]] = {
    "weibo visitor": (led(WEIBO, "https://passport.weibo.com/visitor/visitor?entry=miniblog&url=x"), Reason.LOGIN_WALL),
    "weibo visitor, unled": (page(WEIBO, "Sina Visitor System"), Reason.LOGIN_WALL),
    "weibo no page": (led(WEIBO, "https://weibo.com/sorry?pagenotfound&"), Reason.SOFT_404),
    "weibo no post": (page("https://m.weibo.cn/status/1", "微博-出错了", "微博不存在或暂无查看权限!"), Reason.SOFT_404),
    "weixin check": (page(WEIXIN, "", "环境异常 当前环境异常，完成验证后即可继续访问。 去验证"), Reason.CHALLENGE),
    "weixin deleted": (page(WEIXIN, "", "该内容已被发布者删除"), Reason.SOFT_404),
    "weixin taken down": (page(WEIXIN, "", "此内容因违规无法查看 由用户投诉并经平台审核，涉嫌违反相关法律法规和政策"), Reason.SOFT_404),
    "weixin complained of": (page(WEIXIN, "", "此内容被投诉且经审核涉嫌侵权，无法查看。"), Reason.SOFT_404),
    "weixin account": (page(WEIXIN, "", "此帐号已被屏蔽, 内容无法查看"), Reason.SOFT_404),
    "weixin expired": (page(WEIXIN, "", "链接已过期"), Reason.SOFT_404),
    "zhihu check": (led("https://www.zhihu.com/question/1", "https://www.zhihu.com/account/unhuman?type=unhuman"), Reason.CHALLENGE),
    "zhihu check, unled": (page("https://zhuanlan.zhihu.com/p/1", "安全验证 - 知乎"), Reason.CHALLENGE),
    "zhihu login": (led("https://www.zhihu.com/question/1", "https://www.zhihu.com/signin?next=%2F"), Reason.LOGIN_WALL),
    "zhihu nothing": (page("https://www.zhihu.com/question/1", "知乎", "你似乎来到了没有知识存在的荒原"), Reason.SOFT_404),
    "bilibili risk control": (probe(response(412, "https://www.bilibili.com/video/BV1")), Reason.CHALLENGE),
    "bilibili gone": (page("https://www.bilibili.com/video/BV1", "视频去哪了呢？_哔哩哔哩_bilibili"), Reason.SOFT_404),
    "bilibili gone, in the text": (page("https://www.bilibili.com/video/BV1", "哔哩哔哩", "啊叻？视频不见了？"), Reason.SOFT_404),
    "x.com login": (led(X, "https://x.com/i/flow/login?redirect_after_login=%2Fsomeone"), Reason.LOGIN_WALL),
    "x.com suspended": (led("https://twitter.com/someone", "https://x.com/account/suspended"), Reason.SOFT_404),
    "x.com no post": (page(X, "X", "Hmm...this page doesn’t exist. Try searching for something else."), Reason.SOFT_404),
    "x.com without scripts": (page(X, "X", "JavaScript is not available. We’ve detected that JavaScript is disabled."), Reason.LOGIN_WALL),
    "x.com's empty shell": (served(html("", markup="<div id=react-root></div>"), X), Reason.LOGIN_WALL),
    "instagram's empty shell": (served(html("", markup="<div></div>"), "https://www.instagram.com/p/1/"), Reason.LOGIN_WALL),
    "linkedin": (led("https://www.linkedin.com/in/someone", "https://www.linkedin.com/authwall?trk=x"), Reason.LOGIN_WALL),
    "instagram": (led("https://www.instagram.com/p/1/", "https://www.instagram.com/accounts/login/?next=/p/1/"), Reason.LOGIN_WALL),
    "facebook": (led("https://www.facebook.com/someone", "https://www.facebook.com/login/?next=x"), Reason.LOGIN_WALL),
    "reddit": (served(html("Blocked", "You've been blocked by network security."), "https://www.reddit.com/r/a", status=403), Reason.CHALLENGE),
    "douban check": (led("https://movie.douban.com/subject/1/", "https://sec.douban.com/b?r=x"), Reason.CHALLENGE),
    "douban nothing": (page("https://movie.douban.com/subject/1/", "页面不存在", "你想访问的页面不存在"), Reason.SOFT_404),
    "baidu check": (led("https://tieba.baidu.com/p/1", "https://wappass.baidu.com/static/captcha/tuxing.html"), Reason.CHALLENGE),
    "baidu check, unled": (page("https://www.baidu.com/s?wd=a", "百度安全验证", "网络不给力，请稍后重试"), Reason.CHALLENGE),
    "tieba deleted": (page("https://tieba.baidu.com/p/1", "贴吧404", "很抱歉，该贴已被删除。"), Reason.SOFT_404),
    "qq": (led("https://news.qq.com/a/1.htm", "https://www.qq.com/babygohome/?pgv_ref=404"), Reason.SOFT_404),
    "xiaohongshu gone": (page("https://www.xiaohongshu.com/explore/1", "小红书", "你访问的页面不见了"), Reason.SOFT_404),
    "xiaohongshu login": (led("https://www.xiaohongshu.com/explore/1", "https://www.xiaohongshu.com/website-login/error?x=1"), Reason.LOGIN_WALL),
}  # fmt: skip


@pytest.mark.parametrize(("seen", "reason"), SEEN.values(), ids=SEEN)
def test_each_quirk_is_recognised(seen: Probe, reason: Reason) -> None:
    assert judge(seen).reason is reason


def test_every_quirk_has_a_test_row() -> None:
    decided = {
        next(row for row in quirks_for_host(host_of(seen.url)) if row.matches(build_case(seen)))
        for seen, _ in SEEN.values()
    }
    assert set(QUIRKS) - decided == set()


@pytest.mark.parametrize("url", [X, "https://www.instagram.com/p/1/"])
def test_a_success_status_of_a_site_with_quirks_is_read_by_get(url: str) -> None:
    assert needs_get(probe(response(200, url, method="HEAD")))


@pytest.mark.parametrize("host", ["notweibo.com", "weibo.com.example", "fakex.com"])
def test_a_quirk_applies_to_its_own_hosts_only(host: str) -> None:
    assert not quirks_for_host(host)
