#!/bin/sh
# Make NEW the primary in place of OLD, which is dead or cut off: promote.sh OLD NEW, by their names in by-hand.cfg.
# Wants HAPROXY_SOCKET, HAPROXY_STATE, the address of NEW in PGHOST, and a superuser in PGUSER. Needs socat and psql.
set -eu
haproxy() { echo "$1" | socat - "UNIX-CONNECT:$HAPROXY_SOCKET"; }

# First the old one is fenced off: from here on no client of the API writes there, even if it lives.
haproxy "set server postgresql/$1 state maint" > /dev/null
haproxy "shutdown sessions server postgresql/$1" > /dev/null
# The new one is alone until the old one follows it, and so waits for nobody.
psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --output /dev/null postgres \
    --command "SELECT pg_promote()" \
    --command "ALTER SYSTEM SET synchronous_standby_names = ''" --command "SELECT pg_reload_conf()"
haproxy "set server postgresql/$2 state ready" > /dev/null
haproxy "show servers state" > "$HAPROXY_STATE"
