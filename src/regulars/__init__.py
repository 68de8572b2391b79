"""Regulars: a self-hosted conversation memory."""

__version__ = "0.1.0"
