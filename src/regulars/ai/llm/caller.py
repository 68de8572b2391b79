"""Calls a model as a careful guest: within a time, a few times, and not at all for a while after it failed often."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from regulars.ai.llm.asking import Answer, Asker, AskError, Question
from regulars.core.errors import ModelUnavailable, UnusableReply

TRIES_MAX: Final = 3
"""Of one question, as long as its time lasts."""
_UNUSABLE_MAX: Final = 2
"""What came out malformed once may come out well the next time; more often is a waste."""
_PAUSE_S: Final = 0.5
"""Before the second try; twice as long before each further one."""
_FAILURES_MAX: Final = 5
_REST_S: Final = 30.0

Clock = Callable[[], float]
"""Seconds that only grow."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Of one conversation: `calls_max` questions; of each of them `call_s` with all its tries, and so many tokens."""

    call_s: float
    calls_max: int
    input_tokens_max: int
    output_tokens_max: int


@dataclass(slots=True)
class Usage:
    """What one conversation cost so far."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    def add(self, input_tokens: int, output_tokens: int) -> None:
        self.calls += 1
        self.input_tokens += input_tokens
        self.output_tokens += output_tokens


class Caller:
    """One a process: all its conversations share the connections and the count of failures.

    `open_asker` is called before the first question, on a thread: it loads a vendor's library.
    """

    def __init__(self, open_asker: Callable[[], Asker], budget: Budget, clock: Clock) -> None:
        self.budget = budget
        self._open = open_asker
        self._clock = clock
        self._asker: Asker | None = None
        self._opening = asyncio.Lock()
        self._breaker = _Breaker(clock)

    async def ask(self, question: Question, usage: Usage) -> Answer:
        """Raises ModelUnavailable, and UnusableReply when what came cannot be used."""
        asker = await self._opened()
        until = self._clock() + self.budget.call_s
        tries = 0
        while True:
            self._breaker.check()
            tries += 1
            try:
                answer = await asker.ask(
                    question,
                    output_tokens_max=self.budget.output_tokens_max,
                    timeout_s=max(until - self._clock(), 0.001),
                )
            except AskError as error:
                usage.add(*error.tokens)
                await self._wait(error, tries, until)
                continue
            self._breaker.succeeded()
            usage.add(answer.input_tokens, answer.output_tokens)
            return answer

    async def close(self) -> None:
        if self._asker is not None:
            await self._asker.close()

    async def _opened(self) -> Asker:
        async with self._opening:
            if self._asker is None:
                self._asker = await asyncio.to_thread(self._open)
            return self._asker

    async def _wait(self, error: AskError, tries: int, until: float) -> None:
        """Before the next try, or raises when there is none."""
        log.warning("model_failed", trouble=error.trouble, tries=tries)
        if error.trouble in {"unusable", "rejected"}:
            self._breaker.succeeded()
            if error.trouble == "rejected" or tries >= _UNUSABLE_MAX:
                raise UnusableReply from None
            return
        self._breaker.failed()
        pause_s = error.retry_after_s or _PAUSE_S * 2 ** (tries - 1)
        if not error.passes or tries >= TRIES_MAX or self._clock() + pause_s >= until:
            raise ModelUnavailable(error.trouble, retry_after_s=error.retry_after_s) from None
        await asyncio.sleep(pause_s)


class _Breaker:
    """After so many failures in a row nobody calls, but for one who tries now and then, until one succeeds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures = 0
        self._until = 0.0

    def check(self) -> None:
        if self._failures < _FAILURES_MAX:
            return
        now = self._clock()
        if now < self._until:
            raise ModelUnavailable("resting", retry_after_s=self._until - now)
        self._until = now + _REST_S

    def failed(self) -> None:
        self._failures += 1
        if self._failures == _FAILURES_MAX:
            self._until = self._clock() + _REST_S
            log.error("model_rests", failures=self._failures, rest_s=_REST_S)

    def succeeded(self) -> None:
        self._failures = 0
