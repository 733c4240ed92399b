"""Everything that is wrong with a request, collected."""

from dataclasses import dataclass, field

from api_project.http.problems.exceptions import InputError, ValidationProblem, parameter_error
from api_project.http.problems.types import Text


@dataclass
class RequestErrors:
    """What was found wrong so far."""

    found: list[InputError] = field(default_factory=list)

    def add(self, name: str, code: str, detail: Text) -> None:
        self.found.append(parameter_error(name, code, detail))

    def raise_if_any(self) -> None:
        ValidationProblem.raise_if_any(self.found)
