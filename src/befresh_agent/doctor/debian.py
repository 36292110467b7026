"""Debian packages as remedies. Some are in Raspberry Pi's archive only: on plain Debian there is nothing to install."""

from befresh_agent.doctor.program import ask


async def install(package: str) -> str:
    """The remedy that this system can follow."""
    known = await ask("apt-cache", "show", package)
    if known.code in {0, None}:  # known, or nobody can tell
        return f"sudo apt install {package}"
    return f"only Raspberry Pi OS has {package}; what plain Debian can do: docs/hardware.md"
