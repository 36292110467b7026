"""The API does what its description says, whatever it is asked: schemathesis against the running program."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.conftest import Fridge

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance"
)

pytestmark = pytest.mark.browser


def test_the_api_keeps_its_promises(another: Fridge, tmp_path: Path) -> None:
    found = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"),
            "run",
            f"{another.page}/api/v1/openapi.json",
            f"--checks={CHECKS}",
            "--phases=examples,coverage,fuzzing",
            "--max-examples=12",
            "--generation-deterministic",
            "--no-color",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert found.returncode == 0, found.stdout[-8000:]
