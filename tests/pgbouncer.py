"""PgBouncer in transaction mode in front of the test run's PostgreSQL, if it is installed."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import HOST, free_port, wait_for
from tests.postgresql import SYSTEM_USER
from tests.programs import need

# The settings of docs/high-availability.md.
_QUERY = "SET statement_timeout = ''5s''; SET lock_timeout = ''3s''; SET idle_in_transaction_session_timeout = ''60s''"
_CONFIGURATION = """
[databases]
* = host={host} port={port} user={user} password={password} connect_query='{query}'
[pgbouncer]
listen_addr = {address}
listen_port = {listen}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {size}
server_login_retry = 1
query_wait_timeout = 10
"""


@contextmanager
def pgbouncer(directory: Path, *, host: str, port: str, user: str, size: int, password: str) -> Iterator[str]:
    """A URL to which the caller adds the name of a database. At most `size` connections lead to the server."""
    listen, file = free_port(), directory / "pgbouncer.ini"
    file.write_text(
        _CONFIGURATION.format(
            host=host,
            port=port or 5432,
            user=user,
            password=password,
            address=HOST,
            query=_QUERY,
            listen=listen,
            size=size,
        )
    )
    # The configuration comes from standard input, since the system user may not read the test's directory.
    command = [need("pgbouncer"), "--quiet", "/dev/stdin"]
    with (
        (directory / "pgbouncer.log").open("wb") as log,
        file.open("rb") as configuration,
        subprocess.Popen(command, user=SYSTEM_USER, cwd="/", stdin=configuration, stdout=log, stderr=log) as pool,
    ):
        try:
            wait_for(listen)
            yield f"postgresql://{user}@{HOST}:{listen}/"
        finally:
            pool.terminate()
