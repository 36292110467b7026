"""Draw the README's picture: play the demo once and save what the terminal shows as SVG."""

import asyncio
import os
import re
import tempfile
from pathlib import Path

from rich.console import Console

from befresh_agent.cli.dry_run import DryRun
from befresh_agent.configuration import load
from befresh_agent.simulation import scenario as scenarios

TARGET = Path(__file__).parents[1] / "docs" / "images" / "dry-run.svg"


def main() -> None:
    played = scenarios.load(scenarios.find("demo"))
    with tempfile.TemporaryDirectory() as state, Path(os.devnull).open("w") as nowhere:
        options = {"voice.engine": "scripted", "agent.state_dir": state, "agent.runtime_dir": state}
        settings = load(None, options, {}, weaker=played.settings).settings
        console = Console(record=True, width=112, file=nowhere, force_terminal=False)
        dry_run = DryRun(settings, played, speed=1.0, own_camera=False, by_hand=False, console=console)
        code = asyncio.run(dry_run.play(exit_when_done=True))
    if code:
        raise SystemExit(code)
    drawn = console.export_svg(title="befresh-agent run --dry-run --exit-when-done")
    TARGET.write_text(re.sub(r"@font-face \{.*?\}", "", drawn, flags=re.DOTALL))  # no fonts from foreign hosts
    print(f"wrote {TARGET}")


if __name__ == "__main__":
    main()
