"""Whether reconciliation decides as a careful person would: a suite, and what prints its figures."""
