"""The settings, and whether secrets are kept from others."""

from collections.abc import Iterator
from pathlib import Path

from befresh_agent.configuration import Configuration
from befresh_agent.doctor.check import Check, absent, broken, ok
from befresh_agent.doctor.patient import Patient
from befresh_agent.errors import SettingsError

_NAME = "settings"
_CREDSTORE = ("etc/credstore", "etc/credstore.encrypted")
_OTHERS = 0o077


def wrong(error: SettingsError) -> Check:
    return broken(_NAME, f"{error.source}: {error.key} = {error.value!r}", error.remedy)


def right(configuration: Configuration) -> list[Check]:
    where = str(configuration.file or "no file, all defaults")
    fridge = configuration.settings.fridge.id
    if fridge is not None:
        return [ok(_NAME, f"{where}; fridge {fridge}")]
    if configuration.file is None:
        return [absent(_NAME, f"{where}; enough for dry runs")]
    return [broken(_NAME, f"{where}: fridge.id is not set", "set the number the backend knows this fridge by")]


def credentials(patient: Patient) -> list[Check]:
    """Files with secrets are for their owner alone."""
    files = list(_files(patient))
    open_ones = [file for file in files if _is_open(file)]
    if open_ones:
        names = " ".join(map(str, open_ones))
        return [broken("credentials", f"others may read {names}", f"sudo chmod 600 {names}")]
    return [ok("credentials", f"{len(files)} files, each for its owner alone") if files else _none(patient)]


def _none(patient: Patient) -> Check:
    given = patient.settings.secrets.model_dump(exclude_none=True)
    where = "in the environment or the settings file" if given else "none given, none needed"
    return ok("credentials", where) if given else absent("credentials", where)


def _files(patient: Patient) -> Iterator[Path]:
    for folder in _CREDSTORE:
        try:
            yield from sorted((patient.root / folder).glob("befresh-agent.*"))
        except OSError:
            continue  # closed to this user, as it should be
    if (key := patient.settings.kafka.key_file) is not None and key.exists():
        yield key


def _is_open(file: Path) -> bool:
    try:
        return bool(file.stat().st_mode & _OTHERS)
    except OSError:
        return False
