"""How the broker is logged in to: TLS, passwords, client certificates, and tokens that are fetched or asked of a
command.
"""

import logging
import ssl

from befresh_agent.domain.endpoints import is_here, parse_endpoints
from befresh_agent.errors import MistakeSeverity, SettingMistake, SettingsError
from befresh_agent.settings.conflicts import login
from befresh_agent.settings.model import KafkaSettings, SecretSettings
from befresh_agent.settings.preflight import certificates
from befresh_agent.settings.section import KAFKA_PORT

log = logging.getLogger("delivery")


def options(settings: KafkaSettings, secrets: SecretSettings) -> dict[str, object]:
    """The producer's options. Files are read anew each time, so that a renewed certificate is taken up."""
    chosen: dict[str, object] = {"security_protocol": settings.security.upper()}
    if settings.security != "plaintext":
        chosen["ssl_context"] = _context(settings, secrets)
    if settings.security == "sasl_ssl":
        chosen |= {"sasl_mechanism": settings.sasl_mechanism} | _login(settings, secrets)
    return chosen


def _login(settings: KafkaSettings, secrets: SecretSettings) -> dict[str, object]:
    if settings.sasl_mechanism == "OAUTHBEARER":
        from befresh_agent.adapters.kafka.kafka_token import TokenSource  # with aiokafka, which takes long

        return {"sasl_oauth_token_provider": TokenSource(settings, secrets)}
    password = secrets.kafka_password
    return {
        "sasl_plain_username": settings.username,
        "sasl_plain_password": password.get_secret_value() if password else "",
    }


def check(settings: KafkaSettings, secrets: SecretSettings) -> None:
    """Raise `SettingsError` for what can never work, and warn of what everybody on the way can read."""
    wrong = [*login(settings, secrets), *certificates(settings)]
    if errors := [one for one in wrong if one.severity is not MistakeSeverity.WARNING]:
        raise SettingsError(*(SettingMistake(key=one.key, remedy=one.remedy) for one in errors))
    try:
        options(settings, secrets)
    except (OSError, ssl.SSLError) as error:
        remedy = f"certificate and key cannot be used together: {error}"
        key, file = ("cert_file", settings.cert_file) if settings.cert_file else ("ca_file", settings.ca_file)
        mistake = SettingMistake(key=f"kafka.{key}", value=str(file), remedy=remedy)
        raise SettingsError(mistake) from error
    places = parse_endpoints(settings.server, KAFKA_PORT)
    if settings.security == "plaintext" and not all(is_here(place.host) for place in places):
        log.warning(
            "kafka.server %s is spoken to in plain text: set kafka.security to ssl or sasl_ssl", settings.server
        )


def _context(settings: KafkaSettings, secrets: SecretSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=settings.ca_file)
    if settings.cert_file is not None:
        password = secrets.kafka_key_password
        context.load_cert_chain(
            settings.cert_file, settings.key_file, password.get_secret_value() if password else None
        )
    return context
