"""Frozen types and pure decisions. No I/O, no clock, no randomness, no logging."""
