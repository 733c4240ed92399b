"""Checks responses against the OpenAPI document."""

import gzip
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse
from django.utils.functional import cached_property
from jsonschema_rs import Draft202012Validator, Registry, ValidationError

from api_project import zstd

DECODERS = {"gzip": gzip.decompress, "zstd": zstd.decompress}  # By content coding.
DOCUMENT_URI = "urn:document"
# Headers that describe the operation, and so have to be documented if they are sent.
DOCUMENTED_HEADERS = ("ETag", "Idempotency-Replayed", "Link", "Location", "Retry-After", "WWW-Authenticate")


class Conformance:
    """Checks responses against an OpenAPI 3.1 document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self._validators: dict[str, Draft202012Validator] = {}

    def violations(self, method: str, path: str, response: HttpResponse, *, partial: bool = False) -> list[str]:
        """The differences between a response and the document, in words; empty if there are none.

        A partial response is a selection of fields (`?fields=`), which omits required ones.
        """
        template = self.template(method, path)
        if template is None:
            return self._unknown_violations(method, path, response)
        declared = self._follow(["paths", template, method.lower(), "responses", str(response.status_code)])
        if declared is None:
            return [f"{method} {path} has no response {response.status_code} in the document"]
        return [
            *self._header_violations(declared, response),
            *self._content_violations(declared, response, partial=partial),
        ]

    def _unknown_violations(self, method: str, path: str, response: HttpResponse) -> list[str]:
        """Check the response to an undocumented operation: a problem with 404 or 405."""
        if response.status_code not in {404, 405}:
            return [f"{method} {path} is not in the document"]
        return self._schema_violations(["components", "schemas", "Problem"], response)

    def template(self, method: str, path: str) -> str | None:
        """The path as the document writes it, if it has the operation."""
        for template, pattern in self._patterns.items():
            if pattern.fullmatch(path) and method.lower() in self.document["paths"][template]:
                return template
        return None

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern[str]]:
        literal_first = sorted(self.document["paths"], key=lambda path: path.count("{"))
        return {path: re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))) for path in literal_first}

    def _follow(self, where: list[str]) -> list[str] | None:
        node = self._at(where)
        if node is None:
            return None
        return str(node["$ref"]).removeprefix("#/").split("/") if "$ref" in node else where

    def _at(self, where: Iterable[str]) -> Any:
        node: Any = self.document
        for name in where:
            node = node.get(name) if isinstance(node, dict) else None
        return node

    def _header_violations(self, declared: list[str], response: HttpResponse) -> list[str]:
        documented = self._at([*declared, "headers"]) or {}
        sent = [name for name in DOCUMENTED_HEADERS if response.has_header(name)]
        return [f"header {name} is not in the document" for name in sent if name not in documented]

    def _content_violations(self, declared: list[str], response: HttpResponse, *, partial: bool) -> list[str]:
        media_type = response.headers.get("Content-Type", "").partition(";")[0]
        documented = self._at([*declared, "content"]) or {}
        if not response.content:
            return [] if not documented else [f"no content, but {', '.join(documented)} in the document"]
        if media_type not in documented:
            return [f"content of type {media_type} is not in the document"]
        if not media_type.endswith("json"):
            return []
        return self._schema_violations([*declared, "content", media_type, "schema"], response, partial=partial)

    def _schema_violations(self, where: Iterable[str], response: HttpResponse, *, partial: bool = False) -> list[str]:
        pointer = "/".join(part.replace("~", "~0").replace("/", "~1") for part in where)
        if pointer not in self._validators:
            schema = {"$ref": f"{DOCUMENT_URI}#/{quote(pointer)}"}
            self._validators[pointer] = Draft202012Validator(schema, registry=self._registry, validate_formats=True)
        errors = self._validators[pointer].iter_errors(json.loads(decoded(response)))
        return [f"{_path(error)}: {error.message}" for error in errors if not (partial and _lacks_fields(error))]

    @cached_property
    def _registry(self) -> Registry:
        return Registry([(DOCUMENT_URI, self.document)])


def _path(error: ValidationError) -> str:
    """As JSONPath (RFC 9535) writes it: `$.results[0].id`."""
    return "$" + "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in error.instance_path)


def _lacks_fields(error: ValidationError) -> bool:
    """True if nothing is wrong except that required fields are missing."""
    alternatives = getattr(error.kind, "context", ())
    return error.kind.name == "required" or any(each and all(map(_lacks_fields, each)) for each in alternatives)


def decoded(response: HttpResponse) -> bytes:
    decompress = DECODERS.get(response.headers.get("Content-Encoding", ""))
    return decompress(response.content) if decompress else response.content
