"""Structured logs on standard error: JSON lines, or aligned text while DEBUG is on."""

from typing import Any

import structlog

from api_project import environment as env

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

structlog.configure(
    processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)


def _renderers() -> list[Any]:
    if env.boolean("DEBUG", default=False):
        return [structlog.dev.ConsoleRenderer(colors=False)]
    return [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]


LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "structured": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _SHARED,
            "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers()],
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
