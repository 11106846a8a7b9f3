"""Scrapy's settings. Each that differs from Scrapy's default has its reason beside it.

docs/decisions/0007-what-of-scrapy-we-use.md has the whole picture.
"""

from __future__ import annotations

BOT_NAME = "holdfast"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"

# The path of Holdfast's configuration. Unset, it is searched for from the working folder upward;
# the command line puts the loaded configuration here.
HOLDFAST_CONFIG = None

# --- safety ------------------------------------------------------------------
# Both listen on a port and run what is sent to it.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
EXTENSIONS = {
    "scrapy.extensions.telnet.TelnetConsole": None,
    "scrapy.extensions.remote_control.RemoteControl": None,
    # Scrapy creates a task per item for each handler of the signal `item_scraped`.
    "scrapy.extensions.corestats.CoreStats": None,
    "crawler.scrapy_ext.core_stats.SlimCoreStats": 0,
}
# An invalid certificate is a finding. Our handler checks it; this is for any other handler.
DOWNLOAD_VERIFY_CERTIFICATES = True
# Cookies of one probe must not affect another; the prober stores them per probe.
COOKIES_ENABLED = False
# Sites do not learn which page cites them.
REFERER_ENABLED = False

# --- done by the prober itself -------------------------------------------------
# Each hop is recorded, rate limited and checked on its own.
REDIRECT_ENABLED = False
METAREFRESH_ENABLED = False
# Each attempt is recorded, delayed as Retry-After says, and counted in the verdict.
RETRY_ENABLED = False
# The handler decodes bodies within bounds.
COMPRESSION_ENABLED = False
# A probe requests a single cited URL, as a reader's click would (docs/politeness.md). The citations
# spider obeys robots.txt.
ROBOTSTXT_OBEY = False
# Scrapy's would store each rule for each robot of a file.
ROBOTSTXT_PARSER = "crawler.scrapy_ext.robot_parser.BoundedRobotParser"
# A cached response does not show that a link works now.
HTTPCACHE_ENABLED = False

# None turns off Scrapy's other handlers: no URL in a page or a sitemap may read a file, or reach a
# server without our handler.
DISABLED_HANDLERS = {"data": None, "file": None, "ftp": None, "s3": None}
DOWNLOAD_HANDLERS = {
    **DISABLED_HANDLERS,
    # Reads only the first bytes of a body, distinguishes the kinds of network errors, and checks
    # each address before it connects.
    "http": "crawler.scrapy_ext.download_handler.ProbeDownloadHandler",
    "https": "crawler.scrapy_ext.download_handler.ProbeDownloadHandler",
}
DOWNLOADER_MIDDLEWARES = {
    # Takes the contact from Holdfast's configuration.
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": None,
    "crawler.middlewares.ContactUserAgentMiddleware": 500,
    # Does not measure the size of requests, which takes 4 to 5 % of the time of a HEAD request.
    "scrapy.downloadermiddlewares.stats.DownloaderStats": None,
    "crawler.middlewares.RequestCounter": 850,
    # These take time for each request and have nothing to do here.
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": None,
    # The handler applies DOWNLOAD_TIMEOUT by itself.
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": None,
}
# Order 10: the last middleware that an exception of a callback reaches.
SPIDER_MIDDLEWARES = {"crawler.middlewares.IsolationMiddleware": 10}
# Probes wait for the rate limiter and the lease of their host themselves, so Scrapy's queues would
# only cost time.
DOWNLOADER = "crawler.scrapy_ext.downloader.ImmediateDownloader"
STORING_PIPELINES = {
    "crawler.pipelines.PagePipeline": 300,
    "crawler.pipelines.HistoryPipeline": 400,
    "crawler.pipelines.ArchivePipeline": 500,
    "crawler.pipelines.MovesAndDriftPipeline": 600,
    "crawler.pipelines.PartsPipeline": 700,
    "crawler.pipelines.MonitoringPipeline": 900,
}
ITEM_PIPELINES = {**STORING_PIPELINES, "crawler.pipelines.ItemCounter": 1000}

# --- rate limits ---------------------------------------------------------------
# Each request waits for the rate limiter and the concurrency limit of its slot, across processes
# too (crawler.politeness, crawler.jobs). Scrapy's own limits (8 per host, 16 in all) would only
# delay what is already allowed.
CONCURRENT_REQUESTS = 0
CONCURRENT_REQUESTS_PER_DOMAIN = 64
DOWNLOAD_DELAY = 0
# One task per response is enough: items do not come from callbacks.
CONCURRENT_ITEMS = 1
# Probes have hosts.timeout of the configuration; Scrapy's default of 180 s is too long for others.
DOWNLOAD_TIMEOUT = 20
# Larger than any page of text. Probes read only 64 KB.
DOWNLOAD_MAXSIZE = 20 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0

# --- log -----------------------------------------------------------------------
# Every request at DEBUG, and the counters at the end, are for developers.
LOG_LEVEL = "WARNING"
STATS_DUMP = False
