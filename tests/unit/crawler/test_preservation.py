"""What may be published, and when a failed capture is asked for again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawler.items import CaptureItem
from crawler.preservation import may_publish, next_try
from store.captures import CaptureTask
from store.vocabulary import CaptureAnswer, CaptureStatus, RetryWhen

NOW = datetime(2026, 5, 4, 22, 30, tzinfo=UTC)
TOMORROW = datetime(2026, 5, 5, 0, 5, tzinfo=UTC)


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
    ],
)
def test_what_anybody_may_read_may_be_published(url: str) -> None:
    assert may_publish(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://user:secret@a.example/",
        "https://user@a.example/",
        *(
            f"https://a.example/x?{name}=1"
            for name in (
                *("token", "access_token", "accessToken", "auth_token", "api_key", "apikey", "key", "session", "session_id", "sessionid"),
                *("PHPSESSID", "JSESSIONID", "jsessionid", "sig", "signature", "X-Amz-Signature", "X-Goog-Signature", "password", "pwd"),
                *("jwt", "id_token", "client_secret", "Authorization"),
            )
        ),
        "https://a.example/x?a=1&token=2",
        "https://a.example/x?token=",
        "https://a.example/x?a=1;token=2",
        "https://a.example/x;jsessionid=1A2B",
        "https://a.example/#access_token=1",
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
def test_secrets_and_private_places_may_not(url: str) -> None:
    assert not may_publish(url)


def again(
    retry: RetryWhen, *, status: CaptureStatus = CaptureStatus.FAILED, tries: int = 1, retry_after: float | None = None
) -> datetime | None:
    task = CaptureTask(capture_id=1, link_id=1, url="https://a.example/", tries=tries, asked_before=None)
    answer = CaptureAnswer(status=status, retry=retry, retry_after=retry_after)
    return next_try(CaptureItem(service="wayback", task=task, answer=answer), NOW)


@pytest.mark.parametrize(
    ("retry", "moment"),
    [
        (RetryWhen.SOON, NOW + timedelta(minutes=5)),
        (RetryWhen.LATER, NOW + timedelta(hours=12)),
        (RetryWhen.TOMORROW, TOMORROW),  # quotas end with the UTC day
        (RetryWhen.NEVER, None),
    ],
)
def test_the_archive_says_when_it_may_be_asked_again(retry: RetryWhen, moment: datetime | None) -> None:
    assert again(retry) == moment


def test_a_pause_the_archive_asked_for_is_a_floor() -> None:
    assert again(RetryWhen.SOON, retry_after=3600) == NOW + timedelta(hours=1)
    assert again(RetryWhen.SOON, retry_after=1) == NOW + timedelta(minutes=5)
    assert again(RetryWhen.TOMORROW, retry_after=86_400) == NOW + timedelta(days=1)


@pytest.mark.parametrize("status", [CaptureStatus.CAPTURED, CaptureStatus.PENDING])
def test_what_did_not_fail_needs_no_other_try(status: CaptureStatus) -> None:
    assert again(RetryWhen.SOON, status=status) is None


def test_there_is_an_end_to_trying() -> None:
    """`tries` counts the earlier ones."""
    assert again(RetryWhen.SOON, tries=3) is not None
    assert again(RetryWhen.SOON, tries=4) is None
