"""Settings of every installation; what differs between machines comes from the environment (README)."""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import conninfo_to_dict

from config import embedded, keys

BASE_DIR = Path(__file__).resolve().parent.parent
STATE = embedded.state_dir()
# Where the loan core drops its deliveries, and the public keys that it may sign them with (docs/feed.md).
FEED_FOLDER = Path(os.environ.get("AFTERCARE_FEED_FOLDER") or STATE / "feed")
FEED_KEYS = Path(os.environ.get("AFTERCARE_FEED_KEYS") or STATE / "keys" / "feed.json")
# Sealed files that wait to be read; where several machines work, a folder that all of them share.
UPLOADS = Path(os.environ.get("AFTERCARE_UPLOADS") or STATE / "uploads")
# Who signs a payoff certificate, and where the public verifies it; empty: the source's name, this site.
LENDER = os.environ.get("AFTERCARE_LENDER", "")
VERIFY_AT = os.environ.get("AFTERCARE_VERIFY_AT", "")

# A demo on this machine speaks plain HTTP; everything else is HTTPS or nothing.
PLAIN_HTTP = os.environ.get("AFTERCARE_PLAIN_HTTP") == "1"

# By which street messages reach borrowers (docs/messages.md): file, smtp, https; empty, they wait.
MESSAGES = {
    "gateway": os.environ.get("AFTERCARE_MESSAGES", "file" if PLAIN_HTTP else ""),
    "folder": os.environ.get("AFTERCARE_MESSAGES_FOLDER") or STATE / "messages",
    "url": os.environ.get("AFTERCARE_MESSAGES_URL", ""),
    "secret": os.environ.get("AFTERCARE_MESSAGES_SECRET", ""),
    "mail_to": os.environ.get("AFTERCARE_MESSAGES_MAIL_TO", "{phone}@139.com"),
    "mail_from": os.environ.get("AFTERCARE_MESSAGES_MAIL_FROM", "noreply@localhost"),
}
EMAIL_HOST = os.environ.get("AFTERCARE_SMTP_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("AFTERCARE_SMTP_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("AFTERCARE_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("AFTERCARE_SMTP_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("AFTERCARE_SMTP_TLS", "" if PLAIN_HTTP else "1") == "1"
# Under which address borrowers find the public pages; without it no survey is sent, for its link led nowhere.
PUBLIC_AT = os.environ.get("AFTERCARE_PUBLIC_AT", "").rstrip("/")

SECRET_KEY = keys.secret_key(STATE / "keys")
FIELD_KEYS = keys.keyring(STATE / "keys")
DEBUG = False
ALLOWED_HOSTS = os.environ.get("AFTERCARE_HOSTS", "127.0.0.1,localhost").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("AFTERCARE_ORIGINS", "").split(",") if o]

INSTALLED_APPS = [
    "config.apps.AdminApp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_tables2",
    "django_filters",
    "django_htmx",
    "django_celery_beat",
    "lucide",
    "axes",
    "csp",
    # Last, so that our admin can replace what the packages registered.
    "servicing",
    "reviews",
    "feedback",
    "config.apps.ConfigApp",
]

MIDDLEWARE = [
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "servicing.pages.ChosenLanguage",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "servicing.pages.SteadySettings",
    "servicing.pages.SessionLimits",
    "servicing.pages.RightRequired",
    # Inside the doors above, so that its redirect to the address with a slash is not kept by a cache either.
    "django.middleware.common.CommonMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.pages.shell.context",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
DJANGO_TABLES2_TEMPLATE = "_parts/table.html"

# --- Databases: two roles on one database; only `migrate` uses the owner ------------------------------

# A pooler that gives each transaction another session knows nothing of what was prepared in the one before,
# nor of a cursor that was opened there.
BEHIND_POOLER = os.environ.get("AFTERCARE_BEHIND_POOLER") == "1"


def database(url):
    """Django's description of a libpq URL; a host may be a folder of Unix sockets."""
    parts = conninfo_to_dict(url)
    options = {k: v for k, v in parts.items() if k not in {"dbname", "user", "password", "host", "port"}}
    if not BEHIND_POOLER:  # which knows of no such options
        options["options"] = (
            f"{options.get('options', '')} -c idle_in_transaction_session_timeout=120s".strip()
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ.get("AFTERCARE_DB") or parts.get("dbname", ""),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": str(parts.get("port", "")),
        # What a cursor asks to have prepared is prepared at once.
        "OPTIONS": options | {"prepare_threshold": None if BEHIND_POOLER else 0},
        "DISABLE_SERVER_SIDE_CURSORS": BEHIND_POOLER,
        # To open one costs more than most of what is asked over it; each user asks first whether it is well.
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }


URLS = embedded.database_urls()
DATABASES = {"default": database(URLS["site"]), "owner": database(URLS["owner"])}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- The broker: a hint, never the truth ---------------------------------------------------------------

if REDIS_URL := os.environ.get("REDIS_URL", ""):
    CELERY_BROKER_URL = REDIS_URL
else:
    REDIS_URL = f"unix://{quote(str(embedded.redis_socket()))}?db=0"
    CELERY_BROKER_URL = f"redis+socket://{quote(str(embedded.redis_socket()))}?virtual_host=0"

CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 300
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Above every limit. What a lost worker leaves the beat takes up long before.
    "visibility_timeout": 4000,
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_BEAT_SCHEDULER = "config.beat.Scheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
# So that the schedule page shows when an entry really ran last.
CELERY_BEAT_SYNC_EVERY = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# A lower app nudges an upper one by a name from here, so that it never imports it.
NUDGES = {
    "feed": "servicing.tasks.feed_work",
    "import": "servicing.tasks.import_work",
    "messages": "servicing.tasks.message_work",
    "rejudge": "reviews.tasks.rejudge",
    "recheck": "reviews.tasks.recheck_work",
    "edition": "reviews.tasks.recheck_tonight",
    "tiers": "feedback.tasks.judge_tiers",
    "campaigns": "feedback.tasks.draw_campaigns",
    "objections": "feedback.tasks.follow_objections",
}

# What may wait for a second person. Each of any app, so that the desk of the lowest serves them all.
APPROVALS = (
    "reviews.actions.rules.KIND",
    "reviews.actions.scoring.KIND",
    "feedback.actions.responses.EXTENSION",
    "servicing.actions.bureau.END",
    "servicing.actions.exports.EXPORT",
    "servicing.actions.intake.mending.KIND",
    "servicing.actions.intake.undoing.KIND",
    "servicing.actions.controls.roles.ROLE",
    "servicing.actions.controls.thresholds.THRESHOLD",
    "servicing.actions.processing.LIFT",
    "feedback.actions.loyalty.tiers.KIND",
    "feedback.actions.loyalty.campaigns.KIND",
    "feedback.actions.loyalty.holds.KIND",
)
# How files come in, and which column takes their rows: the owner that a layout names.
LAYOUTS = ("servicing.domain.intake.LAYOUTS", "feedback.domain.imports.LAYOUTS")
TAKERS = {
    "archive": "servicing.actions.intake.ranges.TAKER",
    "external": "servicing.actions.intake.observations.TAKER",
    "responses": "feedback.actions.imports.TAKER",
}
# Runs that end without the few borrowers who alone make them fail: how a part is cut in two, and who hears of
# one that is set aside.
ISOLATES = {"recheck": "reviews.actions.recheck.isolation"}
# What upper apps know that keeps a queued message from leaving; asked as it is claimed.
MESSAGE_STOPS = ("feedback.actions.loyalty.stops", "feedback.actions.surveys.stops")
# What upper apps made of borrowers by machine alone; asked when an import is taken back: see `undoing`.
FORGETS = ("reviews.actions.recheck.forget", "feedback.actions.loyalty.forget")
MAY_FORGET = ("reviews.actions.recheck.may_forget", "feedback.actions.loyalty.may_forget")

# --- People -------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "servicing.Staff"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 15},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "today"
LOGOUT_REDIRECT_URL = "sign-in"

AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_CLIENT_IP_CALLABLE = "servicing.pages.client_address"
# A pair, so that a stranger who guesses elsewhere cannot lock the right person out.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
AXES_ENABLE_ADMIN = False
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "session" if PLAIN_HTTP else "__Host-session"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_IDLE_LIMIT = 15 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = not PLAIN_HTTP
SECURE_HSTS_SECONDS = 0 if PLAIN_HTTP else 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not PLAIN_HTTP
BEHIND_PROXY = os.environ.get("AFTERCARE_BEHIND_PROXY") == "1"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        # The hash is the one style that plotly.js sets without a nonce (its unused map).
        "style-src": [SELF, NONCE, "'sha256-ji27qzEtxXZW+7dun6UwjHXJ18e6WAin1VvNtkzIE/o='"],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    },
}

# --- Words, dates, files --------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "static/"
STATIC_ROOT = STATE / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "config.finders.PackageFinder",
]
PACKAGE_STATIC = {"vendor/plotly": ("plotly", "package_data", ["plotly.min.js"])}
WHITENOISE_USE_FINDERS = PLAIN_HTTP
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if PLAIN_HTTP
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Files are sealed as they arrive; no temporary folder ever holds one in plain text.
FILE_UPLOAD_HANDLERS = ["servicing.pages.uploads.SealedUpload"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "class": "config.logs.Line",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"django.request": {"level": "ERROR"}, "axes": {"level": "ERROR"}},
}
