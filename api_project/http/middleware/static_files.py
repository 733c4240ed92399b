"""Static files from the packages that install them, compressed and versioned without `collectstatic`."""

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
    """URLs that change with the content, so that browsers need not revalidate: `docs.css?v=5d41402abc4b`."""

    def url(self, name: str | None, *args: Any, **kwargs: Any) -> str:
        address = super().url(name)
        path = finders.find(name or "")
        return f"{address}?{urlencode({VERSION: version(path)})}" if isinstance(path, str) else address


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise, and compression. WhiteNoise alone sends only compressed files that exist on disk."""

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> FileResponse:
        response: FileResponse = WhiteNoiseMiddleware.serve(static_file, request)
        _encoding, path, _headers = static_file.alternatives[0]
        if request.GET.get(VERSION) and request.GET[VERSION] == version(path):
            response.headers["Cache-Control"] = FOREVER
        if path.endswith(COMPRESSIBLE):
            _compress(response, path, request)
        # In one piece: before it takes another, the server blocks the thread until it could send the last.
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
    """A short hash of the file's content."""
    return _version(path, Path(path).stat().st_mtime_ns)


def compressed(path: str) -> bytes:
    """The compressed file, cached from its first use on. All files of the pages take half a megabyte."""
    return _gzipped(path, Path(path).stat().st_mtime_ns)


@cache
def _version(path: str, _modified: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


@cache
def _gzipped(path: str, _modified: int) -> bytes:
    return gzip.compress(Path(path).read_bytes(), 9, mtime=0)
