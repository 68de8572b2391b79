"""Measurements with numbers: `python -m bench`. What they mean: docs/performance.md."""
