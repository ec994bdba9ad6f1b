"""The service's log: one JSON object a line, with the request's id, and nothing of persons.

The fields that a line may have are named here; whatever else somebody logs is left out. Of an exception the log has the type
and the lines of code that it came through, not its words, which may quote what it met. What other libraries say is not written
either, only where they said it.
"""

from __future__ import annotations

import logging
import sys
import traceback
from pathlib import PurePath
from types import TracebackType
from typing import Any, TextIO

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor, WrappedLogger

from biomatch.errors import BiomatchError

FIELDS = ("act", "door", "counts", "method", "route", "status", "seconds", "job", "code", "host", "version", "folder")
"""What a line may say beside its event, level, time, request and exception; `counts` are numbers by name."""

_OURS = "biomatch"
_SERVER = "uvicorn.error"  # what it says is fixed words, and why it cannot listen
_FRAMES = 12  # of an exception, the innermost
_PLACE = 3  # parts of a file's path: what lies above is this machine's


def write_to(stream: TextIO | None = None, level: str = "info") -> None:
    """Sends what this process logs there from now on (None: to stderr)."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(ProcessorFormatter(foreign_pre_chain=_CHAIN, processors=_LAST, use_get_message=False))
    logging.root.handlers = [handler]
    logging.root.setLevel(max(logging.WARNING, _number(level)))
    logging.getLogger(_OURS).setLevel(_number(level))


def _number(level: str) -> int:
    return logging.getLevelNamesMapping()[level.upper()]


def _known(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Keeps our own words and fields, and those of other libraries apart."""
    record: logging.LogRecord = event["_record"]
    if record.name.split(".")[0] == _OURS:
        event.update({field: getattr(record, field) for field in FIELDS if hasattr(record, field)})
    elif record.name != _SERVER or not isinstance(record.msg, str | OSError):
        event["event"] = "a library said something"
    else:
        event["event"] = str(record.msg)
    event["logger"] = record.name
    if record.levelno >= logging.WARNING:
        event["at"] = _place(record.pathname, record.lineno)
    return event


def _exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    kind, error, trace = event.pop("exc_info", None) or (None, None, None)
    event.pop("stack_info", None)
    if kind is not None:
        event["exception"] = [_named(one) for one in _with_causes(error)]
        event["trace"] = _frames(trace)
    return event


def _with_causes(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def _named(error: BaseException) -> str:
    return error.code if isinstance(error, BiomatchError) else type(error).__name__


def _frames(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-_FRAMES:]
    return [f"{_place(frame.filename, frame.lineno)} {frame.name}" for frame in frames]


def _place(path: str, line: int | None) -> str:
    return f"{'/'.join(PurePath(path).parts[-_PLACE:])}:{line}"


_CHAIN: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    _known,
    _exception,
]
_LAST: list[Any] = [ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer(ensure_ascii=False)]
