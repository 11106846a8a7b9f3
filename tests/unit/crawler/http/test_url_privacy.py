"""Test which URLs may be shown to archives and readers."""

from __future__ import annotations

import pytest

from crawler.http.url_privacy import may_publish


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/story",
        "https://a.example/story?sid=684&page=2",
        "https://a.example/tokens?monkey=2&author=x&design=1&keyword=x&sid=3",
        "https://a.example/?q=token",
        "https://例え.example/微信",
        "http://93.184.216.34/",
        "http://a.example./",
        "https://a.example/@writer?to=https%3A%2F%2Fb.example%2F%40writer%3Fid%3D1",
        "https://web.archive.org/web/2020/https://a.example/@writer/a@b",
    ],
)
def test_public_urls_may_be_published(url: str) -> None:
    assert may_publish(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://user:secret@a.example/",
        "https://user@a.example/",
        *(
            f"https://a.example/x?{name}=1"
            for name in (
                *(
                    "token",
                    "access_token",
                    "accessToken",
                    "auth_token",
                    "api_key",
                    "apikey",
                    "key",
                    "session",
                    "session_id",
                    "sessionid",
                ),
                *(
                    "PHPSESSID",
                    "JSESSIONID",
                    "jsessionid",
                    "sig",
                    "signature",
                    "X-Amz-Signature",
                    "X-Goog-Signature",
                    "password",
                    "pwd",
                ),
                *("jwt", "id_token", "client_secret", "Authorization"),
            )
        ),
        "https://a.example/x?a=1&token=2",
        "https://a.example/x?token=",
        "https://a.example/x?a=1;token=2",
        "https://a.example/x;jsessionid=1A2B",
        "https://a.example/#access_token=1",
        "https://a.example/x?to=http%3A%2F%2Fuser%3Asecret%40b.example%2F",
        "https://a.example/x?to=http://user:secret@b.example/",
        "https://a.example/x?to=https%3A%2F%2Fb.example%2F%3Ftoken%3D1",
        "https://a.example/x?to=https%253A%252F%252Fb.example%252F%253Ftoken%253D1",
        "http://localhost/",
        "http://intranet/",
        "http://wiki.internal/",
        "http://nas.local./",
        "http://WIKI.LAN/",
        "http://host.localhost:8000/",
        "http://abcdefghij.onion/",
        "http://127.0.0.1/",
        "http://10.1.2.3/",
        "http://192.168.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/",
        "http://[fd00::1]/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[half/",
        "ftp://a.example/",
        "not a url",
    ],
)
def test_urls_with_secrets_or_private_hosts_may_not_be_published(url: str) -> None:
    assert not may_publish(url)
