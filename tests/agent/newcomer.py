"""A second release of the agent: this one and one sensor value more, as docs/how-to/add-a-sensor-value.md says."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import befresh_agent
from befresh_agent.domain import gatt, quantities
from befresh_agent.storage.schema import migrations

PACKAGE = Path(befresh_agent.__file__).parent
SCHEMA = PACKAGE / "schemas" / "sensor-data.schema.json"
MIGRATION = "ALTER TABLE history ADD COLUMN ethylene REAL;\n"


@dataclass(frozen=True)
class Edit:
    """Lines that are put behind those that end with `after`."""

    file: Path
    after: str
    lines: str


_QUANTITIES, _GATT = (Path(str(module.__file__)) for module in (quantities, gatt))
_KOREAN = PACKAGE / "i18n" / "ko.toml"
EDITS = (
    Edit(
        _QUANTITIES,
        '            column="nh3_raw",\n            low=0,\n            high=65_535,\n'
        "            prominence=Prominence.GLANCE,\n        ),\n    )\n",
        """\
    ETHYLENE = (
        "ethylene",
        Traits(
            label="Ethylene",
            short="C2H4",
            column="ethylene_ppm",
            low=0,
            high=1000,
            decimals=2,
            unit="ppm",
            shown_decimals=1,
            prominence=Prominence.SHOWN,
        ),
    )
""",
    ),
    Edit(
        _QUANTITIES,
        '    nh3: int | None = None\n    """Ammonia, raw value of the converter."""\n',
        '    ethylene: float | None = None\n    """Parts per million."""\n',
    ),
    Edit(
        _GATT,
        '    GattCharacteristic(_nicla_uuid("9004"), Quantity.NH3, ValueEncoding.U32),\n',
        '    GattCharacteristic(_nicla_uuid("9005"), Quantity.ETHYLENE, ValueEncoding.F32),\n',
    ),
    Edit(_KOREAN, '"Ammonia (raw)" = "암모니아 (측정값)"\n', '"Ethylene" = "에틸렌"\n'),
)


def make(root: Path) -> Path:
    """The release in that folder; what goes into PYTHONPATH to run it."""
    package = root / "src" / "befresh_agent"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    for edit in EDITS:
        file = package / edit.file.relative_to(PACKAGE)
        text = file.read_text(encoding="utf-8")
        assert text.count(edit.after) == 1, f"{edit.file.name}: not exactly one {edit.after!r}"
        file.write_text(text.replace(edit.after, edit.after + edit.lines), encoding="utf-8")
    number = 1 + max(number for number, _ in migrations())
    (package / "storage" / "migrations" / f"{number:04}.sql").write_text(MIGRATION, encoding="utf-8")
    publish = "import json, sys; from befresh_agent.domain.message_schemas import schemas; "
    publish += f"json.dump(schemas()[{SCHEMA.name!r}], sys.stdout, indent=2)"
    environment = {**os.environ, "PYTHONPATH": str(root / "src")}
    made = subprocess.run([sys.executable, "-c", publish], env=environment, capture_output=True, text=True, check=True)
    (package / SCHEMA.relative_to(PACKAGE)).write_text(made.stdout + "\n", encoding="utf-8")
    return root / "src"
