"""Every setting of an installation, read once from the environment. Each has its line in docs/settings.md."""

import os
from pathlib import Path

from educonnect.config import embedded, env, keys, logs, started, upstreams
from educonnect.jobs import rules as jobs_rules
from educonnect.upstream import rules as upstream_rules

BASE_DIR = Path(__file__).resolve().parents[2]

# --- what this installation is ------------------------------------------------------------------------------------
# without a public address this is a demonstration, on loopback only (decision 0003)
DEMO = env.flag("DEMO", default=not env.text("BASE_URL", ""))
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / "var"))).resolve()
PORT = started.port(DATA_DIR)
BASE_URL = env.url("BASE_URL", f"http://localhost:{PORT}" if DEMO else None)
if DEMO:
    keys.provide(DATA_DIR)
else:
    env.require("BASE_URL", *keys.NAMES, "SAML_KEY", "SAML_CERTIFICATE", "EMAIL_FROM", "PEPPER_PASSWORDS")
DEBUG = False

# --- secrets ------------------------------------------------------------------------------------------------------
SECRET_KEY = env.secret("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.former("SECRET_KEY_FORMER")
# version -> secret: the highest version serves what is new, all open what is old
PEPPERS = env.versions("PEPPER", former=env.former("PEPPER_FORMER"))
FILES_KEYS = env.versions("FILES_KEY", former=env.former("FILES_KEY_FORMER"))
JOURNAL_KEYS = env.versions("JOURNAL_KEY", former=env.former("JOURNAL_KEY_FORMER"))
INE_HASH_KEY = env.secret("INE_HASH_KEY")
PAIRWISE_KEY = env.secret("PAIRWISE_KEY")
SAML_KEY = env.secret("SAML_KEY")
SAML_CERTIFICATE = env.secret("SAML_CERTIFICATE")
SAML_NEXT_CERTIFICATE = env.text("SAML_NEXT_CERTIFICATE", "")
SAML_FORMER_CERTIFICATE = env.text("SAML_FORMER_CERTIFICATE", "")

# --- Django -------------------------------------------------------------------------------------------------------
ALLOWED_HOSTS = [*filter(None, env.text("ALLOWED_HOSTS", "").split(",")), BASE_URL.split("//")[1].split(":")[0]]
SECURE = BASE_URL.startswith("https://")
ROOT_URLCONF = "educonnect.config.urls"
WSGI_APPLICATION = "educonnect.config.wsgi.application"
INSTALLED_APPS = [
    "procrastinate.contrib.django",
    "educonnect.journal",
    "educonnect.messaging",
    "educonnect.letters",
    "educonnect.limits",
    "educonnect.jobs",
    "educonnect.ui",
    "educonnect.schools",
    "educonnect.population",
    "educonnect.accounts",
    "educonnect.staff",
    "educonnect.delegation",
    "educonnect.oversight",
    "educonnect.notification",
    "educonnect.helpdesk",
    "educonnect.federation",
    "educonnect.sessions",
    "educonnect.privacy",
    "educonnect.web",
    "educonnect.saml",
    "educonnect.upstream",
    "educonnect.imports",
    "educonnect.demo",
    "educonnect.config",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "educonnect.config.health.Health",
    "educonnect.config.logs.RequestLog",
    "educonnect.config.middleware.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "educonnect.sessions.middleware.ClosedByDefault",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["educonnect.web.context.page"]},
    }
]
DATABASES = {"default": env.database(os.environ.get("DATABASE_URL") or embedded.url(DATA_DIR))}
LANGUAGE_CODE = "fr"
LOCALE_PATHS = [BASE_DIR / "educonnect" / "locale"]
TIME_ZONE = "Europe/Paris"
USE_TZ = True
USE_I18N = True
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_PROXY") else None
CSRF_FAILURE_VIEW = "educonnect.web.public.failures.csrf_failure"
FORM_RENDERER = "educonnect.ui.rendering.Renderer"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS: list[str] = []

# --- time -------------------------------------------------------------------------------------------------------
SESSION_IDLE = env.seconds("SESSION_IDLE", 30 * 60)
SESSION_ABSOLUTE = env.seconds("SESSION_ABSOLUTE", 8 * 3600)
SESSION_SHARED = env.seconds("SESSION_SHARED", 10 * 60)
STAFF_SESSION_IDLE = env.seconds("STAFF_SESSION_IDLE", 15 * 60)
STAFF_SESSION_ABSOLUTE = env.seconds("STAFF_SESSION_ABSOLUTE", 8 * 3600)
# a gesture on many people asks for a proof at most this old
STAFF_FRESH = env.seconds("STAFF_FRESH", 5 * 60)
#: Domains of professional addresses; an invitation to another one is warned of, never refused. Empty: any.
STAFF_EMAIL_DOMAINS = [one.strip().lower() for one in env.text("STAFF_EMAIL_DOMAINS", "").split(",") if one.strip()]
LETTER_DAYS = env.number("LETTER_DAYS", 90, least=1)
FILES_LIFETIME = env.seconds("FILES_LIFETIME", 24 * 3600)
# share of a school's pupils (percent) above which an import that would suspend them is refused
MASS_DEPARTURE_PERCENT = env.number("MASS_DEPARTURE_PERCENT", 20)
# largest file and largest archive an import reads, once unpacked; a school of 2,500 pupils takes 10 MiB
IMPORT_FILE_MIB = env.number("IMPORT_FILE_MIB", 256, least=1)
IMPORT_ARCHIVE_MIB = env.number("IMPORT_ARCHIVE_MIB", 16 * 1024, least=1)

# --- passwords --------------------------------------------------------------------------------------------------
# no default in production: 0 as long as a node of 0.1.0 serves, which cannot verify a peppered hash (decision 0113)
PEPPER_PASSWORDS = env.flag("PEPPER_PASSWORDS", default=True)
ARGON2_TIME = env.number("ARGON2_TIME", 2, least=1)
ARGON2_MEMORY_KIB = env.number("ARGON2_MEMORY_KIB", 19 * 1024, least=8)
# hashes at once in one process, then requests in line for one; the server's threads beyond both are for all the rest
ARGON2_AT_ONCE = env.number("ARGON2_AT_ONCE", 2, least=1)
ARGON2_LINE = env.number("ARGON2_LINE", 10)
# a file of more passwords to refuse, one a line (such as a breached set), read once
PASSWORD_DENYLIST = env.text("PASSWORD_DENYLIST", "")
# failed sign-ins that nobody put right, in ten minutes and over the whole installation, above which addresses without
# a history get few tries: raise it with the number of accounts
SPRAY_ALARM = env.number("SPRAY_ALARM", 1000, least=1)

# --- oversight --------------------------------------------------------------------------------------------------
# people read, exported, reset or on letters taken, by one person in an hour, above which head and académie are told
ALERT_ROWS = env.number("ALERT_ROWS", 500, least=1)

# --- signing in elsewhere, for staff ------------------------------------------------------------------------------
_proconnect = upstreams.proconnect(
    issuer=env.url("PROCONNECT_ISSUER", ""),
    client_id=env.text("PROCONNECT_CLIENT_ID", ""),
    client_secret=env.text("PROCONNECT_CLIENT_SECRET", ""),
    alg=env.choice("PROCONNECT_ALG", "RS256", among=upstream_rules.ALGORITHMS),
    acr=env.text("PROCONNECT_ACR", upstream_rules.PROCONNECT_ACR),
    # a simulator wherever it is, and not only on this machine: nobody's name is on its button
    stand_in=env.flag("PROCONNECT_STAND_IN") or None,
)
# a table of TOML for each académie, secrets included: usually given by file (EDUCONNECT_HUBS_FILE)
UPSTREAMS = {one.name: one for one in (*_proconnect, *upstreams.hubs(env.text("HUBS", "")))}

# --- mail -------------------------------------------------------------------------------------------------------
EMAIL_BACKEND = env.text(
    "EMAIL_BACKEND",
    "django.core.mail.backends.filebased.EmailBackend" if DEMO else "django.core.mail.backends.smtp.EmailBackend",
)
EMAIL_FILE_PATH = str(DATA_DIR / "mail")
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.number("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.text("EMAIL_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_TLS")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "ne-pas-repondre@educonnect.invalid" if DEMO else None)

# --- jobs -------------------------------------------------------------------------------------------------------
# the job engine's command line has no option for these
PROCRASTINATE_WORKER_DEFAULTS = {
    "update_heartbeat_interval": jobs_rules.HEARTBEAT,
    "stalled_worker_timeout": jobs_rules.STALLED,
    "fetch_job_polling_interval": jobs_rules.FETCH,
    "shutdown_graceful_timeout": jobs_rules.GRACE,
    "delete_jobs": "successful",
    "concurrency": 2,
}
PROCRASTINATE_READONLY_MODELS = True

# --- the operator's own words -----------------------------------------------------------------------------------
# paragraphs separated by an empty line, usually given by file (EDUCONNECT_LEGAL_TEXT_FILE)
LEGAL_TEXT = env.text("LEGAL_TEXT", "")
PERSONAL_DATA_TEXT = env.text("PERSONAL_DATA_TEXT", "")
ACCESSIBILITY_TEXT = env.text("ACCESSIBILITY_TEXT", "")
HELP_TEXT = env.text("HELP_TEXT", "")

# --- behind what ------------------------------------------------------------------------------------------------
# how many proxies of ours stand before us and add to X-Forwarded-For; 0: none, the peer's address counts
PROXIES = env.number("PROXIES", 0)

# --- monitoring -------------------------------------------------------------------------------------------------
# whoever bears it reads the counts of `/sante/mesures`; none: nobody does
METRICS_TOKEN = env.secret("METRICS_TOKEN") if env.text("METRICS_TOKEN", "") else ""

# --- logs ---------------------------------------------------------------------------------------------------------
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", among=("DEBUG", "INFO", "WARNING", "ERROR"))
# a command's standard output is what it prints; those that serve log there instead (`educonnect.config.cli`)
LOGGING = logs.configuration("ext://sys.stderr", "WARNING")
