"""What an error of aiokafka means for a message: try again, wait for a person, or the message itself is to blame."""

from befresh_agent.errors import DeliveryError, DeliveryRefused, DeliveryTransient, NotAuthorised

_REFUSED = frozenset({"MessageSizeTooLargeError", "RecordListTooLargeError", "InvalidRecord", "PolicyViolationError"})
_NOT_AUTHORISED = frozenset(
    {
        "TopicAuthorizationFailedError",
        "ClusterAuthorizationFailedError",
        "SaslAuthenticationFailed",
        "AuthenticationFailedError",
        "AuthenticationMethodNotSupported",
        "UnsupportedSaslMechanismError",
    }
)


def translated(error: BaseException, last_word: str = "") -> DeliveryError:
    """The error in the words of this project; the library's last word in its log tells more of a failed connection."""
    name, text = type(error).__name__, str(error)
    if last_word:
        text = f"{last_word}no answer" if last_word.endswith(": ") else last_word
    elif name not in text:
        text = f"{name}: {text}".removesuffix(": ")
    if name in _REFUSED:
        return DeliveryRefused(text)
    return NotAuthorised(text) if name in _NOT_AUTHORISED else DeliveryTransient(text)


def teach_invalid_record() -> None:
    """Tell aiokafka of the broker's answer INVALID_RECORD, which it takes for an unknown passing trouble."""
    from aiokafka import errors

    class InvalidRecord(errors.BrokerResponseError):
        errno = 87
        message = "INVALID_RECORD"
        description = "The broker's validation refused the record."

    errors.kafka_errors.setdefault(InvalidRecord.errno, InvalidRecord)
