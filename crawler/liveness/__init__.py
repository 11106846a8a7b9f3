"""From what a probe saw to a verdict, from verdicts to a state, from a state to the next probe. Pure: no network, no store, no clock."""

from crawler.http import MAX_REDIRECTS
from crawler.liveness.case import READ_HEADERS, VERDICT_OF, SiteKnowledge, make_judgement
from crawler.liveness.circuit_breaker import CircuitBreaker
from crawler.liveness.evidence import read_body
from crawler.liveness.judge import judge, needs_get
from crawler.liveness.mirror_rules import judge_mirror, parse_replay_url
from crawler.liveness.redirects import next_hop
from crawler.liveness.retries import needs_retry, earliest_retry, retry_wait
from crawler.liveness.simhash import hamming_distance, simhash
from crawler.liveness.soft404 import sibling_url, needs_sibling
from crawler.liveness.state_machine import VANTAGE_REASONS, advance, affects_history

__all__ = [
    "MAX_REDIRECTS",
    "READ_HEADERS",
    "VANTAGE_REASONS",
    "VERDICT_OF",
    "CircuitBreaker",
    "SiteKnowledge",
    "advance",
    "affects_history",
    "hamming_distance",
    "judge",
    "judge_mirror",
    "make_judgement",
    "parse_replay_url",
    "needs_get",
    "needs_retry",
    "next_hop",
    "read_body",
    "earliest_retry",
    "retry_wait",
    "sibling_url",
    "simhash",
    "needs_sibling",
]
