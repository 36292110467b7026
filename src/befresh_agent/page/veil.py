"""Takes secrets out of whatever text is shown, should one ever get into it."""

from befresh_agent.settings import SecretSettings

_MASK = "•••"


class Veil:
    def __init__(self, secrets: SecretSettings) -> None:
        values = (getattr(secrets, name) for name in SecretSettings.model_fields)
        self._secrets = [value.get_secret_value() for value in values if value is not None and value.get_secret_value()]

    def over(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, _MASK)
        return text
