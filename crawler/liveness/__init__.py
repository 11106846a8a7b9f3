"""From what a probe saw to a verdict, from verdicts to a state, from a state to the next probe. Pure: no network, no store, no clock."""

from crawler.http import MAX_REDIRECTS
from crawler.liveness.case import READ_HEADERS, VERDICT_OF, SiteKnowledge, make_judgement
from crawler.liveness.circuit_breaker import CircuitBreaker
from crawler.liveness.evidence import read_body
from crawler.liveness.judge import judge, needs_get
from crawler.liveness.mirror_rules import judge_mirror, mirror_at
from crawler.liveness.redirects import next_hop
from crawler.liveness.retries import needs_retry, retry_floor, retry_wait
from crawler.liveness.simhash import distance, simhash
from crawler.liveness.soft404 import sibling_url, wants_sibling
from crawler.liveness.state_machine import VANTAGE, advance, counts

__all__ = [
    "MAX_REDIRECTS",
    "READ_HEADERS",
    "VANTAGE",
    "VERDICT_OF",
    "CircuitBreaker",
    "SiteKnowledge",
    "advance",
    "counts",
    "distance",
    "judge",
    "judge_mirror",
    "make_judgement",
    "mirror_at",
    "needs_get",
    "needs_retry",
    "next_hop",
    "read_body",
    "retry_floor",
    "retry_wait",
    "sibling_url",
    "simhash",
    "wants_sibling",
]
