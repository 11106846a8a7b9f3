"""HTTP and the internet below it as their standards have them: plain functions on plain values, free of Scrapy and of the store."""
