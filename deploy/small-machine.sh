#!/usr/bin/env bash
# Installs the API on one machine with Debian 12 or later, and upgrades it: Caddy with HTTPS, systemd, a database, backups.
#
#   git clone https://git.example.com/api.git /srv/api
#   DOMAIN=api.example.com /srv/api/deploy/small-machine.sh
#
# DOMAIN      the public name of the API, whose DNS record leads to this machine
# DATABASE    sqlite, or postgresql on this machine (default: sqlite)
# FRONT_END   the origin of your pages, such as https://app.example.com (default: none)
# DRY_RUN=1   print the commands instead of running them
#
# Run it as root. Run it again after `git checkout` of a newer release: it makes a backup and upgrades. It never changes an
# existing .env.
set -euo pipefail
cd "$(dirname "$0")/.."
ROOT=$PWD
DOMAIN=${DOMAIN:-} DATABASE=${DATABASE:-sqlite} FRONT_END=${FRONT_END:-} DRY_RUN=${DRY_RUN:-}
PYTHON=$ROOT/.venv/bin/python

say() { printf '\n== %s\n' "$1"; }
fail() { printf '%s\n' "$1" >&2; exit 1; }

run() {
    if [[ $DRY_RUN ]]; then printf '%q ' "$@"; echo; else "$@"; fi
}

# A file of root's, with the text from standard input.
write() {
    if [[ $DRY_RUN ]]; then echo "write $1:"; sed 's/^/    /'; else cat > "$1"; fi
}

as_api() { run runuser --user=api -- env --chdir="$ROOT" HOME="$ROOT/var" "$@"; }
as_postgres() { run runuser --user=postgres -- "$@"; }
has_systemd() { [[ -d /run/systemd/system ]]; }

check() {
    [[ $DOMAIN =~ ^[A-Za-z0-9.-]+\.[A-Za-z]+$ ]] || fail "DOMAIN: expected a name such as api.example.com, got '$DOMAIN'"
    [[ $DATABASE == sqlite || $DATABASE == postgresql ]] || fail "DATABASE: expected sqlite or postgresql, got '$DATABASE'"
    [[ -z $FRONT_END || $FRONT_END =~ ^https://[A-Za-z0-9.:-]+$ ]] ||
        fail "FRONT_END: expected an origin such as https://app.example.com, got '$FRONT_END'"
    [[ $ROOT == /srv/api || $DRY_RUN ]] || fail "The systemd units expect this checkout in /srv/api; it is in $ROOT."
    [[ $EUID == 0 || $DRY_RUN ]] || fail "Run this script as root: sudo DOMAIN=$DOMAIN $0"
}

install_packages() {
    say "Packages of Debian"
    local packages=(ca-certificates curl git python3 python3-venv caddy)
    [[ $DATABASE == sqlite ]] || packages+=(postgresql)
    run apt-get update --quiet=2
    run env DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes --no-install-recommends "${packages[@]}"
}

create_user() {
    say "The user api, who may write to var/ only"
    getent passwd api > /dev/null ||
        run useradd --system --no-create-home --home-dir "$ROOT" --shell /usr/sbin/nologin api
    run install --directory --owner=api --group=api --mode=0700 var var/backups
}

install_python() {
    say "Python packages"
    [[ -x $PYTHON ]] || run python3 -m venv .venv
    run "$PYTHON" -m pip install --quiet --require-hashes --requirement requirements.txt
    if [[ -f .env ]] && grep -Eq '^(OIDC_ISSUER|SOCIAL_PROVIDERS)=.' .env; then
        run "$PYTHON" -m pip install --quiet --require-hashes --requirement requirements-providers.txt
    fi
    # The user api cannot write compiled files.
    run "$PYTHON" -m compileall -q api_project posts schema users
}

create_database() {
    [[ $DATABASE == postgresql ]] || return 0
    say "PostgreSQL"
    if has_systemd; then run systemctl enable --now postgresql; else run service postgresql start; fi
    # The user api of this machine is the role api: no password is needed.
    local found=
    [[ $DRY_RUN ]] || found=$(as_postgres psql -tAc "SELECT 1 FROM pg_roles WHERE rolname = 'api'")
    if [[ ! $found ]]; then
        as_postgres createuser api
        as_postgres createdb --owner=api --template=template0 --encoding=UTF8 api
    fi
}

write_settings() {
    [[ ! -f .env || $DRY_RUN ]] || return 0
    say "Settings in $ROOT/.env"
    local url='' port=5432 key=…
    [[ $DRY_RUN ]] || key=$(python3 -c 'import secrets; print(secrets.token_urlsafe(48))')
    if [[ $DATABASE == postgresql ]]; then
        [[ $DRY_RUN ]] || port=$(as_postgres psql -tAc "SHOW port")
        url="postgresql://api@/api?host=/var/run/postgresql&port=$port"
    fi
    run install --owner=root --group=api --mode=0640 /dev/null .env
    write .env << SETTINGS
SECRET_KEY=$key
ALLOWED_HOSTS=$DOMAIN
DATABASE_URL=$url
TRUSTED_PROXIES=127.0.0.1,::1
CORS_ALLOWED_ORIGINS=$FRONT_END
CSRF_TRUSTED_ORIGINS=$FRONT_END
# smtp+tls://user:password@host:587; without it, no mail is sent
EMAIL_URL=
SETTINGS
}

migrate() {
    if [[ ! $DRY_RUN ]] && as_api "$PYTHON" manage.py showmigrations --plan | grep -q '\[X\]'; then
        say "A backup, before the database changes"
        as_api "$PYTHON" manage.py backup var/backups
    fi
    say "The tables"
    as_api "$PYTHON" manage.py migrate --verbosity 0
    as_api "$PYTHON" manage.py check --deploy --fail-level ERROR
}

install_proxy() {
    say "Caddy for $DOMAIN"
    [[ ! -f /etc/caddy/Caddyfile || -f /etc/caddy/Caddyfile.before-api ]] ||
        run cp /etc/caddy/Caddyfile /etc/caddy/Caddyfile.before-api
    sed "s/^api\.example\.com /$DOMAIN /" deploy/caddy/Caddyfile | write /etc/caddy/Caddyfile
    run caddy validate --config /etc/caddy/Caddyfile --adapter caddyfile
}

start() {
    say "The services"
    local units=(api.service api-streams.service api-prune.timer api-backup.timer caddy.service)
    run cp deploy/systemd/*.service deploy/systemd/*.timer /etc/systemd/system/
    if ! has_systemd && [[ ! $DRY_RUN ]]; then
        echo "systemd does not run here. Where it does: systemctl enable --now ${units[*]}"
        return 0
    fi
    run systemctl daemon-reload
    run systemctl enable --now "${units[@]}"
    run systemctl restart api api-streams
    run systemctl reload caddy
    run curl --fail --silent --show-error --retry 30 --retry-delay 1 --retry-connrefused --output /dev/null \
        http://127.0.0.1:8000/readyz
}

check
install_packages
create_user
install_python
create_database
write_settings
migrate
install_proxy
start
say "Done: https://$DOMAIN/api/docs"
echo "To create an admin: cd $ROOT && runuser --user=api -- .venv/bin/python manage.py createsuperuser"
