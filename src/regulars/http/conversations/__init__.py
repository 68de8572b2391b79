"""The Orchestrator API, `/v2` (contract §3)."""
