"""Everything that is wrong with a request, collected."""

from dataclasses import dataclass, field

from api_project.http.problems.exceptions import Fault, Invalid, parameter_fault
from api_project.http.problems.types import Text


@dataclass
class Faults:
    """What was found wrong so far."""

    found: list[Fault] = field(default_factory=list)

    def add(self, name: str, code: str, detail: Text) -> None:
        self.found.append(parameter_fault(name, code, detail))

    def raise_any(self) -> None:
        Invalid.raise_any(self.found)
