"""The Memory API, `/v1` (contract §2)."""
