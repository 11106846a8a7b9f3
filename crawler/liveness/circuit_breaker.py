"""Stop probing a host that failed repeatedly in a run, and judge the host from its probes.

A breaker belongs to one slot in one run. The host's own tracked state advances once a run, by the
rule of links (`state_machine.advance`) with `CircuitBreaker.host_judgement`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from crawler.liveness.case import make_judgement
from store.vocabulary import VERDICT_OF, Judgement, Reason, State, TrackedState, Verdict

# The host as a whole did not respond. Mirrors at an archive that does not respond get HOST_PAUSED,
# which is not a broken verdict.
HARD_FAILURES: Final = frozenset(
    {
        Reason.CONNECTION_REFUSED,
        Reason.CONNECTION_RESET,
        Reason.TLS_ERROR,
        Reason.TIMEOUT,
        Reason.DOMAIN_NOT_FOUND,
        Reason.HOST_PAUSED,
    }
)
# Reasons that say nothing about the host.
_UNRELATED_REASONS: Final = frozenset(
    {reason for reason, verdict in VERDICT_OF.items() if verdict is Verdict.SKIPPED}
    | {
        Reason.NETWORK_DOWN,
        Reason.DNS_FAILURE,
        Reason.HOST_DOWN,
        Reason.INTERRUPTED,
        Reason.INTERNAL_ERROR,
        Reason.CLIENT_LIMIT,
    }
)
MAX_HARD_FAILURES: Final = 3


@dataclass(frozen=True, slots=True)
class CircuitBreaker:
    """The failures of a slot's host in a run so far.

    Attributes:
        failures: Number of hard failures in a row.
        last: The judgement of the last hard failure.
        has_responded: Whether any request got a response.
        unresolved_hosts: Host names that do not exist; a slot may have several.

    >>> breaker = CircuitBreaker()
    >>> for _ in range(3):
    ...     breaker = breaker.after_judgement(make_judgement(Reason.CONNECTION_REFUSED))
    >>> breaker.skip_reason()
    <Reason.HOST_PAUSED: 'host-paused'>
    """

    failures: int = 0
    last: Judgement | None = None
    has_responded: bool = False
    unresolved_hosts: frozenset[str] = frozenset()

    def after_judgement(self, judgement: Judgement, hostname: str = "") -> CircuitBreaker:
        """Return the breaker after one more probe.

        Args:
            judgement: The judgement of a link of the slot whose redirects stayed in the slot.
            hostname: The host that was requested.

        Returns:
            A new breaker, or this one if the judgement says nothing about the host.
        """
        if judgement.reason in _UNRELATED_REASONS:
            return self
        if judgement.reason is Reason.DOMAIN_NOT_FOUND:
            return replace(
                self, last=judgement, unresolved_hosts=self.unresolved_hosts | {hostname}
            )
        if judgement.reason in HARD_FAILURES:
            return replace(self, failures=self.failures + 1, last=judgement)
        return CircuitBreaker(has_responded=True, unresolved_hosts=self.unresolved_hosts)

    def skip_reason(
        self, host_state: TrackedState | None = None, hostname: str = ""
    ) -> Reason | None:
        """Return why the slot's next link needs no request in this run, or None.

        A host name that does not exist settles all its links at once. Links of a host that is
        already broken are settled by its first failure.

        Args:
            host_state: The host's tracked state before this run.
            hostname: The host of the next link.

        Returns:
            A value for `Probe.skipped`, or None if the link should be requested.
        """
        if hostname in self.unresolved_hosts:
            return Reason.DOMAIN_NOT_FOUND
        if self.failures and host_state is not None and host_state.state is State.BROKEN:
            return Reason.HOST_DOWN
        return Reason.HOST_PAUSED if self.failures >= MAX_HARD_FAILURES else None

    def host_judgement(self) -> Judgement | None:
        """Return the judgement of the host itself for its history, or None if there is none yet."""
        if self.has_responded:
            return make_judgement(Reason.OK)
        return self.last if self.failures >= MAX_HARD_FAILURES or self.unresolved_hosts else None
