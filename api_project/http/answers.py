"""Answers to readers, written once and sent again for as long as they are true.

Whether one still is, its state tells, which is read each time, as it is for a client that has the answer already. So
what is sent is never out of date, and what is asked for often costs little more than a 304.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from api_project.http.reading.kept import LONGEST, Kept, trimmed
from api_project.http.rendering import to_json


@dataclass(frozen=True)
class Answer:
    """What a resource or a list is shown as: data, or the JSON that they are written as."""

    data: Any
    state: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Answers:
    """The last ones to what was asked often, of which only those are kept whole that were the same twice.

    So an answer that is always another costs no look at its state, and one that is given once hardly any memory.
    """

    def __init__(self) -> None:
        self._last: Kept[Answer] = Kept(most=100, seconds=300)

    def find(self, key: Hashable) -> Answer | None:
        """The answer that is kept whole for what the key stands for: true if it has the current state."""
        last = self._last.find(key)
        return last if last and last.data else None

    def keep(self, key: Hashable, answer: Answer) -> Answer:
        """The answer to send."""
        last = self._last.find(key)
        if last is None or last.state != answer.state:
            self._last.keep(key, replace(answer, data=None))
            return answer
        written = replace(answer, data=trimmed(to_json(answer.data)))
        if len(written.data) <= LONGEST:
            self._last.keep(key, written)
        return written
