"""Django's settings, derived from the table in `environment.py`: to change a value, set the environment."""

import sys
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from tearoff.config import environment, keys
from tearoff.kit import postgres

try:
    _values = environment.read()
except environment.WrongSettings as wrong:
    sys.exit("Tearoff cannot start:\n" + "\n".join(f"- {problem}" for problem in wrong.problems))

# Every row of the table by its name; what each means stands there.
TEAROFF_DATA: Path = _values["TEAROFF_DATA"]
TEAROFF_POSTGRES_BIN: Path | None = _values["TEAROFF_POSTGRES_BIN"]
TEAROFF_BASE_URL: str = _values["TEAROFF_BASE_URL"]
TEAROFF_SECRET_KEY: str = _values["TEAROFF_SECRET_KEY"] or keys.secret_key(TEAROFF_DATA)
TEAROFF_ADMIN_PATH: str = _values["TEAROFF_ADMIN_PATH"]
TEAROFF_OUTBOUND_ALLOW: tuple[environment.Network, ...] = _values["TEAROFF_OUTBOUND_ALLOW"]
TEAROFF_TRUSTED_PROXIES: tuple[environment.Network, ...] = _values["TEAROFF_TRUSTED_PROXIES"]
TEAROFF_SMTP_URL: environment.MailServer | None = _values["TEAROFF_SMTP_URL"]
TEAROFF_MAIL_FROM: str = _values["TEAROFF_MAIL_FROM"]
TEAROFF_PUSH_KEY: str = _values["TEAROFF_PUSH_KEY"]
TEAROFF_PUSH_CONTACT: str = _values["TEAROFF_PUSH_CONTACT"]
TEAROFF_FORBID_PLAIN_HTTP_WEBHOOKS: bool = _values["TEAROFF_FORBID_PLAIN_HTTP_WEBHOOKS"]
TEAROFF_ERROR_HTTP_STATUS: str = _values["TEAROFF_ERROR_HTTP_STATUS"]
TEAROFF_RATE_LIMIT_PER_KEY: int = _values["TEAROFF_RATE_LIMIT_PER_KEY"]
TEAROFF_FRAME_ANCESTORS: str = _values["TEAROFF_FRAME_ANCESTORS"]
TEAROFF_PREPARED_STATEMENTS: bool = _values["TEAROFF_PREPARED_STATEMENTS"]
TEAROFF_WEB_WORKERS: int = _values["TEAROFF_WEB_WORKERS"]
TEAROFF_TEST_CLOCK: Path | None = _values["TEAROFF_TEST_CLOCK"]

SECRET_KEY = TEAROFF_SECRET_KEY
DEBUG = False
ALLOWED_HOSTS = ["*"]  # any Host is answered; absolute addresses come from TEAROFF_BASE_URL only
APPEND_SLASH = False  # an address with a slash too few is unknown; a redirect would turn a POST into a GET

ROOT_URLCONF = "tearoff.config.urls"
WSGI_APPLICATION = "tearoff.config.wsgi.application"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",  # carries htmx as a static file; nothing else of it is used
    "tearoff.activity",
    "tearoff.accounts",
    "tearoff.campaigns",
    "tearoff.coupons",
    "tearoff.messaging",
    "tearoff.loyalty",
    "tearoff.directories",
    "tearoff.webhooks",
    "tearoff.wallet",
    "tearoff.statistics",
    "tearoff.api",
    "tearoff.pages",
    "tearoff.till",
    "tearoff.dashboard",
]

# The full list, for the dashboard's lane only. The API and the consumer's pages never come here (wsgi.py).
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "tearoff.config.headers.ContentSecurityPolicy",
    "tearoff.config.uploads.LargestUpload",
    "tearoff.config.compression.CompressedStatics",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

# The database


def _database(url: str) -> dict[str, Any]:
    """Django's form of a database address. What Django has no word for (sslmode and the like) goes to psycopg as it is.

    The time limits keep one stuck request from holding a row for ever; PgBouncer does not let them through at connect.
    Statements are prepared from the fifth use on (Django alone: never); a seldom one is not worth the memory.
    """
    parts = conninfo_to_dict(url)
    name, user, password, host, port = (
        str(parts.pop(key, "")) for key in ("dbname", "user", "password", "host", "port")
    )
    options: dict[str, Any] = dict(parts)
    options.setdefault("application_name", "tearoff")
    options.setdefault("connect_timeout", "5")  # seconds; a host that is down must not hold a web thread for minutes
    options["prepare_threshold"] = 5 if TEAROFF_PREPARED_STATEMENTS else None
    if TEAROFF_PREPARED_STATEMENTS:
        options["options"] = f"{parts.get('options', '')} {TIME_LIMITS}".strip()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": user,
        "PASSWORD": password,
        "HOST": host,
        "PORT": port,
        "OPTIONS": options,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,  # once per request of Django's lane; the short lanes look at the socket (wsgi.py)
        "DISABLE_SERVER_SIDE_CURSORS": not TEAROFF_PREPARED_STATEMENTS,
        "ATOMIC_REQUESTS": False,
    }


TIME_LIMITS = "-c lock_timeout=3s -c statement_timeout=30s -c idle_in_transaction_session_timeout=30s"
DATABASE_URL: str = _values["DATABASE_URL"] or postgres.address(TEAROFF_DATA)
DATABASES = {"default": _database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Who is who

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", "tearoff.accounts.bylink.ByLink"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "admin:login"

_https = TEAROFF_BASE_URL.startswith("https:")
CSRF_TRUSTED_ORIGINS = [TEAROFF_BASE_URL]  # behind a proxy that ends TLS, Origin says https while we are asked by http
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024  # own validation codes are pasted as one long list

# Mails to account owners

DEFAULT_FROM_EMAIL = SERVER_EMAIL = TEAROFF_MAIL_FROM
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if TEAROFF_SMTP_URL else 'console'}.EmailBackend"
if TEAROFF_SMTP_URL:
    EMAIL_HOST = TEAROFF_SMTP_URL.host
    EMAIL_PORT = TEAROFF_SMTP_URL.port
    EMAIL_HOST_USER = TEAROFF_SMTP_URL.user
    EMAIL_HOST_PASSWORD = TEAROFF_SMTP_URL.password
    EMAIL_USE_TLS = TEAROFF_SMTP_URL.tls == "start"
    EMAIL_USE_SSL = TEAROFF_SMTP_URL.tls == "whole"

# Words, pictures, pages

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"

STATIC_URL = "/static/"
MEDIA_URL = "/media/"
MEDIA_ROOT = str(TEAROFF_DATA / "media")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "tearoff.config.static.VersionedFiles"},
}
WHITENOISE_USE_FINDERS = True  # files are served from the packages they lie in: no collecting step to forget
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 86_400

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": True,
        "OPTIONS": {"environment": "tearoff.pages.environment.environment"},
    },
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
    },
]

# To the terminal, one line each; systemd or a container keeps them. Session codes are in addresses: no access log.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"terminal": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["terminal"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.request": {"level": "ERROR"},
        "django.security": {"level": "ERROR"},
    },
}
