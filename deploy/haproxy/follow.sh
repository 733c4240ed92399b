#!/bin/sh
# Run on the machine of the old primary: make it a standby of the new primary, PGHOST. Needs PGDATA, PGUSER,
# PostgreSQL's programs in PATH, and `wal_log_hints = on` or checksums. It undoes writes that the new primary does not have.
# Then start PostgreSQL. Once it streams, run this on the new primary:
# ALTER SYSTEM SET synchronous_standby_names = '*'
set -eu
pg_ctl stop --silent --mode immediate 2> /dev/null || true
# Before version 16, pg_rewind does not recognise a new primary until its first checkpoint.
psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --command CHECKPOINT postgres
pg_rewind --target-pgdata "$PGDATA" --source-server "host=$PGHOST user=$PGUSER dbname=postgres" --write-recovery-conf
