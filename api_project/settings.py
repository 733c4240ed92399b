"""Every setting that is not Django's default, from the environment where it differs between deployments."""

from datetime import timedelta
from typing import Any

from corsheaders.defaults import default_headers

from api_project import env as env
from api_project.log_config import LOGGING as LOGGING
from api_project.private_files import make_directory
from schema.settings import SPECTACULAR_SETTINGS as SPECTACULAR_SETTINGS

BASE_DIR = env.ROOT
VAR_DIR = BASE_DIR / "var"  # What the embedded defaults write.
make_directory(VAR_DIR)

DEBUG = env.boolean("DEBUG", default=False)
SECRET_KEY = env.text("SECRET_KEY", "an-insecure-key-for-development-only-0123456789" if DEBUG else "")
if len(SECRET_KEY) < 32:
    env.refuse("SECRET_KEY", "expected at least 32 random characters; see .env.example for a command that makes them")
SECRET_KEY_FALLBACKS = env.listed("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = env.listed("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])

INSTALLED_APPS = [
    "api_project.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "users",  # Before allauth, whose mails it words anew.
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.mfa",
    "allauth.usersessions",
    "api_project",
    "api_project.http",
    "posts",
    "schema",
]

MIDDLEWARE = [
    "api_project.http.middleware.request_log.RequestLogMiddleware",
    "api_project.http.middleware.unread_body.UnreadBodyMiddleware",
    "api_project.http.middleware.client_address.ClientAddressMiddleware",
    "api_project.http.middleware.canonical_path.CanonicalPathMiddleware",
    "api_project.http.middleware.response_cache.ResponseCacheMiddleware",
    "api_project.http.middleware.security_headers.SecurityHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "api_project.http.middleware.static_files.StaticFilesMiddleware",
    "api_project.http.middleware.head.HeadMiddleware",
    "api_project.http.middleware.compression.CompressionMiddleware",
    "api_project.http.middleware.language.LanguageMiddleware",
    "api_project.http.middleware.cache_control.CacheControlMiddleware",
    "api_project.http.middleware.problems.ProblemMiddleware",
    "api_project.admin_middleware.AdminInputMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "api_project.admin_middleware.AdminMessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
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
    # Writers queue up at BEGIN instead of failing when they upgrade a read lock; a commit survives power loss.
    "django.db.backends.sqlite3": {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000;",
    },
    # Nobody waits for long for a lock, nor for a process that holds one and hangs. What serves requests waits for less.
    "django.db.backends.postgresql": {
        "connect_timeout": 5,
        # A server that is gone without a word is given up after 11 seconds, not after the two hours of TCP.
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 11_000,
        # `db.execution` prepares what is worth it, and psycopg would forget all of that at each ROLLBACK. What is
        # prepared has one good plan, made so; PostgreSQL would plan some of it anew for each execution.
        "prepare_threshold": None,
        "options": "-c plan_cache_mode=force_generic_plan"
        " -c lock_timeout=3s -c idle_in_transaction_session_timeout=60s",
    },
}[DATABASES["default"]["ENGINE"]] | DATABASES["default"].get("OPTIONS", {})
DATABASES["default"]["ENGINE"] = DATABASES["default"]["ENGINE"].replace("django.db.backends", "api_project.db.backends")
# Each thread of the server keeps one: opening it takes longer than most requests' queries.
DATABASES["default"].setdefault("CONN_MAX_AGE", 600)
# Looked at once a request, so that no request fails for a connection that the server has closed since the last one.
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
            "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},  # Seconds; Redis' own is no limit.
        }
    }

# --- Who is who ---------------------------------------------------------------------------------

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
# allauth's own takes statements for known addresses only.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "users.reset_keys.ResetKeyGenerator"  # noqa: S105
ACCOUNT_RATE_LIMITS = False  # The API's own limits count exactly; allauth's do not.
ACCOUNT_EMAIL_NOTIFICATIONS = True  # Of changes to a password, an address or a second factor.
HEADLESS_ONLY = True
# Where links in mails lead. Without a front end they lead nowhere, and the mails say which calls to make instead.
FRONT_END = next((o for o in (*CSRF_TRUSTED_ORIGINS, *env.origins("CORS_ALLOWED_ORIGINS")) if "*" not in o), "")
HEADLESS_FRONTEND_URLS = {
    "account_signup": f"{FRONT_END}/account/signup",
    "account_confirm_email": f"{FRONT_END}/account/verify-email/{{key}}",
    "account_reset_password": f"{FRONT_END}/account/password/reset",
    "account_reset_password_from_key": f"{FRONT_END}/account/password/reset/key/{{key}}",
}
HEADLESS_TOKEN_STRATEGY = "users.auth.token_strategy.TokenStrategy"  # noqa: S105
ACCESS_TOKEN_LIFETIME = timedelta(minutes=5)
REFRESH_TOKEN_LIFETIME = timedelta(days=30)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]

# --- HTTP ---------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "users.auth.authentication.AccessTokenAuthentication",
        "users.auth.authentication.BrowserAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_RENDERER_CLASSES": ["api_project.http.representation.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "api_project.http.request.parsers.JSONParser",
        "api_project.http.request.parsers.MergePatchParser",
        "api_project.http.request.parsers.FormParser",
    ],
    "DEFAULT_SCHEMA_CLASS": "schema.auto_schema.AutoSchema",
    "EXCEPTION_HANDLER": "api_project.http.problems.handlers.exception_handler",
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%S.%fZ",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
API_PREFIXES = ("/api", "/.well-known/api-catalog", "/livez", "/readyz")  # Paths that follow the API's HTTP rules.
MAX_BODY_BYTES = DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
REQUIRE_IF_MATCH = env.boolean("REQUIRE_IF_MATCH", default=False)
RATE_LIMITS = {
    "anon": env.rate("RATE_LIMIT_ANON", "120/min"),
    "user": env.rate("RATE_LIMIT_USER", "600/min"),
    "sign-in": (10, 60),
    "sign-up": (10, 60),
    "password-reset": (10, 60),
    "guesses": (100, 3600),
}
COUNTERS_PATH = VAR_DIR / "counters.sqlite3"  # Unless CACHE_URL names a shared place to count in.
CSRF_FAILURE_VIEW = "api_project.http.problems.handlers.csrf_failure"

CORS_ALLOWED_ORIGINS = env.origins("CORS_ALLOWED_ORIGINS")
CORS_ALLOW_CREDENTIALS = True
CORS_URLS_REGEX = r"^/(api/|\.well-known/api-catalog|livez|readyz)"  # The admin is nobody else's.
CORS_ALLOW_HEADERS = (
    *default_headers,
    "if-match",
    "if-none-match",
    "idempotency-key",
    "x-request-id",
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
SECURE_SSL_REDIRECT = False  # The proxy in front redirects; a JSON client is better refused than redirected.
# Nor `preload`: browsers' lists, which take months to leave, are joined on purpose or not at all.
SILENCED_SYSTEM_CHECKS = ["security.W008", "security.W021"]
SECURE_HSTS_SECONDS = 0 if DEBUG else int(timedelta(days=365).total_seconds())
SECURE_HSTS_INCLUDE_SUBDOMAINS = not DEBUG
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

EMAIL_CONFIG = env.email("EMAIL_URL", "consolemail://" if DEBUG else "dummymail://")
globals().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.sender(EMAIL_CONFIG, f"no-reply@{ALLOWED_HOSTS[0].lstrip('.')}")
EMAIL_TIMEOUT = 5  # Mail is sent while the client waits.

STATIC_URL = "/static/"
STORAGES = {"staticfiles": {"BACKEND": "api_project.http.middleware.static_files.VersionedStorage"}}
WHITENOISE_USE_FINDERS = True  # The few files there are, from where they are installed: nothing to collect.

LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "api_project" / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"
