"""Why an update did not happen: one line for `status`, the page and whoever called, and the exit code."""

FAILED, LATER, WRONG_SETTINGS, FELL_OVER = 1, 75, 78, 70


class UpdateError(Exception):
    """The thing failed; the line says what and why."""

    code = FAILED


class Refused(UpdateError):
    """What the origin offers must not be installed."""


class Unreachable(UpdateError):
    """The origin did not answer, or what it sent could not be kept."""


class Unfit(UpdateError):
    """The new release showed that it does not work; it is not tried again."""


class Slow(Unfit):
    """It did not answer in time; as a busy machine may be to blame, it is condemned only the second time."""


class Prevented(UpdateError):
    """Settings, the machine or a person kept a release from showing whether it works; it is tried again."""


class Later(UpdateError):
    """Not now: somebody uses the fridge, or another update runs."""

    code = LATER


class WrongSettings(UpdateError):
    """The settings of updates make no sense."""

    code = WRONG_SETTINGS
