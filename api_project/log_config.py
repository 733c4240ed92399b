"""Structured logs on standard error: JSON lines, or aligned text while DEBUG is on."""

from contextvars import ContextVar
from typing import Any

import orjson
import structlog

from api_project import env as env

# Each line is one write, past Python's own buffers: those of several processes do not mix.
_STDERR: Any = open(2, "wb", buffering=0, closefd=False)  # noqa: SIM115 (The process's own, which stays open.)

# Not one of structlog's own, which come to be when first used: of threads that do so at once, each has another.
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def _add_request_id(_logger: Any, _name: str, line: dict[str, Any]) -> dict[str, Any]:
    if said := request_id.get():
        line.setdefault("request_id", said)
    return line


_SHARED: list[Any] = [
    _add_request_id,
    structlog.processors.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


_text = structlog.dev.ConsoleRenderer(colors=False)
_RENDERERS: list[Any] = (
    [_text, lambda _logger, _name, line: line.encode()]
    if env.boolean("DEBUG", default=False)
    else [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer(orjson.dumps)]
)

# Lines of this project's own go out directly; of a request's time, the standard library would take a tenth.
structlog.configure(
    processors=[*_SHARED, *_RENDERERS],
    logger_factory=structlog.BytesLoggerFactory(_STDERR),
    cache_logger_on_first_use=True,
)

# Lines of libraries come by way of the standard library, and look the same.
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
        # Django's own handlers are replaced; its request log would repeat ours, one line a request.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.request": {"level": "CRITICAL"},
        "django.server": {"handlers": [], "propagate": False},
        "django.security": {"level": "CRITICAL"},
    },
}
