"""Draw the README's picture: play the demo once and save what the terminal shows as SVG."""

import asyncio
import os
import re
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from befresh_agent.cli.rehearse import DryRun, RunManner
from befresh_agent.settings.loader import load_settings
from befresh_agent.settings.paths import PROGRAM_NAME
from befresh_agent.simulation import scenario as scenarios

TARGET = Path(__file__).parents[1] / "docs" / "images" / "dry-run.svg"


def main() -> None:
    played = scenarios.load_scenario(scenarios.find_scenario("demo"))
    with tempfile.TemporaryDirectory() as state, Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        options = {"voice.engine": "scripted", "agent.state_dir": state, "agent.runtime_dir": state}
        settings = load_settings(None, options, {}, weaker=played.given).settings
        console = Console(record=True, width=112, file=nowhere, force_terminal=False, highlight=False)
        sys.argv[0] = PROGRAM_NAME  # the picture shows the commands as they are typed where it is installed
        code = asyncio.run(DryRun(settings, played, RunManner(exit_when_done=True), console).play())
    if code:
        raise SystemExit(code)
    drawn = console.export_svg(title="befresh-agent run --dry-run --exit-when-done")
    drawn = re.sub(r"@font-face \{.*?\}", "", drawn, flags=re.DOTALL)  # no fonts from foreign hosts
    TARGET.write_text(drawn, encoding="utf-8")
    print(f"wrote {TARGET}")


if __name__ == "__main__":
    main()
