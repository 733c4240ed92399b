"""All settings that differ from Django's defaults. Those that differ between deployments come from the environment."""

from datetime import timedelta
from typing import Any

from corsheaders.defaults import default_headers

from api_project import env as env
from api_project import sign_in_settings
from api_project.log_config import LOGGING as LOGGING
from api_project.metrics import settings as metrics
from api_project.private_files import make_directory
from schema.settings import SPECTACULAR_SETTINGS as SPECTACULAR_SETTINGS

BASE_DIR = env.ROOT
VAR_DIR = BASE_DIR / "var"  # The SQLite files of the embedded defaults.
make_directory(VAR_DIR)

DEBUG = env.boolean("DEBUG", default=False)
SECRET_KEY = env.text("SECRET_KEY", "an-insecure-key-for-development-only-0123456789" if DEBUG else "")
if len(SECRET_KEY) < 32:
    env.refuse(
        "SECRET_KEY",
        f"{'shorter than 32 characters' if SECRET_KEY else 'not set'}. In development, DEBUG=true in .env is enough"
        " (`make serve` writes it). In production, put a random key into .env or the environment; to make one:"
        ' python3 -c "import secrets; print(secrets.token_urlsafe(48))"',
    )
SECRET_KEY_FALLBACKS = env.listed("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = env.listed("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
others = sign_in_settings.read(debug=DEBUG)  # Lower-case: no setting, so that `diffsettings` does not print it twice.

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "users",  # Before allauth, so that our templates replace its mails.
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.mfa",
    "allauth.usersessions",
    *others.apps,
    "api_project",
    "api_project.apps.AdminConfig",  # After api_project, so that our templates replace its pages.
    "api_project.http",
    "posts",
    "posts.comments",
    "users.tokens",
    "schema",
    "api_project.journal",  # Last: when an account closes, it erases what the others have recorded of that.
]

MIDDLEWARE = [
    "api_project.http.middleware.request_log.RequestLogMiddleware",
    "api_project.http.middleware.unread_body.UnreadBodyMiddleware",
    "api_project.http.middleware.client_address.ClientAddressMiddleware",
    "api_project.http.middleware.canonical_path.CanonicalPathMiddleware",
    "api_project.http.middleware.response_cache.ResponseCacheMiddleware",
    "api_project.http.middleware.security_headers.SecurityHeadersMiddleware",
    "api_project.http.middleware.cross_origin.CrossOriginMiddleware",
    "api_project.http.middleware.static_files.StaticFilesMiddleware",
    "api_project.http.middleware.head.HeadMiddleware",
    "api_project.http.middleware.compression.CompressionMiddleware",
    "api_project.http.middleware.language.LanguageMiddleware",
    "api_project.http.middleware.pages.PageMiddleware",
    "api_project.http.middleware.cache_control.CacheControlMiddleware",
    "api_project.http.middleware.problems.ProblemMiddleware",
    "api_project.journal.middleware.JournalMiddleware",
    "api_project.http.middleware.browsers.BrowserMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
METRICS_TOKEN = metrics.read_token()
METRICS_DIRECTORY = VAR_DIR / "metrics"
if METRICS_TOKEN:
    MIDDLEWARE.insert(0, metrics.MIDDLEWARE)
# What BrowserMiddleware runs, for pages, for signing in and for requests with cookies.
BROWSER_MIDDLEWARE = [
    "api_project.admin_middleware.AdminInputMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "api_project.http.request.csrf.CsrfMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "api_project.admin_middleware.AdminMessageMiddleware",
]

ROOT_URLCONF = "api_project.urls"
WSGI_APPLICATION = "api_project.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- Data ---------------------------------------------------------------------------------------

DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{VAR_DIR}/db.sqlite3")}
DATABASES["default"]["OPTIONS"] = {
    # IMMEDIATE: writers wait at BEGIN, instead of failing when they upgrade a read lock. FULL: a commit survives a
    # power failure.
    "django.db.backends.sqlite3": {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000;",
    },
    # Limit the wait for locks, and the time for which a hanging process can hold one. `api_project.wsgi` sets
    # shorter limits for requests.
    "django.db.backends.postgresql": {
        "connect_timeout": 5,
        # Give up an unreachable server after 11 seconds, instead of TCP's two hours.
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 11_000,
        # `api_project.db` prepares statements itself, because psycopg discards its own at each ROLLBACK. It
        # prepares only statements with one good plan, so force the generic plan: PostgreSQL would plan some of them for
        # each execution.
        "prepare_threshold": None,
        "options": "-c plan_cache_mode=force_generic_plan"
        " -c lock_timeout=3s -c idle_in_transaction_session_timeout=60s",
    },
}[DATABASES["default"]["ENGINE"]] | DATABASES["default"].get("OPTIONS", {})
DATABASES["default"]["ENGINE"] = DATABASES["default"]["ENGINE"].replace("django.db.backends", "api_project.db.backends")
# Each thread of the server reuses its connection: connecting takes longer than most requests' queries.
DATABASES["default"].setdefault("CONN_MAX_AGE", 600)
# Check the connection once per request, so that no request fails because the server has closed it.
DATABASES["default"].setdefault("CONN_HEALTH_CHECKS", True)
if env.text("DATABASE_REPLICA_URL", ""):
    DATABASES["replica"] = {"TEST": {"MIRROR": "default"}} | env.replica("DATABASE_REPLICA_URL", DATABASES["default"])
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHE_URL = env.text("CACHE_URL", "")
CACHES: dict[str, Any] = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
if CACHE_URL:
    if not CACHE_URL.startswith(("redis://", "rediss://", "unix://")):
        env.refuse("CACHE_URL", "expected redis://host:port/0, or nothing for the embedded default")
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": CACHE_URL,
            "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},  # Seconds. By default, it waits forever.
        }
    }

# --- Accounts and sign-in -----------------------------------------------------------------------

AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["users.auth.hashers.PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "email", "display_name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
SESSION_ENGINE = "users.auth.sessions"
SESSION_COOKIE_AGE = int(timedelta(days=30).total_seconds())
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
CSRF_TRUSTED_ORIGINS = env.origins("CSRF_TRUSTED_ORIGINS")
CSRF_COOKIE_DOMAIN = env.text("CSRF_COOKIE_DOMAIN", "") or None

ACCOUNT_ADAPTER = "users.auth.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_EMAIL_VERIFICATION = env.choice("EMAIL_VERIFICATION", "optional", ["none", "optional", "mandatory"])
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_CHANGE_EMAIL = True
# allauth's generator queries only for known addresses, so its response time would reveal them.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "users.reset_keys.ResetKeyGenerator"  # noqa: S105
ACCOUNT_RATE_LIMITS = False  # The API's throttles count exactly; allauth's do not.
ACCOUNT_EMAIL_NOTIFICATIONS = True  # Mails about a changed password, address or second factor.
HEADLESS_ONLY = True
# Links in mails lead here. Without a front end, mails contain no links but show the API calls.
FRONT_END = next((o for o in (*CSRF_TRUSTED_ORIGINS, *env.origins("CORS_ALLOWED_ORIGINS")) if "*" not in o), "")
HEADLESS_FRONTEND_URLS = {
    "account_signup": f"{FRONT_END}/account/signup",
    "account_confirm_email": f"{FRONT_END}/account/verify-email/{{key}}",
    "account_reset_password": f"{FRONT_END}/account/password/reset",
    "account_reset_password_from_key": f"{FRONT_END}/account/password/reset/key/{{key}}",
    # If a provider sends a browser back that has lost its session, and with it the page at which it would go on.
    "socialaccount_login_error": f"{FRONT_END}/account/provider/callback" if FRONT_END else "/api/sign-in",
}
HEADLESS_TOKEN_STRATEGY = "users.auth.token_strategy.TokenStrategy"  # noqa: S105
ACCESS_TOKEN_LIFETIME = timedelta(minutes=5)
REFRESH_TOKEN_LIFETIME = timedelta(days=30)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", *others.authenticators]
MFA_ADAPTER = others.mfa_adapter
MFA_PASSKEY_LOGIN_ENABLED = True  # If `webauthn` is supported.
# For second factors, too: a session could answer the challenge of one by signing in to another account.
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_RATE_LIMITS = False
SOCIALACCOUNT_PROVIDERS = others.providers
SOCIALACCOUNT_ADAPTER = "users.auth.providers.adapter.ProviderAdapter"
SOCIALACCOUNT_REAUTHENTICATION_REQUIRED = True  # A thief of a session must not add a sign-in of their own.

# --- The journal --------------------------------------------------------------------------------

# Days for which a deleted resource can be restored, and for which the journal has its entries (0: for ever).
TRASH_DAYS = env.integer("TRASH_DAYS", 30, minimum=0, maximum=36500)
JOURNAL_DAYS = env.integer("JOURNAL_DAYS", 90, minimum=0, maximum=36500)

# --- HTTP ---------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "users.auth.authentication.BearerAuthentication",
        "users.auth.authentication.BrowserAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_RENDERER_CLASSES": ["api_project.http.representation.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "api_project.http.request.parsers.JSONParser",
        "api_project.http.request.parsers.MergePatchParser",
        "api_project.http.request.form_parser.FormParser",
    ],
    "DEFAULT_SCHEMA_CLASS": "schema.auto_schema.AutoSchema",
    "EXCEPTION_HANDLER": "api_project.http.problems.handlers.exception_handler",
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%S.%fZ",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
API_PREFIXES = ("/api", "/feeds", "/.well-known/api-catalog", "/livez", "/readyz")  # Paths under the API's HTTP rules.
MAX_BODY_BYTES = DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
ACCESS_SCOPES = ("posts", "account")  # Each stands for a scope to read and one to write: see http/permissions.py.
POST_URL = env.url_with("POST_URL", "{slug}")  # The page of a post, for feeds. Empty: the post in this API.
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
REQUIRE_IF_MATCH = env.boolean("REQUIRE_IF_MATCH", default=False)
RATE_LIMITS = {
    "anon": env.rate("RATE_LIMIT_ANON", "120/min"),
    "user": env.rate("RATE_LIMIT_USER", "600/min"),
    "sign-in": (10, 60),
    "sign-up": (10, 60),
    "password-reset": (10, 60),
    "guesses": (100, 3600),
    "preview": (240, 60),  # Of a post that is being written in the admin; the page asks at most 150 times a minute.
}
COUNTERS_PATH = VAR_DIR / "counters.sqlite3"  # The throttles' counters, unless CACHE_URL names a Redis.
CSRF_FAILURE_VIEW = "api_project.http.problems.handlers.csrf_failure"

CORS_ALLOWED_ORIGINS = env.origins("CORS_ALLOWED_ORIGINS")
# In development, pages of other servers on this machine may call the API with cookies. `check --deploy` refuses it.
LOCAL_ORIGINS = r"http://(localhost|127\.0\.0\.1)(:[0-9]{1,5})?\Z"
CORS_ALLOWED_ORIGIN_REGEXES = CSRF_TRUSTED_ORIGIN_REGEXES = [LOCAL_ORIGINS] if DEBUG else []
CORS_ALLOW_CREDENTIALS = True
CORS_URLS_REGEX = r"^/(api/|feeds/|\.well-known/api-catalog|livez|readyz)"  # Not the admin.
CORS_ALLOW_HEADERS = (
    *default_headers,
    "if-match",
    "if-none-match",
    "idempotency-key",
    "x-request-id",
    "traceparent",  # Pages that trace their requests send it, and may send `tracestate`.
    "tracestate",
    "x-session-token",
    "x-email-verification-key",
    "x-password-reset-key",
)
CORS_EXPOSE_HEADERS = (
    "ETag",
    "Location",
    "Link",
    "Allow",
    "Retry-After",
    "RateLimit",
    "RateLimit-Policy",
    "WWW-Authenticate",
    "Idempotency-Replayed",
    "X-Request-ID",
)

if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# W008: the proxy redirects to HTTPS, not Django. W021: `preload` enters a domain in the lists of browsers, and leaving
# them takes months. The operator has to decide that.
SECURE_SSL_REDIRECT = False
# The others look for Django's classes in MIDDLEWARE. SecurityHeadersMiddleware stands for SecurityMiddleware (W001) and
# XFrameOptionsMiddleware (W002). BROWSER_MIDDLEWARE has what cookies (W003) and the admin (E408 to E410) need.
SILENCED_SYSTEM_CHECKS = [
    *("security.W001", "security.W002", "security.W003", "security.W008", "security.W021"),
    *("admin.E408", "admin.E409", "admin.E410"),
]
SECURE_HSTS_SECONDS = 0 if DEBUG else int(timedelta(days=365).total_seconds())
SECURE_HSTS_INCLUDE_SUBDOMAINS = not DEBUG
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

EMAIL_CONFIG = env.email("EMAIL_URL", "consolemail://" if DEBUG else "dummymail://")
globals().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.sender(EMAIL_CONFIG, f"no-reply@{ALLOWED_HOSTS[0].lstrip('.')}")
EMAIL_TIMEOUT = 5  # Seconds. The client waits while mail is sent.

STATIC_URL = "/static/"
STORAGES = {"staticfiles": {"BACKEND": "api_project.http.middleware.static_files.VersionedStorage"}}
WHITENOISE_USE_FINDERS = True  # Serve the few static files from their packages, without `collectstatic`.

LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "api_project" / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"
