"""Logs: one event a line, on standard error, never with bodies or secrets."""

import logging
import sys

import structlog

_MESSAGE_CHARS_MAX = 300
_FRAMES_MAX = 8


class _Library(logging.Handler):
    """What a library says goes the way of our own events, without the trace: it may quote what customers wrote."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        told = {} if error is None else {"error": type(error).__name__, "frames": frames_of(error)}
        text = record.getMessage()[:_MESSAGE_CHARS_MAX]
        structlog.get_logger().warning("library", name=record.name, level=record.levelname, message=text, **told)


def frames_of(error: BaseException) -> list[str]:
    """Where it happened, innermost last, without what was in the variables or the message."""
    frames: list[str] = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}")
        trace = trace.tb_next
    return frames[-_FRAMES_MAX:]


def configure(*, log_format: str) -> None:
    """`json` for machines, anything else for people. Libraries are heard from WARNING on.

    A line and its end are written at once: processes that share a stream never write into each other's lines.
    """
    renderer = structlog.processors.JSONRenderer() if log_format == "json" else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[_Library()], force=True)
