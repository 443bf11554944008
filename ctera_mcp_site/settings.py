"""Environment to Django settings; the only module that reads the environment. Problems are reported by `checks.py`."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import environ

from ctera_mcp_site import environment as parse
from ctera_mcp_site import navigation
from ctera_mcp_site.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
ENV_FILE = Path(os.environ.get("ENV_FILE", BASE_DIR / ".env"))
ENV_FILE_VARIABLES = {}
if ENV_FILE.is_file():
    before = set(os.environ)
    environ.Env.read_env(ENV_FILE)
    ENV_FILE_VARIABLES = dict.fromkeys(set(os.environ) - before, "")

ENVIRONMENT = parse.Environment(os.environ)
read, require = ENVIRONMENT.read, ENVIRONMENT.require

# Django itself
DEBUG = read("DEBUG", parse.boolean, default=False, number="001")
SECRET_KEY = require("SECRET_KEY", parse.secret_key, placeholder="unset" * 12, number="002", secret=True)
PUBLIC_URL = read("PUBLIC_URL", parse.secure_base_url, default="http://localhost:10000", number="003")
PUBLIC_HOST = urlsplit(PUBLIC_URL).hostname or "localhost"
ALLOWED_HOSTS = read("ALLOWED_HOSTS", parse.hosts, default=[PUBLIC_HOST], number="004")
DATABASE_URL = read(
    "DATABASE_URL",
    parse.database_url,
    default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}",
    number="005",
    secret=True,
)

# Scalekit
SCALEKIT_ENVIRONMENT_URL = require(
    "SCALEKIT_ENVIRONMENT_URL", parse.secure_base_url, placeholder="https://unset.invalid", number="010"
)
SCALEKIT_RESOURCE_ID = (
    read("SCALEKIT_AUDIENCE_NAME", parse.resource_id, default="", number="011")
    if os.environ.get("SCALEKIT_AUDIENCE_NAME") and not os.environ.get("SCALEKIT_RESOURCE_ID")
    else require("SCALEKIT_RESOURCE_ID", parse.resource_id, placeholder="", number="011")
)

# Secrets of our own
CREDENTIAL_KEYS: list[str] = require("CREDENTIAL_KEYS", parse.fernet_keys, placeholder=[], number="012", secret=True)
AUDIT_KEYS: list[str] = read("AUDIT_KEYS", parse.audit_keys, default=[], number="013", secret=True)
AUDIT_CHECKPOINT_FILE = read("AUDIT_CHECKPOINT_FILE", parse.absolute_file, default="", number="014")

# The data plane
ALLOWED_ORIGINS: list[str] = read("ALLOWED_ORIGINS", parse.origins, default=[], number="020")
TRUSTED_PROXIES: list[str] = read("TRUSTED_PROXIES", parse.networks, default=[], number="021")
EXPLAIN_TO_CALLER = read("EXPLAIN_TO_CALLER", parse.choice("id", "reason", "policy"), default="reason", number="022")
READ_LIMIT = read("READ_LIMIT", parse.whole(1024, 16 * 1024 * 1024), default=1024 * 1024, number="023")
POLICY_MAX_STALENESS = read("POLICY_MAX_STALENESS", parse.whole(1, 3600), default=60, number="024")
RATE_LIMIT_STORAGE = read(
    "RATE_LIMIT_STORAGE", parse.rate_limit_storage, default="memory://", number="025", secret=True
)
INSUFFICIENT_SCOPE = read("INSUFFICIENT_SCOPE", parse.choice("http", "tool_error"), default="http", number="026")
LIST_STEP_UP_TOOLS = read("LIST_STEP_UP_TOOLS", parse.boolean, default=False, number="027")
UPLOAD_LIMIT = read("UPLOAD_LIMIT", parse.whole(1024, 2 * 1024 * 1024), default=1024 * 1024, number="028")
LINK_MINUTES = read("LINK_MINUTES", parse.whole(1, 60), default=10, number="054")
LINK_UPLOAD_LIMIT = read("LINK_UPLOAD_LIMIT", parse.whole(1024, 2**40), default=5 * 1024**3, number="052")
TRANSFER_TIMEOUT = read("TRANSFER_TIMEOUT", parse.whole(10, 86_400), default=3600, number="053")
OPERATION_WAIT = read("OPERATION_WAIT", parse.whole(1, 300), default=20, number="029")
PORTAL_PROBE_SECONDS = read("PORTAL_PROBE_SECONDS", parse.zero_or(5, 86_400), default=60, number="055")

# The process
LOG_LEVEL = read("LOG_LEVEL", parse.choice("DEBUG", "INFO", "WARNING", "ERROR"), default="INFO", number="030")
LOG_FORMAT = read("LOG_FORMAT", parse.choice("console", "json"), default="console", number="031")
HOST = read("HOST", parse.listen_host, default="127.0.0.1", number="032")
PORT = read("PORT", parse.port, default=10000, number="033")
WORKERS = read("WORKERS", parse.workers, default=1, number="034")
METRICS_TOKEN = read("METRICS_TOKEN", parse.metrics_token, default="", number="050", secret=True)
METRICS_DIR = read("METRICS_DIR", parse.absolute_path, default="", number="051")

ENVIRONMENT_PROBLEMS = ENVIRONMENT.problems
UNKNOWN_VARIABLES = sorted(
    set(ENV_FILE_VARIABLES) - ENVIRONMENT.known - {"SCALEKIT_AUDIENCE_NAME", "SCALEKIT_RESOURCE_ID"}
)

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "simple_history",
    "axes",
    "ninja",
    "tools.apps.ToolsConfig",
    "oauth.apps.OAuthConfig",
    "ctera_mcp_site.apps.SiteConfig",
]
MIDDLEWARE = [
    "ctera_mcp_site.browser_doors.BrowserRules",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "ctera_mcp_site.urls"
ASGI_APPLICATION = "ctera_mcp_site.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "ctera_mcp_site" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
DATABASES = {"default": parse.database_config(environ.Env.db_url_config(DATABASE_URL))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
LOGGING = logging_config(level=LOG_LEVEL, form=LOG_FORMAT)
DEFAULT_EXCEPTION_REPORTER_FILTER = "ctera_mcp_site.redaction.ReporterFilter"

# What a browser may do follows from PUBLIC_URL alone.
IS_HTTPS = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = [
    f"{'__Host-' if IS_HTTPS else ''}{name}" for name in ("sessionid", "csrftoken")
]
SESSION_COOKIE_AGE = 8 * 3600
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "ctera_mcp_site.sign_in.locked_out"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "csrfmiddlewaretoken", "token", "access_token"]
AXES_ENABLE_ADMIN = False
SIMPLE_HISTORY_HISTORY_ID_USE_UUID = False
UNFOLD = {
    "SITE_TITLE": "CTERA MCP Governor",
    "SITE_HEADER": "CTERA MCP Governor",
    "SITE_SUBHEADER": "Who may call what, where, and why",
    "SITE_SYMBOL": "policy",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SIDEBAR": navigation.SIDEBAR,
    "STYLES": [navigation.style],
    "DASHBOARD_CALLBACK": "oauth.overview_page.dashboard",
    "SCRIPTS": [navigation.script],
}
