"""Updates by the installed updater: good, bad in two ways, and with the power gone in the middle of it."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable

from .everyday import a_food
from .household import ORIGIN, Household
from .shell import Refused

_OPT = "/opt/befresh-agent"
_UPDATE = f"{_OPT}/updater/befresh-update update --scheduled"
"""As cron calls it: silent when all is well, one line when not."""
_LONG_S = 2400.0
_PUBLISH = """
set -eu
if [ ! -e $HOME/maker ]; then
  ssh-keygen -q -t ed25519 -N '' -f $HOME/maker
  echo "maker@example.org namespaces=\\"git\\" $(cat $HOME/maker.pub)" >/etc/befresh-agent/allowed_signers
fi
cd {origin}
version=0.1.$(($(git tag | wc -l) + 1))
git checkout --quiet --force -B next main
{changes}
sed -i "s/^__version__ = .*/__version__ = \\"$version\\"/" src/befresh_agent/__init__.py
git config user.name Maker
git config user.email maker@example.org
git commit --quiet --all --message $version
git -c gpg.format=ssh -c user.signingkey=$HOME/maker tag --sign v$version --message v$version
sync # whose power will go is the machine that updates, not the one that publishes
echo $version-$(git rev-parse --short=12 HEAD)
"""
# Otherwise pip fills the .venv from the lock, which takes an emulated machine minutes.
_QUICK = """
cat >scripts/setup.sh <<'END'
#!/bin/sh
set -eu
cd "$(dirname "$0")/.."
running=$(readlink -f /opt/befresh-agent/current)
cp --archive "$running/.venv" .venv
grep -rlIZ "$running" .venv/bin .venv/lib/python3.*/site-packages/*befresh* | xargs -0 sed -i "s#$running#$PWD#g"
END
"""
_CANNOT_SEE = "echo \"raise ImportError('a bad release')\" >src/befresh_agent/vision/pipeline.py\n"
_DIES = """
sed -i 's/log.debug("ready")/asyncio.get_running_loop().call_later(5, exit, 1)/' src/befresh_agent/app.py
"""


async def a_good_update(house: Household) -> str:
    """A signed release, with all its packages installed from the lock."""
    release = await _publish(house)
    began = time.monotonic()
    assert await _update(house) == (0, []), "a good update is silent"
    seconds = time.monotonic() - began
    assert await _current(house) == release
    assert (await house.pi.status())["version"] == release.partition("-")[0]
    return f"{release} runs after {seconds:.0f} s; {await a_food(house)}"


async def an_update_fails_its_self_test(house: Household) -> str:
    return await _bad_update(house, _QUICK + _CANNOT_SEE, "is not installed: its self-test: 1 broken: vision")


async def an_update_dies_in_its_first_minutes(house: Household) -> str:
    return await _bad_update(house, _QUICK + _DIES, "was taken back")


async def the_power_goes_in_mid_update(house: Household) -> str:
    """While the release is built, and between its start and the end of its first minutes."""
    before = await _current(house)
    release = await _publish(house, _QUICK)

    async def half_built() -> bool:
        return "lib" in await house.pi.shell.run(f"ls {_OPT}/releases/{release}/.venv")

    async def switched() -> bool:
        return await _current(house) == release

    await _cut_when(house, "a release half built", half_built)
    assert await _current(house) == before
    await _cut_when(house, "a switch", switched)
    assert await _current(house) == before
    told = await house.pi.shell.run("journalctl --boot --unit=befresh-agent-recover --output=cat")
    assert "was interrupted" in told, told
    between = await a_food(house)
    assert await _update(house) == (0, [])
    assert await _current(house) == release
    return f"twice {before} ran again, {between}; the third run brought {release}; {await a_food(house)}"


UPDATES = (
    a_good_update,
    an_update_fails_its_self_test,
    an_update_dies_in_its_first_minutes,
    the_power_goes_in_mid_update,
)


async def _publish(house: Household, changes: str = "") -> str:
    """A signed release, after these changes to what was installed first; its name."""
    said = await house.pi.shell.run(_PUBLISH.format(origin=ORIGIN, changes=changes))
    return said.splitlines()[-1]


async def _update(house: Household) -> tuple[int, list[str]]:
    """Its exit code, and what it said."""
    said = await house.pi.shell.run(f"{_UPDATE}; echo $?", within_s=_LONG_S)
    *lines, code = said.splitlines()
    return int(code), lines


async def _current(house: Household) -> str:
    return (await house.pi.shell.run(f"basename $(readlink {_OPT}/current)")).strip()


async def _bad_update(house: Household, changes: str, complaint: str) -> str:
    before = await _current(house)
    release = await _publish(house, changes)
    code, lines = await _update(house)
    assert code == 1
    assert len(lines) == 1, lines
    assert f"{release} {complaint}" in lines[0], lines
    assert await _current(house) == before
    await house.pi.at_work()
    assert await _update(house) == (0, []), "it is tried again"
    return f"{before} runs on, and it is not tried again; {await a_food(house)}; told: {lines[0]}"


async def _cut_when(house: Household, what: str, true: Callable[[], Awaitable[bool]]) -> None:
    """Begin the update, let the power go as soon as that is seen, and switch it on again."""
    update = asyncio.create_task(_update(house))
    seen = asyncio.create_task(house.pi.sees(what, true, _LONG_S))
    await asyncio.wait([update, seen], return_when=asyncio.FIRST_COMPLETED)
    assert not update.done(), f"the update ended before {what}: {update.result()}"
    await seen
    house.pi.machine.stop()
    update.cancel()
    with contextlib.suppress(asyncio.CancelledError, Refused):
        await update
    await house.cut()
    await house.switch_on()
