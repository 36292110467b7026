"""How the broker is spoken to: what aiokafka needs to encrypt, to check the broker and to log in."""

import logging
import ssl
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

from befresh_agent.errors import SettingsError
from befresh_agent.settings import KafkaSettings, SecretSettings

log = logging.getLogger("delivery")


def options(settings: KafkaSettings, secrets: SecretSettings) -> dict[str, object]:
    """The producer's options. Files are read anew each time, so that a renewed certificate is taken up."""
    chosen: dict[str, object] = {"security_protocol": settings.security.upper()}
    if settings.security != "plaintext":
        chosen["ssl_context"] = _context(settings, secrets)
    if settings.security == "sasl_ssl":
        password = secrets.kafka_password
        chosen |= {
            "sasl_mechanism": settings.sasl_mechanism,
            "sasl_plain_username": settings.username,
            "sasl_plain_password": password.get_secret_value() if password else "",
        }
    return chosen


def check(settings: KafkaSettings, secrets: SecretSettings) -> None:
    """Raise `SettingsError` for what can never work, and warn of what everybody on the way can read."""
    if settings.security == "sasl_ssl" and not settings.username:
        raise SettingsError("settings", "kafka.username", "", "sasl_ssl needs a name to log in with")
    if settings.security == "sasl_ssl" and not secrets.kafka_password:
        raise SettingsError("settings", "secrets.kafka_password", "", "sasl_ssl needs a password")
    for key, file in _files(settings):
        if not file.is_file():
            raise SettingsError("settings", f"kafka.{key}", str(file), "there is no such file")
    try:
        options(settings, secrets)
    except (OSError, ssl.SSLError) as error:
        remedy = f"certificate and key cannot be used together: {error}"
        raise SettingsError(
            "settings", "kafka.cert_file", str(settings.cert_file or settings.ca_file), remedy
        ) from error
    if settings.security == "plaintext" and not all(map(_is_here, settings.server.split(","))):
        log.warning(
            "kafka.server %s is spoken to in plain text: set kafka.security to ssl or sasl_ssl", settings.server
        )


def _files(settings: KafkaSettings) -> Iterator[tuple[str, Path]]:
    named = {"ca_file": settings.ca_file, "cert_file": settings.cert_file, "key_file": settings.key_file}
    yield from ((key, file) for key, file in named.items() if file is not None)


def _context(settings: KafkaSettings, secrets: SecretSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=settings.ca_file)
    if settings.cert_file is not None:
        password = secrets.kafka_key_password
        context.load_cert_chain(
            settings.cert_file, settings.key_file, password.get_secret_value() if password else None
        )
    return context


def _is_here(server: str) -> bool:
    host = server.strip().rpartition(":")[0].strip("[]")
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
