"""Models behind narrow ports. Knows nothing of storage or of the ranker."""
