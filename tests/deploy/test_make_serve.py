"""`make serve` and its `manage.py serve`: a developer's first command."""

import fcntl
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from api_project.demo.small import PASSWORD
from tests.deploy.servers import HOST, content, serving_content, signs_in, surroundings
from tests.environment import EXAMPLE
from tests.programs import need


@pytest.mark.parametrize(
    ("host", "debug", "has_posts", "says_password"),
    [
        ("0.0.0.0", "false", False, None),  # noqa: S104
        (HOST, "false", True, "the password is new"),
        ("0.0.0.0", "true", True, PASSWORD),  # noqa: S104
    ],
)
def test_serve_adds_demo_content_on_a_developers_machine_and_a_known_password_only_there(
    tmp_path: Path, host: str, debug: str, has_posts: bool, says_password: str | None
) -> None:
    with serving_content(tmp_path, host=host, DEBUG=debug) as (port, said):
        assert (b'"results":[]' not in content(port, "/api/v1/posts")) == has_posts
        assert signs_in(port, "marta", PASSWORD) == (says_password == PASSWORD)
    assert (says_password or "http://") in said
    assert (PASSWORD in said) == (says_password == PASSWORD)


@pytest.fixture(scope="module")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int, str]:
    """The directory, the port and the output of a server that found no database, and was stopped."""
    directory = tmp_path_factory.mktemp("first-start")
    with serving_content(directory, DEBUG="true") as (port, said):
        return directory, port, said


def test_serve_says_what_it_does_and_then_where_it_serves_and_who_can_sign_in(
    first_start: tuple[Path, int, str],
) -> None:
    _directory, port, said = first_start
    lines = [line.strip() for line in said.splitlines()]
    assert lines[:3] == ["Migrating the database", "Loading demo content", "Starting the server"]
    for path in ("/api/docs", "/admin/", "/api/v1/posts"):
        assert f"http://{HOST}:{port}{path}" in said
    assert f"Sign in as marta (admin), tomas (editor), amara (member) with the password {PASSWORD}" in lines
    assert f"A page at http://localhost:5173 may call http://localhost:{port}, with cookies: docs/front-end.md" in lines


def test_a_later_start_names_only_accounts_that_can_sign_in_and_says_if_there_is_no_admin(
    first_start: tuple[Path, int, str], tmp_path: Path
) -> None:
    shutil.copytree(first_start[0], tmp_path, dirs_exist_ok=True)
    with closing(sqlite3.connect(tmp_path / "db.sqlite3")) as database:
        database.execute("UPDATE users_user SET is_active = false WHERE role = 'admin'")
        database.commit()
    with serving_content(tmp_path, DEBUG="true") as (_port, said):
        assert said.startswith("Starting the server\n")
        assert f"Sign in as tomas (editor), amara (member) with the password {PASSWORD}" in said
        assert "No admin yet: .venv/bin/python manage.py createsuperuser" in said


def test_serve_prints_no_address_if_the_server_does_not_start(tmp_path: Path) -> None:
    command, given = [sys.executable, "manage.py", "serve", "--host", HOST], surroundings(tmp_path)
    with socket.create_server((HOST, 0)) as other:
        given["env"]["PORT"] = str(other.getsockname()[1])
        result = subprocess.run(
            command, **given | {"stdout": subprocess.PIPE}, stderr=subprocess.PIPE, text=True, check=False
        )
    assert result.returncode == 1
    assert "http://" not in result.stdout
    assert result.stderr.startswith("PORT: cannot listen")


def test_two_servers_set_up_one_database_one_after_the_other(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool, ExitStack() as both:
        begun = [pool.submit(serving_content, tmp_path, DEBUG="true") for _ in range(2)]
        entered = [pool.submit(both.enter_context, each.result()) for each in begun]
        texts = sorted(each.result()[1] for each in entered)
    assert texts[0].startswith("Another `serve` sets up the database. This one waits for it.\nStarting the server\n")
    assert texts[1].startswith("Migrating the database\n")


def test_make_serve_with_an_old_python_names_the_command_with_a_newer_one(tmp_path: Path) -> None:
    for name in ("Makefile", "requirements.txt", "requirements-uv.txt"):
        shutil.copy(EXAMPLE.parent / name, tmp_path)
    old = tmp_path / "old"
    old.write_text(f"""#!/bin/sh\ncase $2 in *version_info*) exit 1;; esac\nexec {sys.executable} "$@"\n""")
    old.chmod(0o755)
    command = [need("make"), "serve", f"PYTHON={old}"]
    result = subprocess.run(command, cwd=tmp_path, env=_typed(), capture_output=True, text=True, check=False)
    assert result.returncode != 0
    assert result.stdout.startswith(f"Python 3.11 or later is needed; {old} is older. Run: make serve PYTHON=python3.1")
    assert not (tmp_path / ".venv").exists()


def test_a_second_make_waits_for_the_first_one_to_set_up(tmp_path: Path) -> None:
    shutil.copy(EXAMPLE.parent / "Makefile", tmp_path)
    (tmp_path / ".env").touch()
    command = [need("make"), "serve", "PRODUCTION=", "MANAGE=echo manage.py", f"PYTHON={sys.executable}"]
    with ExitStack() as stack:
        first = stack.enter_context((tmp_path / "Makefile").open())
        fcntl.flock(first, fcntl.LOCK_EX)
        waiting = subprocess.Popen(command, cwd=tmp_path, env=_typed(), stdout=subprocess.PIPE, text=True)
        second = stack.enter_context(waiting)
        assert second.stdout
        assert second.stdout.readline() == "Another make sets up .venv. This one waits for it.\n"
        fcntl.flock(first, fcntl.LOCK_UN)
        assert second.stdout.read() == "manage.py serve\n"


def _typed() -> dict[str, str]:
    """The environment of a command that a person types: without the variables of the make that runs the tests."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
