"""Holds every call to picamera2 against its real sources, so that a renamed method is noticed without a Raspberry Pi.

The sources come from the package index, pinned by their hashes, and are only read: picamera2 itself runs on a Pi alone.
"""

import ast
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from befresh_agent.adapters.camera import picamera2
from tests.wheels import fetch_wheel

VERSIONS = {
    "0.3.25": "5d8a5357b9e91890fb589976f9fd9759b3424c6b053a13541d08fccf1966cd58",
    "0.3.38": "ecf34dfb6c987d2c0948debeb3762a27755d5befc674fe210c3fd2ad8e3cd6cc",
}
"""The oldest that is supported, and the newest when this was written; sha256 of the wheels."""


OURS = ("camera", "Picamera2")
"""What picamera2's objects are called in the adapter."""


@dataclass(frozen=True)
class Use:
    """A call of the adapter, or an attribute it reads."""

    name: str
    positional: int = 0
    keywords: tuple[str, ...] = ()
    called: bool = True

    def __str__(self) -> str:
        return f"{self.name}({', '.join(['_'] * self.positional + [f'{k}=' for k in self.keywords])})"


def uses() -> list[Use]:
    """Everything the adapter does with `Picamera2` and with the `camera` made by it."""
    found: set[Use] = set()
    called: set[ast.AST] = set()
    for node in ast.walk(ast.parse(Path(picamera2.__file__).read_text())):
        if isinstance(node, ast.Call) and (name := _name(node.func)):
            called.add(node.func)
            found.add(Use(name, len(node.args), tuple(sorted(key.arg or "**" for key in node.keywords))))
        elif isinstance(node, ast.Attribute) and node not in called and (name := _name(node)):
            found.add(Use(name, called=False))
    return sorted(found, key=str)


def _name(node: ast.AST) -> str:
    """The method's name, `__init__` for the class itself, nothing for what is not picamera2's."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in OURS:
        return node.attr
    return "__init__" if isinstance(node, ast.Name) and node.id == "Picamera2" else ""


@pytest.fixture(params=VERSIONS, scope="module")
def sources(request: pytest.FixtureRequest) -> zipfile.ZipFile:
    """The package of one version, fetched once."""
    version = request.param
    folder = request.config.cache.mkdir("picamera2")
    return zipfile.ZipFile(fetch_wheel(folder, "picamera2", version, VERSIONS[version]))


@pytest.fixture
def camera_class(sources: zipfile.ZipFile) -> dict[str, ast.FunctionDef]:
    """The methods and properties of `Picamera2`; of several definitions the last, as Python takes it."""
    module = ast.parse(sources.read("picamera2/picamera2.py"))
    [made] = [node for node in module.body if isinstance(node, ast.ClassDef) and node.name == "Picamera2"]
    return {node.name: node for node in made.body if isinstance(node, ast.FunctionDef)}


def test_the_adapter_is_understood() -> None:
    """Were the names in the adapter changed, nothing would be compared."""
    assert {use.name for use in uses()} == {
        "__init__",
        "camera_configuration",
        "camera_controls",
        "cancel_all_and_flush",
        "capture_array",
        "close",
        "configure",
        "create_video_configuration",
        "global_camera_info",
        "set_controls",
        "start",
    }


@pytest.mark.parametrize("use", uses(), ids=str)
def test_what_the_adapter_uses_is_there(use: Use, camera_class: dict[str, ast.FunctionDef]) -> None:
    assert use.name in camera_class
    function = camera_class[use.name]
    is_property = any(isinstance(d, ast.Name) and d.id == "property" for d in function.decorator_list)
    accepted = [argument.arg for argument in function.args.args[1:]]
    required = accepted[: len(accepted) - len(function.args.defaults)]
    assert use.positional <= len(accepted)
    assert set(use.keywords) <= set(accepted[use.positional :])
    assert set(required[use.positional :]) <= set(use.keywords)
    assert not (is_property and use.called)


def test_the_controls_are_a_property(camera_class: dict[str, ast.FunctionDef]) -> None:
    """A method would never contain "AfMode"."""
    [decorator] = camera_class["camera_controls"].decorator_list
    assert isinstance(decorator, ast.Name)
    assert decorator.id == "property"


def test_a_picture_can_be_waited_for_with_a_limit(sources: zipfile.ZipFile) -> None:
    """Before this, a camera whose cable came loose blocked for ever."""
    job = ast.parse(sources.read("picamera2/job.py"))
    [get_result] = [n for n in ast.walk(job) if isinstance(n, ast.FunctionDef) and n.name == "get_result"]
    assert "timeout" in [argument.arg for argument in get_result.args.args]
    assert b"a number - wait for this number of seconds" in sources.read("picamera2/picamera2.py")


def test_the_format_is_one_it_knows_and_its_rows_come_with_their_padding(sources: zipfile.ZipFile) -> None:
    assert b'"YUV420"' in sources.read("picamera2/formats.py")
    assert b"image = array.reshape((h * 3 // 2, stride))" in sources.read("picamera2/request.py")
    assert b"image = array.reshape(h, stride // 2, 2)" in sources.read("picamera2/request.py")
