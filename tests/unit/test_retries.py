"""When a conversation is read again that could not be."""

from types import SimpleNamespace

import pytest

from regulars.core import limits
from regulars.core.errors import ModelUnavailable
from regulars.jobs.retries import Reading, wait_s, waited_s


def decided(strategy: Reading, tries: int, error: Exception | None = None):
    return strategy.get_retry_decision(exception=error or RuntimeError(), job=SimpleNamespace(attempts=tries))


def test_the_pauses_grow_to_a_limit():
    assert [wait_s(tries) for tries in (1, 2, 3, 8, 9, 1_000_000)] == [2, 4, 8, 256, 300, 300]
    assert [waited_s(tries) for tries in range(4)] == [0, 2, 6, 14]


@pytest.mark.parametrize(("patience_s", "patient"), [(0, 0), (1, 1), (2, 1), (6, 2), (7, 3), (3600, 19)])
def test_it_outlasts_the_patience_with_a_model_and_then_gives_up(patience_s, patient):
    strategy = Reading(patience_s)
    tries_max = patient + limits.EXTRACT_FAILURES_MAX
    assert decided(strategy, tries_max - 1) is not None
    assert decided(strategy, tries_max) is None
    assert waited_s(patient) >= patience_s


@pytest.mark.parametrize(("asked_s", "waits_s"), [(None, 2), (1.0, 2), (40.5, 41), (9_999.0, 300)])
def test_what_the_vendor_asks_for_is_waited(asked_s, waits_s, monkeypatch):
    seen: list[int] = []
    monkeypatch.setattr("regulars.jobs.retries.RetryDecision", lambda retry_in: seen.append(retry_in["seconds"]))
    decided(Reading(60), 0, ModelUnavailable("busy", retry_after_s=asked_s))
    assert seen == [waits_s]
