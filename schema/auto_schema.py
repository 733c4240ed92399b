"""The OpenAPI description of an operation, derived from the declarations of its view."""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import APIException
from rest_framework.permissions import IsAuthenticated

from api_project.http.request.form_parser import FormParser
from api_project.http.request.parsers import MergePatchParser
from api_project.http.viewsets.base import ApiView
from api_project.http.viewsets.resource import ResourceView
from api_project.http.viewsets.write import ObjectWriteMixin
from schema.authentication import requirements
from schema.bodies import BodySchemas, PageSchema
from schema.components import Schema, example_of, headers, problem_responses, read_yaml, ref
from schema.operations import OperationNames
from schema.parameters import query_parameters
from users.auth.authentication import BearerAuthentication


class AutoSchema(OperationNames, BodySchemas):
    """Adds to each operation what `api_project.http` does for its view: parameters, headers and problem responses."""

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    @property
    def is_conditional_read(self) -> bool:
        return not self.writes and getattr(self.view, "has_etag", self.resource is not None)

    @property
    def is_idempotent_write(self) -> bool:
        return self.writes and (isinstance(self.view, ResourceView) or getattr(self.view, "is_idempotent", False))

    @property
    def is_conditional_write(self) -> bool:
        return self.is_idempotent_write and isinstance(self.view, ObjectWriteMixin) and self.action != "create"

    @property
    def takes_if_match(self) -> bool:
        """RFC 9110 §13.1.1: a client may make a read conditional on one state, too."""
        return self.is_conditional_write or (self.resource is not None and not self.writes)

    @property
    def is_checked_for_csrf(self) -> bool:
        return self.writes and any(isinstance(by, SessionAuthentication) for by in self.view.get_authenticators())

    @property
    def is_throttled(self) -> bool:
        return isinstance(self.view, ApiView) and self.view.throttles_for_request() is not None

    @property
    def may_lack_scopes(self) -> bool:
        """True if a personal access token may lack the scopes of the operation."""
        view: Any = self.view
        is_checked = any(isinstance(by, BearerAuthentication) for by in view.get_authenticators())
        return is_checked and view.required_scopes(self.method) != frozenset()

    @property
    def admits_anonymous(self) -> bool:
        try:
            self.view.check_permissions(self.view.request)
        except APIException:
            return False
        return True

    @property
    def admits_everyone_signed_in(self) -> bool:
        return all(type(each) is IsAuthenticated for each in self.view.get_permissions())

    def get_auth(self) -> list[Schema]:
        """Empty if the operation has no way to sign in: generators take a lone `{}` for a way."""
        schemes: list[Schema] = list(requirements(self.view, self.method))
        return [{}, *schemes] if schemes and self.admits_anonymous else schemes

    def get_operation(self, *args: Any) -> Schema | None:
        operation: Schema | None = super().get_operation(*args)
        if operation is None:
            return None
        declared = getattr(self.view, "query_parameters", [])
        parameters = [*operation.pop("parameters", []), *declared, *self._own_parameters()]
        operation.setdefault("security", [])
        responses = self._responses(operation.pop("responses"))
        has_input = any("{" + parameter.get("name", "") + "}" not in self.path for parameter in parameters)
        problems = problem_responses(*self._problem_statuses(has_parameters=has_input))
        own_parameters = {"parameters": parameters} if parameters else {}
        return {**operation, **own_parameters, "responses": {**responses, **problems}}

    # --- input ------------------------------------------------------------------------------------

    def get_request_serializer(self) -> Any:
        """None for a body without fields, too: clients do not send one."""
        if not self.resource or self.method not in self.resource.methods_with_body:
            return None
        classes: Any = self.resource.input_serializer_classes
        serializer = classes.get(self.action, self.resource.serializer_class)()
        return serializer if serializer.fields else None

    def map_parsers(self) -> list[str]:
        """Omits forms: some generators import types that they do not generate, others send no `Content-Type`."""
        omitted = {FormParser.media_type} | ({MergePatchParser.media_type} if self.method != "PATCH" else set())
        return [name for name in super().map_parsers() if name not in omitted]

    def _resolve_path_parameters(self, variables: list[str]) -> list[Schema]:
        if not self.resource:
            return list(super()._resolve_path_parameters(variables))
        return [self._path_parameter(self.resource, name) for name in variables]

    def _path_parameter(self, resource: ResourceView[Any], name: str) -> Schema:
        if name == "number":
            return dict(read_yaml("components.yaml")["parameters"]["revision_number"])
        parent = None if resource.is_detail and name == resource.lookup_url_kwarg else self.parent
        key = (parent or resource).natural_key
        named = f"The {parent.model._meta.verbose_name}'s id" if parent else "The id"
        description = f"{named}, or the {key}." if key else f"{named}."
        common = {"in": "path", "required": True, "description": description, "schema": {"type": "string"}}
        # The example names the resource that the other examples create, so that a reader can try one after the other.
        example = example_of(parent.model.__name__) if parent else self._resource_example()
        value = example.get(key or "id")
        return {"name": name, **common, **({"example": value} if value else {})}

    def _get_filter_parameters(self) -> list[Schema]:
        return []

    def _get_pagination_parameters(self) -> list[Schema]:
        return []

    def _own_parameters(self) -> list[Schema]:
        applies = {
            "If-None-Match": self.is_conditional_read,
            "If-Match": self.takes_if_match,
            "Idempotency-Key": self.is_idempotent_write,
            "If-None-Match-PUT": self.creates_on_put,  # The last: some generated clients take parameters by position.
        }
        in_query = query_parameters(self.resource, self._resource_example()) if self.resource else []
        own = [ref("parameters", name) for name in getattr(self.view, "declared_parameters", ())]
        return [*in_query, *own, *(self._header_parameter(name) for name in applies if applies[name])]

    def _header_parameter(self, name: str) -> Schema:
        """A reference, but for `Idempotency-Key`: a key is for one request, so each operation has its own example."""
        if name != "Idempotency-Key":
            return ref("parameters", name)
        shared: Schema = read_yaml("components.yaml")["parameters"][name]
        return {**shared, "example": str(uuid5(NAMESPACE_URL, self.get_operation_id()))}

    def _resource_example(self) -> Schema:
        serializer = self.resource.read_serializer() if self.resource else None
        return example_of(self._get_serializer_name(serializer, "response")) if serializer else {}

    # --- output -----------------------------------------------------------------------------------

    def get_response_serializers(self) -> Any:
        if self.is_feed:  # overlay.yaml describes the formats.
            return {(200, media_type): OpenApiTypes.STR for media_type in self.map_renderers("media_type")}
        has_serializer = self.resource and self.method != "DELETE"
        return super().get_response_serializers() if has_serializer else OpenApiResponse()

    def _get_paginator(self) -> PageSchema | None:
        return PageSchema() if self.resource else None

    def _responses(self, responses: Schema) -> Schema:
        if self.creates_on_put:
            responses = {**responses, "201": responses["200"]}
        described = {status: self._response(int(status), response) for status, response in responses.items()}
        return {**described, **({"304": ref("responses", "NotModified")} if self.is_conditional_read else {})}

    def _response(self, status: int, response: Schema) -> Schema:
        applies = {
            "ETag": self.is_conditional_read or (self.resource and status in {200, 201}),
            "Location": status == 201,
            "Link": self.action == "list" and not self.is_feed,
            "Idempotency-Replayed": self.is_idempotent_write,
            "RateLimit": self.is_throttled,
            "RateLimit-Policy": self.is_throttled,
            "X-Request-ID": True,
        }
        own = headers(*(name for name in applies if applies[name]))
        return {**response, "description": response["description"] or self.outcome(status), "headers": own}

    def _problem_statuses(self, *, has_parameters: bool) -> list[int]:
        has_body = isinstance(self.view, ApiView) and self.method in self.view.methods_with_body
        authenticators = self.view.get_authenticators()
        applies = {
            400: has_parameters or has_body or self.resource or getattr(self.view, "takes_no_parameters", False),
            401: authenticators,
            403: self.is_checked_for_csrf
            or self.may_lack_scopes
            or not (self.admits_anonymous or self.admits_everyone_signed_in),
            404: "{" in self.path or (self.resource and self.action == "list" and not self.is_feed),
            406: self.method not in getattr(self.view, "methods_without_content", ()) and not self.is_feed,
            409: self.is_idempotent_write,
            412: self.takes_if_match,
            413: isinstance(self.view, ApiView),  # A client may send a body with a GET, too.
            415: has_body,
            422: self.is_idempotent_write,
            428: self.is_conditional_write,
            429: self.is_throttled,
            **dict.fromkeys(getattr(self.view, "problem_statuses", ()), True),
            503: authenticators,  # A view without authentication does not query the database.
        }
        return [status for status in applies if applies[status]]
