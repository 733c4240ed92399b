"""The PostgreSQL that all systems share."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

import proc_usage
from tests.postgresql import temporary_server

# The settings of a small machine's server; its writes are as durable as by default.
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "512MB",
    "effective_cache_size": "4GB",
    "maintenance_work_mem": "512MB",
    "work_mem": "16MB",
    "max_wal_size": "4GB",
    "random_page_cost": "1.1",
}


@dataclass(frozen=True)
class Database:
    host: str
    port: str
    user: str
    password: str
    name: str

    @classmethod
    def of(cls, url: str) -> "Database":
        """The database at a URL. `postgresql://user@//directory/name` is Django's way to write a socket's directory."""
        if url.partition("@")[2].startswith("//"):
            directory, _, name = url.partition("@/")[2].rpartition("/")
            return cls(directory, "", urlsplit(url).username or "postgres", "", name)
        given = conninfo_to_dict(url)
        host, port, user = (str(given.get(key) or "") for key in ("host", "port", "user"))
        return cls(host or "127.0.0.1", port, user, unquote(str(given.get("password") or "")), str(given["dbname"]))

    def named(self, name: str) -> "Database":
        return Database(self.host, self.port, self.user, self.password, name)

    @property
    def url(self) -> str:
        """The database as a `DATABASE_URL` of this API."""
        if self.host.startswith("/"):
            return f"postgresql://{self.user}@/{self.host}/{self.name}"
        signed_in = f"{quote(self.user)}:{quote(self.password)}" if self.password else quote(self.user)
        return f"postgresql://{signed_in}@{self.host}:{self.port or 5432}/{self.name}"

    @property
    def environment(self) -> dict[str, str]:
        """libpq's variables, which every driver of the peers reads."""
        return {
            "PGHOST": self.host,
            "PGPORT": self.port or "5432",
            "PGUSER": self.user,
            "PGPASSWORD": self.password,
            "PGDATABASE": self.name,
        }

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=self.host,
            port=self.port or None,
            user=self.user,
            password=self.password or None,
            dbname=self.name,
            autocommit=True,
        )

    def exists(self) -> bool:
        with self.named("postgres").connect() as connection:
            found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [self.name])
            return found.fetchone() is not None

    def postmaster(self) -> int | None:
        """The parent process of all backends; None if the server is on another machine."""
        with self.connect() as connection:
            backend = connection.info.backend_pid
            return proc_usage.parent(backend) if proc_usage.name(backend).startswith("postgres") else None


@contextmanager
def server(url: str) -> Iterator[Database]:
    """The server at that URL, or the bundled one for the duration of the benchmark: its database `postgres`."""
    if url:
        yield Database.of(url).named("postgres")
        return
    with temporary_server(SETTINGS) as own:
        yield Database.of(own)
