"""What many ask one by one, answered together: a statement about fifty hosts costs the database hardly more than one about a single host."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from crawler.jobs.isolation import is_unexpected

_Item = TypeVar("_Item")
_Answer = TypeVar("_Answer")


class Batcher(Generic[_Item, _Answer]):
    """Asks for many at once. Who comes while the others are being answered is answered with the next.

    `answer` is called in a worker thread, never twice at a time; it gives an answer to each item, in their order. It must bear to be asked
    for an item again: where it raises what nobody expects, each item is asked for alone, and those that fail then get the exception. What
    is expected, such as a StoreError, comes out for all of them.
    """

    def __init__(self, answer: Callable[[Sequence[_Item]], Sequence[_Answer]]) -> None:
        self._answer = answer
        self._asked: list[tuple[_Item, asyncio.Future[_Answer]]] = []
        self._answering: asyncio.Task[None] | None = None

    async def submit(self, item: _Item) -> _Answer:
        """Give the answer to one item."""
        future: asyncio.Future[_Answer] = asyncio.get_running_loop().create_future()
        self._asked.append((item, future))
        if self._answering is None:
            self._answering = asyncio.create_task(self._answer_all())
        return await future

    async def _answer_all(self) -> None:
        while self._asked:
            asked, self._asked = self._asked, []
            await self._answer_some(asked)
        self._answering = None

    async def _answer_some(self, asked: Sequence[tuple[_Item, asyncio.Future[_Answer]]]) -> None:
        waiting = [future for _, future in asked]
        try:
            answers = await asyncio.to_thread(self._answer, [item for item, _ in asked])
            pairs = list(zip(waiting, answers, strict=True))
        except asyncio.CancelledError:
            for future in waiting:
                future.cancel()
            raise
        except BaseException as error:  # noqa: BLE001  it is theirs who asked, a panic of native code too
            await self._fail(asked, error)
        else:
            for future, answer in pairs:
                if not future.done():
                    future.set_result(answer)

    async def _fail(
        self, asked: Sequence[tuple[_Item, asyncio.Future[_Answer]]], error: BaseException
    ) -> None:
        if len(asked) > 1 and is_unexpected(error):
            for one in asked:
                await self._answer_some([one])
            return
        for _, future in asked:
            if not future.done():
                future.set_exception(error)
