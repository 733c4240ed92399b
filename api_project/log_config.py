"""Structured logs on standard error: JSON lines, or aligned text while DEBUG is on."""

from contextvars import ContextVar
from typing import Any

import orjson
import structlog
from structlog.tracebacks import ExceptionDictTransformer

from api_project import env as env

# Unbuffered: each line is one write, so lines of several processes do not mix.
_STDERR: Any = open(2, "wb", buffering=0, closefd=False)  # noqa: SIM115 (stays open as long as the process)

# Not structlog's own context variables: it creates them at first use, and concurrent threads would get different ones.
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
trace_id: ContextVar[str | None] = ContextVar("trace_id", default=None)


def _add_ids(_logger: Any, _name: str, line: dict[str, Any]) -> dict[str, Any]:
    if current := request_id.get():
        line.setdefault("request_id", current)
    if trace := trace_id.get():
        line["trace_id"] = trace
    return line


_SHARED: list[Any] = [
    _add_ids,
    structlog.processors.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


_text = structlog.dev.ConsoleRenderer(colors=False)
# Without the values of local variables, which structlog adds by default: passwords and tokens are among them.
_tracebacks = structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
_RENDERERS: list[Any] = (
    [_text, lambda _logger, _name, line: line.encode()]
    if env.boolean("DEBUG", default=False)
    else [_tracebacks, structlog.processors.JSONRenderer(orjson.dumps)]
)

# This project's lines bypass `logging`, which would take a tenth of a request's time.
structlog.configure(
    processors=[*_SHARED, *_RENDERERS],
    logger_factory=structlog.BytesLoggerFactory(_STDERR),
    cache_logger_on_first_use=True,
)

# Lines of libraries come from `logging` and look the same.
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "structured": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _SHARED,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_RENDERERS,
                lambda _logger, _name, line: line.decode(),
            ],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        # Replace Django's handlers. Its request log would repeat ours, which has one line per request.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.request": {"level": "CRITICAL"},
        "django.server": {"handlers": [], "propagate": False},
        "django.security": {"level": "CRITICAL"},
    },
}
