"""The reference container's bytes, made by its own code on this machine, as the agent understands them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from befresh_agent.domain.gatt import NICLA, SERVICE, DecodedValues, decode
from befresh_agent.domain.layouts import NICLA_NAME
from befresh_agent.domain.quantities import Quantity

FIRMWARE = Path(__file__).parents[2] / "firmware" / "befresh_container"
HOST = """
#include "packing.h"
#include <stdlib.h>
using namespace befresh;
static void print(const Packed &packed) {
  for (int i = 0; i < packed.length; i++) printf("%02x", packed.bytes[i]);
  printf("\\n");
}
int main(int, char **words) { // celsius percent hpa ppm ohm raw up_ms accuracy address
  uint32_t up = strtoul(words[7], 0, 10);
  print(temperature(atof(words[1])));
  print(humidity(atof(words[2])));
  print(pressure(atof(words[3])));
  print(co2(strtoul(words[4], 0, 10), is_warm(up, atoi(words[8]))));
  print(gas(strtoul(words[5], 0, 10), up));
  print(nh3(atoi(words[6])));
  char name[sizeof NAME + 4];
  local_name(words[9], name);
  printf("%s\\n", name);
}
"""
WARM, COLD = "300000", "299999"


@pytest.fixture(scope="module")
def container(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = next((found for name in ("g++", "c++", "clang++") if (found := shutil.which(name))), None)
    if compiler is None:
        pytest.skip("NOT TESTED: the container's bytes, as there is no C++ compiler on this machine (apt install g++)")
    folder = tmp_path_factory.mktemp("firmware")
    (folder / "host.cpp").write_text(HOST)
    warnings = ("-std=c++14", "-Wall", "-Wextra", "-Werror")
    subprocess.run([compiler, *warnings, f"-I{FIRMWARE}", folder / "host.cpp", "-o", folder / "host"], check=True)
    return folder / "host"


def says(container: Path, *words: str) -> tuple[DecodedValues, str]:
    done = subprocess.run([container, *words], check=True, capture_output=True, text=True)
    *values, name = done.stdout.splitlines()
    raw = {one.uuid: bytes.fromhex(value) for one, value in zip(NICLA, values, strict=True)}
    return decode(NICLA, raw), name


def test_a_real_reading_arrives_as_it_was_measured(container: Path) -> None:
    told, name = says(container, "33.95", "37", "1009.83", "537", "101700", "0", WARM, "3", "fb:89:eb:22:95:84")
    assert told.faults == ()
    measured = told.measurement
    assert (measured.temperature, measured.humidity, measured.pressure) == (33.95, 37, 1009.83)
    assert (measured.co2, measured.gas, measured.nh3) == (537, 101_700, 0)
    assert name == f"{NICLA_NAME}9584"


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        (("4.5", "61", "1009.8", "537", "101700", "7", COLD, "3"), {Quantity.CO2, Quantity.GAS}),
        (("4.5", "61", "1009.8", "537", "101700", "7", WARM, "0"), {Quantity.CO2}),
        (("nan", "101", "0", "0", "0", "-1", WARM, "3"), set(Quantity)),
        (("-40", "0", "300", "1", "1", "65535", WARM, "1"), set()),
        (("85", "100", "1250", "1000000", str(int(Quantity.GAS.traits.high)), "0", WARM, "1"), set()),
    ],
    ids=["cold", "not trusted", "broken sensors", "the least", "the most"],
)
def test_what_is_not_known_is_not_said(container: Path, words: tuple[str, ...], missing: set[Quantity]) -> None:
    told, _ = says(container, *words, "00:00:00:00:00:01")
    assert {fault.quantity for fault in told.faults} == missing


def test_both_sides_mean_the_same_characteristics() -> None:
    header = (FIRMWARE / "packing.h").read_text()
    uuids = re.findall(r'"(19b10000-[0-9a-f-]+)"', header)
    assert uuids == [SERVICE, *(one.uuid for one in NICLA)]
    sketch = (FIRMWARE / "befresh_container.ino").read_text()
    assert "BLERead" in sketch
    assert "writeValue(packed.bytes, packed.length)" in sketch
