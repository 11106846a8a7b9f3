"""What a host's failures in one run mean for its other links, and how a run adds to the host's own history. Pure.

A breaker belongs to one party in one run. Its `Standing` is advanced by the very rule of links (`state.advance`), once a run, with
`Breaker.judgement`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from crawler.liveness.case import VERDICT_OF, make_judgement
from store.vocabulary import Judgement, Reason, TrackedState, State, Verdict

# The host as a whole gave no answer. An archive's silence is called a pause, for it condemns no mirror.
HARD_FAILURES: Final = frozenset(
    {
        *(
            Reason.CONNECTION_REFUSED,
            Reason.CONNECTION_RESET,
            Reason.TLS_ERROR,
            Reason.TIMEOUT,
            Reason.DOMAIN_NOT_FOUND,
        ),
        Reason.HOST_PAUSED,
    }
)
# These do not speak of the host.
_UNRELATED_REASONS: Final = frozenset(
    {reason for reason, verdict in VERDICT_OF.items() if verdict is Verdict.SKIPPED}
    | {
        Reason.NETWORK_DOWN,
        Reason.DNS_FAILURE,
        Reason.HOST_DOWN,
        Reason.INTERRUPTED,
        Reason.INTERNAL_ERROR,
    }
)
MAX_HARD_FAILURES: Final = 3


@dataclass(frozen=True, slots=True)
class CircuitBreaker:
    """How a party behaved in a run so far: `failures` hard ones in a row, the `last` of them, whether it ever `answered`, and names that
    do not exist (a party may have several).

    >>> breaker = CircuitBreaker()
    >>> for _ in range(3):
    ...     breaker = breaker.after_judgement(make_judgement(Reason.CONNECTION_REFUSED))
    >>> breaker.skip_reason()
    <Reason.HOST_PAUSED: 'host-paused'>
    """

    failures: int = 0
    last: Judgement | None = None
    has_answered: bool = False
    unresolved_hosts: frozenset[str] = frozenset()

    def after_judgement(self, judgement: Judgement, hostname: str = "") -> CircuitBreaker:
        """Return the breaker after one of the party's links was asked at the host `name` and led to no other party."""
        if judgement.reason in _UNRELATED_REASONS:
            return self
        if judgement.reason is Reason.DOMAIN_NOT_FOUND:
            return replace(self, last=judgement, unresolved_hosts=self.unresolved_hosts | {hostname})
        if judgement.reason in HARD_FAILURES:
            return replace(self, failures=self.failures + 1, last=judgement)
        return CircuitBreaker(has_answered=True, unresolved_hosts=self.unresolved_hosts)

    def skip_reason(self, standing: TrackedState | None = None, hostname: str = "") -> Reason | None:
        """Why the party's next link, at the host `name`, need not be asked in this run (`Probe.skipped`); None while it should be.

        A name that does not exist judges all its links at once. A host whose history is broken judges them as soon as it fails again.
        """
        if hostname in self.unresolved_hosts:
            return Reason.DOMAIN_NOT_FOUND
        if self.failures and standing is not None and standing.state is State.BROKEN:
            return Reason.HOST_DOWN
        return Reason.HOST_PAUSED if self.failures >= MAX_HARD_FAILURES else None

    def host_judgement(self) -> Judgement | None:
        """What the run says of the party itself, for its history; None while it says nothing."""
        if self.has_answered:
            return make_judgement(Reason.OK)
        return self.last if self.failures >= MAX_HARD_FAILURES or self.unresolved_hosts else None
