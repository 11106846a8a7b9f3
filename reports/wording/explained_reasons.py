"""Define the meaning of each reason for a verdict, and what to do: data for `explanations`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from store.vocabulary import Reason

# When a probe gets the reason: phrases in Markdown.
MEANING_OF_REASONS: Final[Mapping[Reason, str]] = {
    Reason.OK: "served at its address, or an error status that `[accept]` allows",
    Reason.CANONICALISED: (
        "served at the same address in another form: scheme, `www.`, trailing slash, case of "
        "the host, index page"
    ),
    Reason.REDIRECTED_TEMPORARILY: (
        "served at another address, and not every redirect is permanent (302, 303, 307, a meta "
        "refresh)"
    ),
    Reason.MOVED_PERMANENTLY: (
        "served at another address, and every redirect that changes the address is a 301 or "
        "308; the target is stored"
    ),
    Reason.NOT_FOUND: (
        "404; for a mirror also: not in the archive, a captured 404, or a page whose address "
        "differs in case"
    ),
    Reason.GONE: "status 410: the server says that the page was removed for good",
    Reason.DOMAIN_NOT_FOUND: (
        "the name does not exist or has no address: the system does not resolve it, and its "
        "nameservers confirm that"
    ),
    Reason.CONNECTION_REFUSED: "nothing listens on the port",
    Reason.CONNECTION_RESET: "the connection was closed before the response",
    Reason.TLS_ERROR: (
        "no secure connection; the detail starts with the kind: `certificate-expired`, "
        "`certificate-wrong-host`, `certificate-self-signed`, `certificate-revoked`, "
        "`certificate-issuer-unknown`, `handshake`"
    ),
    Reason.SERVER_ERROR: (
        "any status from 500 to 599, or a page that is only the message of such an error"
    ),
    Reason.TIMEOUT: "no connection or no response in time, or no route to the host",
    Reason.REDIRECT_LOOP: "a redirect to an address of the same chain",
    Reason.TOO_MANY_REDIRECTS: "more than 20 redirects in a row",
    Reason.BAD_RESPONSE: (
        "not HTTP, an invalid status, a redirect without a valid target, a body that broke off "
        "before its start"
    ),
    Reason.SOFT_404: 'a "not found" page with a success status',
    Reason.REDIRECTED_TO_HOME: (
        "the address of a single page redirects to a home page: that of its host, its language, "
        "its parent portal, or of the site that took over the whole host"
    ),
    Reason.PARKED: (
        "the domain is for sale, shows a parking service's page, is suspended by its hosting "
        "provider, or shows a web server's default page"
    ),
    Reason.HIJACKED: (
        "the domain has a new owner who serves unrelated content (gambling and the like)"
    ),
    Reason.HOST_DOWN: ("not requested: its host is confirmed as down and failed again in this run"),
    Reason.FORBIDDEN: "403 without more specific evidence",
    Reason.UNAUTHORIZED: "status 401 or 407: a user name and a password are needed",
    Reason.LOGIN_WALL: "redirected to a login, or a password field and little else",
    Reason.PAYWALL: (
        "any other 402, redirected to a subscription offer, or a teaser that ends in one"
    ),
    Reason.CRAWL_FEE: (
        "402 with a price for programs (`crawler-price`, x402, L402): readers see the page"
    ),
    Reason.CHALLENGE: "a CAPTCHA or bot check, a consent or age gate, LinkedIn's 999",
    Reason.RATE_LIMITED: "status 429: too many requests for the server; for a mirror also 503",
    Reason.LEGAL: "status 451: withheld for legal reasons",
    Reason.GEO: "the response names our country as the reason",
    Reason.NETWORK_DOWN: (
        "our own network: no route at all, down while the link was requested, or a captive "
        "portal (511)"
    ),
    Reason.DNS_FAILURE: (
        "the name could not be resolved: nameservers timed out or failed (SERVFAIL), or know a "
        "name that the system does not resolve"
    ),
    Reason.CLIENT_ERROR: (
        "any other status from 400 to 499: the server objects to the request, which says nothing "
        "about the page"
    ),
    Reason.CLIENT_LIMIT: (
        "the page needs a browser: the server speaks only HTTP/2 or a TLS version or cipher that "
        "Holdfast lacks, its intermediate certificate is neither sent nor available, its response "
        "breaks a rule of HTTP that browsers do not enforce, or scripts fill a page that is sent "
        "with status 404"
    ),
    Reason.HOST_PAUSED: (
        "not requested: its host failed too often in this run; for a mirror: its archive does "
        "not respond"
    ),
    Reason.INTERRUPTED: (
        "the probe ended without a result: Holdfast was stopped, only a HEAD was sent, a "
        "`Location` has more than 16,384 characters, or the archive had a problem"
    ),
    Reason.INTERNAL_ERROR: (
        "a bug in Holdfast while the link was probed or judged; the detail names the kind and "
        "the place"
    ),
    Reason.EXCLUDED: "excluded by the configuration, or its redirect target is",
    Reason.UNSAFE_ADDRESS: "the name resolves to a private address that is not allowed",
    Reason.UNSUPPORTED_SCHEME: "redirects to another scheme than http and https",
    Reason.INVALID_URL: "cannot be requested as written",
    Reason.ROBOTS: (
        "robots.txt disallows it, or its redirect target, and the configuration obeys it"
    ),
    Reason.CAPTURE_REQUEST: (
        "not requested: an archive copies a page at the request of this address "
        "(`web.archive.org/save/…`), or of its redirect target"
    ),
}

# What a person can do: sentences in Markdown.
ADVICE_OF_REASONS: Final[Mapping[Reason, str]] = {
    Reason.OK: "Nothing.",
    Reason.CANONICALISED: "Nothing: the address still works.",
    Reason.REDIRECTED_TEMPORARILY: "Nothing: the address still works.",
    Reason.MOVED_PERMANENTLY: "`holdfast fix` replaces the old address by the new one.",
    Reason.NOT_FOUND: (
        "If it keeps failing: `holdfast fix` offers an archive copy. `holdfast archive "
        "--find-moved` looks for its new address."
    ),
    Reason.GONE: (
        "If it keeps failing: `holdfast fix` offers an archive copy. The owner says that it will "
        "not return."
    ),
    Reason.DOMAIN_NOT_FOUND: (
        "If it keeps failing: `holdfast fix` offers an archive copy. Check the spelling of the "
        "host."
    ),
    Reason.CONNECTION_REFUSED: (
        "Wait: servers come back. It counts as broken only if an archive has been searched and "
        "has no working copy from after the first failure."
    ),
    Reason.CONNECTION_RESET: (
        "Open it in a browser: some servers close the connection to programs, or to some "
        "networks. If it fails there, too, wait: servers come back. It counts as broken only if "
        "an archive has been searched and has no working copy from after the first failure."
    ),
    Reason.TLS_ERROR: (
        "Open it in a browser. An expired certificate is often renewed within days; a wrong "
        "host name often means that the site moved."
    ),
    Reason.SERVER_ERROR: (
        "Wait: the server has a problem. If it lasts, `holdfast fix` offers an archive copy."
    ),
    Reason.TIMEOUT: (
        "Wait. If the server is only slow, raise `timeout` of that host in the configuration. It "
        "counts as broken only if an archive has been searched and has no working copy from "
        "after the first failure."
    ),
    Reason.REDIRECT_LOOP: (
        "Open it in a browser: some sites need a cookie. If it fails there too, `holdfast fix` "
        "offers an archive copy."
    ),
    Reason.TOO_MANY_REDIRECTS: "Open it in a browser, and cite the address at which it ends.",
    Reason.BAD_RESPONSE: (
        "Wait: the server has a problem. If it lasts, `holdfast fix` offers an archive copy."
    ),
    Reason.SOFT_404: (
        "Open it in a browser. If the page is there, please report it: a false alarm is a bug. "
        "Until then, list its address in `accept`."
    ),
    Reason.REDIRECTED_TO_HOME: (
        "The page is gone, only the front page is left. Open it in a browser. If the page is "
        "there, please report it: a false alarm is a bug."
    ),
    Reason.PARKED: ("The owner gave up the domain. `holdfast fix` offers an archive copy."),
    Reason.HIJACKED: (
        "Remove the link soon: it leads readers to a stranger. `holdfast fix` offers an "
        "archive copy."
    ),
    Reason.HOST_DOWN: (
        "`holdfast fix` offers archive copies. All links of the host recover together if it "
        "returns."
    ),
    Reason.FORBIDDEN: (
        "Open it in a browser. If it works there, do nothing: some servers refuse every program."
    ),
    Reason.UNAUTHORIZED: ("Readers need a password, too: cite a public page or an archive copy."),
    Reason.LOGIN_WALL: (
        "Readers without an account do not see it: cite a public page or an archive copy."
    ),
    Reason.PAYWALL: (
        "Readers without a subscription do not see it: say so on the page, or cite an archive copy."
    ),
    Reason.CRAWL_FEE: "Nothing: readers see the page without paying.",
    Reason.CHALLENGE: (
        "Open it in a browser. If it works there, do nothing: Holdfast solves no CAPTCHAs."
    ),
    Reason.RATE_LIMITED: (
        "Nothing: it is checked later. If it happens often, raise `interval` of that host."
    ),
    Reason.LEGAL: "Holdfast can do nothing about it; look for an archive copy.",
    Reason.GEO: "Check it from another country, for example with `network.proxy`.",
    Reason.NETWORK_DOWN: (
        "Check the connection, `network.proxy` and the name server, then run again. No link "
        "changed its state."
    ),
    Reason.DNS_FAILURE: ("Wait. If many hosts fail so, check the name server of this machine."),
    Reason.CLIENT_ERROR: (
        "Open it in a browser. If it works there, a header of that host in the configuration "
        "may help."
    ),
    Reason.CLIENT_LIMIT: "Open it in a browser. If it works there, do nothing.",
    Reason.HOST_PAUSED: "Nothing: the next run checks it.",
    Reason.INTERRUPTED: "Nothing: the next run checks it.",
    Reason.INTERNAL_ERROR: ("Please report it, with the detail. It says nothing about the link."),
    Reason.EXCLUDED: (
        "Nothing: your configuration says so. Remove the pattern from `exclude` to check it."
    ),
    Reason.UNSAFE_ADDRESS: "If the address is yours, add its range to `network.allow`.",
    Reason.UNSUPPORTED_SCHEME: "Nothing: only http and https are checked.",
    Reason.INVALID_URL: "Correct the URL on the page.",
    Reason.ROBOTS: (
        "Set `network.obey_robots = false` to check it: reading one cited page is not crawling."
    ),
    Reason.CAPTURE_REQUEST: "Cite the page itself, or the address of its copy.",
}
