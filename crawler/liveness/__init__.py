"""Judge probes: from recorded requests to a verdict, a state, and the time of the next probe.

`judge` and `judge_mirror` apply tables of rules to one probe; `state_machine` combines judgements
over time; `circuit_breaker` does so for a host within a run. Everything is pure: no network, no
store, no clock. Probing itself is the work of `crawler.probing`.
"""

from crawler.liveness.case import READ_HEADERS, SiteKnowledge, make_judgement
from crawler.liveness.circuit_breaker import CircuitBreaker
from crawler.liveness.comparison.masks import SAME_TIME
from crawler.liveness.comparison.same_page import MAX_CONTROLS, MAX_VARYING_CONTROLS
from crawler.liveness.evidence.body_reader import read_body
from crawler.liveness.judge import judge, needs_get
from crawler.liveness.mirrors.mirror_redirects import parse_replay_url
from crawler.liveness.mirrors.mirror_rules import judge_mirror
from crawler.liveness.retries import (
    earliest_retry,
    longest_pause,
    needs_retry,
    requested_pause,
    retry_wait,
)
from crawler.liveness.rules.random_urls import (
    first_folder,
    query_sibling_url,
    random_name,
    script_of,
    sibling_url,
)
from crawler.liveness.rules.redirects import is_home_page, next_hop
from crawler.liveness.second_reading import (
    mark_varying_page,
    needs_second_reading,
    shows_page,
    varies_by_query,
)
from crawler.liveness.siblings import (
    can_be_compared,
    is_served,
    is_suspicious,
    needs_control,
    needs_home_page,
    needs_newer_sibling,
    needs_other_pages,
    needs_query_control,
    needs_query_sibling,
    needs_sibling,
    needs_site_requests,
    shows_lost_page,
    shows_other_page,
)
from crawler.liveness.state_machine import VANTAGE_REASONS, advance, affects_history
from crawler.page_text.simhash import simhash

__all__ = [
    "MAX_CONTROLS",
    "MAX_VARYING_CONTROLS",
    "READ_HEADERS",
    "SAME_TIME",
    "VANTAGE_REASONS",
    "CircuitBreaker",
    "SiteKnowledge",
    "advance",
    "affects_history",
    "can_be_compared",
    "earliest_retry",
    "first_folder",
    "is_home_page",
    "is_served",
    "is_suspicious",
    "judge",
    "judge_mirror",
    "longest_pause",
    "make_judgement",
    "mark_varying_page",
    "needs_control",
    "needs_get",
    "needs_home_page",
    "needs_newer_sibling",
    "needs_other_pages",
    "needs_query_control",
    "needs_query_sibling",
    "needs_retry",
    "needs_second_reading",
    "needs_sibling",
    "needs_site_requests",
    "next_hop",
    "parse_replay_url",
    "query_sibling_url",
    "random_name",
    "read_body",
    "requested_pause",
    "retry_wait",
    "script_of",
    "shows_lost_page",
    "shows_other_page",
    "shows_page",
    "sibling_url",
    "simhash",
    "varies_by_query",
]
