"""The spiders: one for each kind of work, each working for a job (`crawler.jobs.job`).

`citations` crawls pages and published sites, `liveness` probes links and mirrors, `captures`
queries archives and saves local copies, `moves` searches for lost pages, `drift` compares pages
with their mementos, `parts` looks for the images, style sheets and frames of archive copies. All
but `citations` schedule their requests themselves (`JobSpider.work`).
"""
