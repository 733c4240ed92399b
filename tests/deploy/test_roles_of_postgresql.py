"""/readyz, the log and `check --deploy` report a reachable database that the API may not use as it needs to."""

import os
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from django.db import connection

from tests import processes
from tests.client import Client
from tests.deploy.deploy_check import deploy_check
from tests.logs import logged

if connection.vendor != "postgresql":
    __test__ = False


@pytest.fixture
def role(db: None) -> str:
    """A role with just the rights that the API needs. The connection uses it until the test ends."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE limited")
        cursor.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO limited")
        cursor.execute("REVOKE INSERT, UPDATE, DELETE ON django_migrations, django_content_type FROM limited")
    return "limited"


@pytest.mark.parametrize(
    ("right", "table"), [("SELECT", "posts_post"), ("INSERT", "posts_posttag"), ("SELECT", "django_migrations")]
)
def test_a_table_that_the_api_may_not_use_makes_it_unready_and_is_named(
    role: str, right: str, table: str, api_client: Client, capfd: pytest.CaptureFixture[str]
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE limited")
        assert api_client.get("/readyz").status_code == 200
        cursor.execute(f"RESET ROLE; REVOKE {right} ON {table} FROM limited; SET ROLE limited")
    logged(capfd)
    response = api_client.get("/readyz")

    assert (response.status_code, response.json()["checks"]["database"]) == (503, "not permitted")
    (line,) = [line for line in logged(capfd) if line["event"] == "not_ready"]
    assert f"{role} may not read and write {table}:" in line["reason"]
    assert f"{role} may not read and write {table}:" in deploy_check()


@pytest.fixture
def latin_database() -> Iterator[str]:
    name = f"latin_{uuid4().hex}"
    server = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    given = {key: value for key, setting in server.items() if (value := connection.settings_dict[setting])}
    with psycopg.connect(dbname="postgres", autocommit=True, **given) as postgresql:
        postgresql.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'".encode())
        yield name
        postgresql.execute(f"DROP DATABASE {name}".encode())


def test_a_database_that_is_not_utf_8_is_reported(django_db_setup: None, latin_database: str) -> None:
    environment = {**os.environ, "DATABASE_URL": os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{latin_database}"}
    checked = processes.run("manage.py", "check", "--deploy", environment=environment)
    assert checked.returncode == 1
    assert "stores text as LATIN1" in checked.stderr
