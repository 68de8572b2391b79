"""Extraction and summaries without a language model: small tables, linear patterns, precision before recall."""

from regulars.ai.rules.extractor import RuleExtractor
from regulars.ai.rules.summariser import RuleSummariser

__all__ = ["RuleExtractor", "RuleSummariser"]
