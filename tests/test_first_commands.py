"""The first commands of a new developer, and those that come too early, end with one line that names the remedy."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import processes
from tests.environment import EXAMPLE

SECRET_KEY = "a key for tests, long enough to be accepted"


def manage(*arguments: str, **variables: str) -> str:
    """The last line of a command's error, after which there is no traceback."""
    own = {"ENV_FILE": os.devnull, "SECRET_KEY": SECRET_KEY, "DJANGO_SUPERUSER_PASSWORD": "correct-horse-battery"}
    environment = {"PATH": os.environ["PATH"], **own, **variables}
    return last_line(processes.run("manage.py", *arguments, environment=environment))


def last_line(result: "subprocess.CompletedProcess[str]") -> str:
    assert result.returncode != 0
    assert "Traceback" not in result.stderr
    return result.stderr.splitlines()[-1]


def run_python(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=EXAMPLE.parent, capture_output=True, text=True, check=False)


def test_a_python_without_django_names_the_one_that_has_it() -> None:
    assert ".venv/bin/python manage.py" in last_line(run_python("-S", "manage.py", "check"))


def test_a_python_that_is_too_old_names_the_version_that_is_needed(tmp_path: Path) -> None:
    old = "import sys, runpy; sys.version_info = (3, 9); sys.argv = ['manage.py', 'check']; {}"
    code = old.format("runpy.run_path('manage.py', run_name='__main__')")
    assert "Python 3.11 or later" in last_line(run_python("-c", code))


@pytest.mark.parametrize("arguments", [(), ("posts",), ("--parallel", "4"), ("-v", "2")])
def test_djangos_test_command_names_the_commands_that_test(arguments: tuple[str, ...]) -> None:
    line = manage("test", *arguments)
    assert "`make test`" in line
    assert ".venv/bin/python -m pytest" in line


@pytest.mark.parametrize(("value", "what"), [("", "not set"), ("changeme", "shorter than 32")])
def test_a_missing_or_short_secret_key_says_where_to_put_one(value: str, what: str) -> None:
    line = manage("check", SECRET_KEY=value)
    assert line.startswith(f"SECRET_KEY: {what}")
    assert "DEBUG=true in .env" in line
    assert "token_urlsafe" in line


@pytest.mark.parametrize(
    "arguments",
    [("createsuperuser", "--noinput", "--username", "ada", "--email", "ada@example.com"), ("demo",), ("prune",)],
    ids=lambda arguments: arguments[0],
)
def test_a_command_on_a_database_without_tables_names_migrate(arguments: tuple[str, ...], tmp_path: Path) -> None:
    line = manage(*arguments, DATABASE_URL=f"sqlite:///{tmp_path}/db.sqlite3")
    assert line.endswith("Run: .venv/bin/python manage.py migrate")


def test_debug_alone_is_enough_in_development(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "ENV_FILE": str(tmp_path / ".env"), "DATABASE_URL": "sqlite://:memory:"}
    (tmp_path / ".env").write_text("DEBUG=true\n")
    processes.run("manage.py", "check", environment=environment, check=True)
