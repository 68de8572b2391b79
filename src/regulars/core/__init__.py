"""Words every layer shares: ids, errors, limits, pages, times. Imports nothing of ours."""
