"""What a host's failures in one run mean for its other links, and how a run adds to the host's own history. Pure.

A breaker belongs to one host name in one run. The host's `Standing` is advanced by the very rule of links (`state.advance`), once a run, with
`Breaker.judgement`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from crawler.liveness.case import VERDICT_OF, judged
from store.vocabulary import Judgement, Reason, Standing, State, Verdict

# The host as a whole gave no answer.
HARD_FAILURES: Final = frozenset(
    {Reason.CONNECTION_REFUSED, Reason.CONNECTION_RESET, Reason.TLS_ERROR, Reason.TIMEOUT, Reason.DOMAIN_NOT_FOUND}
)
# Neither speaks of the host.
_SAYS_NOTHING: Final = frozenset(
    {reason for reason, verdict in VERDICT_OF.items() if verdict is Verdict.SKIPPED}
    | {Reason.NETWORK_DOWN, Reason.DNS_FAILURE, Reason.HOST_PAUSED, Reason.HOST_DOWN, Reason.INTERRUPTED}
)
HARD_FAILURES_AT_MOST: Final = 3


@dataclass(frozen=True, slots=True)
class Breaker:
    """How a host behaved in a run so far: `failures` hard ones in a row, the `last` of them, and whether it ever `answered`.

    >>> breaker = Breaker()
    >>> for _ in range(3):
    ...     breaker = breaker.after(judged(Reason.CONNECTION_REFUSED))
    >>> breaker.others()
    <Reason.HOST_PAUSED: 'host-paused'>
    """

    failures: int = 0
    last: Judgement | None = None
    answered: bool = False

    def after(self, judgement: Judgement) -> Breaker:
        """Return the breaker after one more of the host's links was judged without having been led to another host."""
        if judgement.reason in _SAYS_NOTHING:
            return self
        if judgement.reason in HARD_FAILURES:
            return replace(self, failures=self.failures + 1, last=judgement)
        return Breaker(answered=True)

    def others(self, standing: Standing | None = None) -> Reason | None:
        """Why the host's other links need not be asked in this run (`Probe.skipped`); None while they should be.

        A name that does not exist judges all links at once. A host whose history is broken judges them as soon as it fails again.
        """
        if self.last is None:
            return None
        if self.last.reason is Reason.DOMAIN_NOT_FOUND:
            return Reason.DOMAIN_NOT_FOUND
        if standing is not None and standing.state is State.BROKEN:
            return Reason.HOST_DOWN
        return Reason.HOST_PAUSED if self.failures >= HARD_FAILURES_AT_MOST else None

    def judgement(self) -> Judgement | None:
        """What the run says of the host itself, for its history; None while it says nothing."""
        if (
            self.last is not None
            and not self.answered
            and (self.failures >= HARD_FAILURES_AT_MOST or self.last.reason is Reason.DOMAIN_NOT_FOUND)
        ):
            return self.last
        return judged(Reason.OK) if self.answered else None
