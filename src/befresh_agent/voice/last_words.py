"""What the voice process says before it ends of a crash: where it happened and, in the last line, what."""

import logging

_log = logging.getLogger("voice process")


def log_crash(crash: Exception) -> None:
    """The agent shows the last line as the reason why the voice is lost; a traceback of a group ends with a ruler."""
    _log.error("%s", crash, exc_info=crash)
    _log.error("%s", _root(crash))


def _root(crash: Exception) -> Exception:
    return _root(crash.exceptions[0]) if isinstance(crash, ExceptionGroup) else crash
