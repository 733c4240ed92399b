#!/bin/sh
# promote.sh OLD NEW: make NEW the primary instead of OLD, which is dead or unreachable. by-hand.cfg has the names.
# Needs HAPROXY_SOCKET, HAPROXY_STATE, the address of NEW in PGHOST, a superuser in PGUSER, socat and psql.
set -eu
haproxy() { echo "$1" | socat - "UNIX-CONNECT:$HAPROXY_SOCKET"; }

# Fence the old primary first: from now on, no client of the API writes there, even if it is alive.
haproxy "set server postgresql/$1 state maint" > /dev/null
haproxy "shutdown sessions server postgresql/$1" > /dev/null
# The new primary has no standby until the old one follows it, so its commits must not wait for one.
psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --output /dev/null postgres \
    --command "SELECT pg_promote()" \
    --command "ALTER SYSTEM SET synchronous_standby_names = ''" --command "SELECT pg_reload_conf()"
haproxy "set server postgresql/$2 state ready" > /dev/null
haproxy "show servers state" > "$HAPROXY_STATE"
