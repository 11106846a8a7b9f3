"""Read pages, probe their links and query archives; everything that runs on Scrapy is here."""
