"""The reference container, compiled for this machine: its bytes as the agent understands them, and how it lives.

The sketch runs on a board made of files (`fixtures/nicla`); a real one has more to say.
"""

import re
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from befresh_agent.domain.gatt import NICLA, SERVICE, DecodedValues, decode
from befresh_agent.domain.layouts import NICLA_NAME
from befresh_agent.domain.quantities import Measurement, Quantity

FIRMWARE = Path(__file__).parents[2] / "firmware" / "befresh_container"
BOARD = Path(__file__).parents[1] / "fixtures" / "nicla"
FROM = f"-I{FIRMWARE}"
WARNINGS = ("-Wall", "-Wextra", "-Werror")
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
def compiler() -> str:
    found = next((path for name in ("g++", "c++", "clang++") if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("NOT TESTED: the container's code, as there is no C++ compiler on this machine (apt install g++)")
    return found


@pytest.fixture(scope="module")
def container(compiler: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("firmware")
    (folder / "host.cpp").write_text(HOST)
    subprocess.run([compiler, *WARNINGS, "-std=c++14", FROM, folder / "host.cpp", "-o", folder / "host"], check=True)
    return folder / "host"


@pytest.fixture(scope="module")
def board(compiler: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sketch itself; Arduino's libraries are a PC's."""
    folder = tmp_path_factory.mktemp("board")
    for library in ("ArduinoBLE", "Arduino_BHY2", "Nicla_System"):
        (folder / f"{library}.h").write_text('#include "board.h"\n')
    options = (*WARNINGS, "-std=c++17", FROM, f"-I{folder}", f"-I{BOARD}")
    subprocess.run([compiler, *options, BOARD / "main.cpp", "-o", folder / "board"], check=True)
    return folder / "board"


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


@dataclass(frozen=True)
class Life:
    """What the board said about itself, and what it told whoever read it."""

    lines: tuple[str, ...]

    def of(self, word: str) -> str:
        return next(line for line in self.lines if line.startswith(word))

    def told(self, second: int) -> Measurement:
        at = self.lines.index(f"at {second}")
        raw = {line.split(" ")[1]: bytes.fromhex(line.split(" ")[2]) for line in self.lines[at + 1 : at + 7]}
        return decode(NICLA, raw).measurement


@pytest.fixture(scope="module")
def life(board: Path) -> Life:
    done = subprocess.run([board, "0", "60", "270", "400"], check=True, capture_output=True, text=True, timeout=60)
    return Life(tuple(done.stdout.splitlines()))


def test_the_sketch_advertises_what_the_agent_looks_for(life: Life) -> None:
    assert life.of("advertises") == f"advertises {SERVICE}"
    assert life.of("name") == f"name {NICLA_NAME}9584"
    assert life.of("serial") == "serial fb:89:eb:22:95:84"


def test_the_sketch_says_nothing_before_a_sensor_has_spoken_and_no_gas_before_it_is_warm(life: Life) -> None:
    assert life.told(0) == Measurement(nh3=7), "just switched on, a sensor has the value 0"
    cold = Measurement(4.5, 61, 1009.83, None, None, 7)
    assert life.told(60) == life.told(270) == cold
    assert life.told(400) == replace(cold, co2=537, gas=101_700)


def test_the_sketch_sleeps_and_samples_rarely(life: Life) -> None:
    """Otherwise a battery is empty within days."""
    assert float(life.of("every").split()[1]) >= 1000
    assert int(life.of("rounds").split()[1]) <= 400 * 10 + 1
    assert float(life.of("samples").split()[1]) <= 1


def test_who_stays_connected_is_sent_away(life: Life) -> None:
    assert 60_000 <= int(life.of("disconnected").split()[2]) < 61_000
