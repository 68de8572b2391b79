"""The ranker in memory: one profile as columns, a query in, hits out. It knows neither storage nor vendor."""
