"""Settings of the tests: the product's own, under an environment that is complete and harmless."""

import os

os.environ["ENV_FILE"] = os.devnull
for name, value in {
    "SECRET_KEY": "tests-only-" + "k" * 50,
    "PUBLIC_URL": "http://localhost:10000",
    "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
    "SCALEKIT_ENVIRONMENT_URL": "https://acme.scalekit.test",
    "SCALEKIT_RESOURCE_ID": "res_1001",
    "CREDENTIAL_KEYS": "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=",
    "AUDIT_KEYS": "tests-only-audit-key-tests-only-audit-key",
}.items():
    os.environ[name] = value
if url := os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = url

from ctera_mcp_site.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
