"""Static files from where they are installed, compressed and cached as if they had been gathered and prepared."""

import gzip
import hashlib
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import FileResponse, HttpRequest
from whitenoise.middleware import WhiteNoiseMiddleware

from api_project.http.middleware.compression import accepts_gzip

VERSION = "v"
FOREVER = "max-age=31536000, public, immutable"
COMPRESSIBLE = (".css", ".js", ".svg")


class VersionedStorage(StaticFilesStorage):
    """Addresses that change with the content, so that browsers need not ask again: `docs.css?v=5d41402abc4b`."""

    def url(self, name: str | None, *args: Any, **kwargs: Any) -> str:
        address = super().url(name)
        path = finders.find(name or "")
        return f"{address}?{urlencode({VERSION: version(path)})}" if isinstance(path, str) else address


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise, which by itself sends compressed what lies beside a file, and nothing does."""

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> FileResponse:
        response: FileResponse = WhiteNoiseMiddleware.serve(static_file, request)
        _encoding, path, _headers = static_file.alternatives[0]
        if request.GET.get(VERSION) and request.GET[VERSION] == version(path):
            response.headers["Cache-Control"] = FOREVER
        if path.endswith(COMPRESSIBLE):
            _compress(response, path, request)
        # In one piece: the server takes what it can send, and holds the thread until it can take the rest.
        response.streaming_content = [b"".join(response)]
        return response


def _compress(response: FileResponse, path: str, request: HttpRequest) -> None:
    response.headers["Vary"] = "Accept-Encoding"
    # RFC 9110 §8.8.1: one strong tag cannot stand for two encodings; Last-Modified, which is weak, can.
    del response.headers["ETag"]
    if response.status_code == HTTPStatus.OK and accepts_gzip(request.headers.get("Accept-Encoding", "")):
        content = compressed(path)
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Content-Length"] = str(len(content))
        response.streaming_content = [content]


def version(path: str) -> str:
    """Of the file's content."""
    return _version(path, Path(path).stat().st_mtime_ns)


def compressed(path: str) -> bytes:
    """Made when first asked for, and kept: the pages need half a megabyte of it."""
    return _gzipped(path, Path(path).stat().st_mtime_ns)


@cache
def _version(path: str, _modified: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


@cache
def _gzipped(path: str, _modified: int) -> bytes:
    return gzip.compress(Path(path).read_bytes(), 9, mtime=0)
