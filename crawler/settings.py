"""Scrapy's settings. Each that differs from Scrapy's default has its reason beside it."""

from __future__ import annotations

BOT_NAME = "holdfast"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"

# The file of Holdfast's own configuration; unset: looked for from the working folder upward. The
# command line puts the loaded one here.
HOLDFAST_CONFIG = None

# --- safety ------------------------------------------------------------------
# Both listen on a port and run what is sent to it. Unlisted they are not even imported, which takes
# a fifth of a second.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
EXTENSIONS = {
    "scrapy.extensions.telnet.TelnetConsole": None,
    "scrapy.extensions.remote_control.RemoteControl": None,
}
# A certificate that does not hold is a finding. Our handler checks it; this holds for any other
# that is swapped in.
DOWNLOAD_VERIFY_CERTIFICATES = True
# One site's cookies say nothing to another; within one probe the prober keeps them itself.
COOKIES_ENABLED = False
# No site learns from which page we came.
REFERER_ENABLED = False

# --- what a probe must see itself ---------------------------------------------
# Each hop is recorded, paced and checked on its own.
REDIRECT_ENABLED = False
METAREFRESH_ENABLED = False
# Tries are recorded, spaced by the server's wishes, and counted in the verdict.
RETRY_ENABLED = False
# Bodies are decoded within bounds by the handler.
COMPRESSION_ENABLED = False
# Single cited URLs are what a reader's click would ask for; `docs/politeness.md` says more. The
# citations spider obeys.
ROBOTSTXT_OBEY = False
# Answers of any age are no evidence.
HTTPCACHE_ENABLED = False

# None turns off what Scrapy would fetch besides: an address in a page or a sitemap must read no
# file and reach no server past our handler.
NO_HANDLERS = {"data": None, "file": None, "ftp": None, "s3": None}
DOWNLOAD_HANDLERS = {
    **NO_HANDLERS,
    # Reads beginnings only, tells faults apart, and looks at each address before it connects.
    "http": "crawler.scrapy_ext.download_handler.ProbeDownloadHandler",
    "https": "crawler.scrapy_ext.download_handler.ProbeDownloadHandler",
}
DOWNLOADER_MIDDLEWARES = {
    # Takes the contact from Holdfast's configuration.
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": None,
    "crawler.middlewares.HonestUserAgentMiddleware": 500,
    # Cost time on each request and have nothing to do here.
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": None,
    # The handler keeps to DOWNLOAD_TIMEOUT by itself.
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": None,
}
SPIDER_MIDDLEWARES = {
    "crawler.middlewares.IsolationMiddleware": 10
}  # the last to see what a callback raises
DOWNLOADER = "crawler.scrapy_ext.downloader.ImmediateDownloader"
ITEM_PIPELINES = {
    "crawler.pipelines.PagePipeline": 300,
    "crawler.pipelines.HistoryPipeline": 400,
    "crawler.pipelines.ArchivePipeline": 500,
    "crawler.pipelines.MovesAndDriftPipeline": 600,
    "crawler.pipelines.MonitoringPipeline": 900,
}

# --- pace ----------------------------------------------------------------------
# Each request takes a slot and a turn of its party, under its lease (crawler.jobs), across
# processes too; a second gate behind it would only delay what was already allowed. The default 8 a
# host and 16 in all would.
CONCURRENT_REQUESTS = 0
CONCURRENT_REQUESTS_PER_DOMAIN = 64
DOWNLOAD_DELAY = 0
# One task per response is enough: items do not come from callbacks.
CONCURRENT_ITEMS = 1
# A probe's own limit stands in the configuration (hosts.timeout); 180 s is nobody's patience.
DOWNLOAD_TIMEOUT = 20
# Beyond what any reader's page is; probes read 64 KB.
DOWNLOAD_MAXSIZE = 20 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0

# --- what is said ----------------------------------------------------------------
# Every request at DEBUG and a dump at the end are for developers; the summary is ours.
LOG_LEVEL = "WARNING"
STATS_DUMP = False
