"""Telling people what a job found, at its end."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.cli.screen import Screen
from crawler.config import Config
from crawler.notices import channels
from crawler.notices.interface import Message, NotDelivered
from crawler.preservation.policy import may_publish
from reports.notices import notice_of, to_chat, to_html, to_json, to_text
from reports.records import Report


def message_of(report: Report) -> Message | None:
    """Write down the news of a report; None where there are none."""
    notice = notice_of(report, may_tell=may_publish)
    if notice is None:
        return None
    return Message(
        id=notice.id,
        subject=notice.subject,
        document=to_json(notice),
        chat=to_chat(notice),
        text=to_text(notice),
        html=to_html(notice),
    )


def tell(config: Config, messages: Sequence[Message], screen: Screen) -> bool:
    """Send each message every configured way; give whether all arrived. What did not is a warning, and the others are sent all the same."""
    arrived = True
    for channel in channels(config):
        for message in messages:
            try:
                channel.deliver(message)
            except NotDelivered as fault:
                screen.warn(f"notice not delivered: {fault}; the report has it all")
                arrived = False
            else:
                screen.note(f"notice sent to {channel.name}: {message.subject}")
    return arrived
