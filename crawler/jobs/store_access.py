"""Run the functions of the store in transactions of their own, again while it is unavailable."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from store.schema.engine import Database
from store.work.retry_budget import RetryBudget

_P = ParamSpec("_P")
_T = TypeVar("_T")


class StoreAccess:
    """The methods by which a job reads and writes its database.

    Attributes:
        database: The open database.
        retries: The time that may be spent on waiting for it.
    """

    database: Database
    retries: RetryBudget

    async def read(
        self, query: Callable[Concatenate[Connection, _P], _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """Run a store function in a worker thread, in a new read-only transaction.

        It is run again while the database is unavailable and time is left.

        Args:
            query: Takes the transaction's connection, then `args` and `kwargs`. What it returns
                must be complete: the transaction has ended when the caller gets it.
            *args: Passed on to `query`.
            **kwargs: Passed on to `query`.

        Returns:
            What `query` returned.

        Raises:
            StoreError: The database cannot be read.
        """
        return await self.retries.run(partial(self._read_once, query, *args, **kwargs))

    def read_blocking(
        self, query: Callable[Concatenate[Connection, _P], _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """Run a store function as `read` does, but wait for it: before or after the crawls."""
        return self.retries.run_blocking(partial(self._read_once, query, *args, **kwargs))

    def _read_once(
        self, query: Callable[Concatenate[Connection, _P], _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        with self.database.read() as connection:
            return query(connection, *args, **kwargs)

    async def write(
        self, change: Callable[Concatenate[Connection, _P], _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """Run a store function in a worker thread, in a new writing transaction.

        The transaction is committed when the function returns and rolled back when it raises. The
        function is run again while the database is unavailable and time is left.

        Args:
            change: Takes the transaction's connection, then `args` and `kwargs`.
            *args: Passed on to `change`.
            **kwargs: Passed on to `change`.

        Returns:
            What `change` returned.

        Raises:
            StoreError: The database cannot be written.
        """
        return await self.retries.run(partial(self._write_once, change, *args, **kwargs))

    def write_blocking(
        self, change: Callable[Concatenate[Connection, _P], _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """Run a store function as `write` does, but wait for it: before or after the crawls."""
        return self.retries.run_blocking(partial(self._write_once, change, *args, **kwargs))

    def _write_once(
        self, change: Callable[Concatenate[Connection, _P], _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        with self.database.write() as connection:
            return change(connection, *args, **kwargs)
