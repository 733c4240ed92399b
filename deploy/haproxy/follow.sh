#!/bin/sh
# On a machine whose PostgreSQL was the primary: make it follow the new one, in PGHOST. Wants PGDATA and PGUSER, and
# PostgreSQL's programs in PATH. What it has written and the new primary has not is undone.
# Needs `wal_log_hints = on`, or checksums. Then start it, and once it streams:
# ALTER SYSTEM SET synchronous_standby_names = '*' on the new primary.
set -eu
pg_ctl stop --silent --mode immediate 2> /dev/null || true
# Before version 16, pg_rewind takes a new primary for the old one until its first checkpoint.
psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --command CHECKPOINT postgres
pg_rewind --target-pgdata "$PGDATA" --source-server "host=$PGHOST user=$PGUSER dbname=postgres" --write-recovery-conf
