"""A collector of the input errors of a request, which one response reports."""

from dataclasses import dataclass, field

from api_project.http.problems.exceptions import InputError, ValidationProblem, parameter_error
from api_project.http.problems.types import Text


@dataclass
class RequestErrors:
    """The errors found so far."""

    found: list[InputError] = field(default_factory=list)

    def add(self, name: str, code: str, detail: Text) -> None:
        self.found.append(parameter_error(name, code, detail))

    def raise_if_any(self) -> None:
        ValidationProblem.raise_if_any(self.found)
