"""The switch from one release to another: promised before it, confirmed after it, and taken back when it is not.

The order on disk is what makes it safe: the promise is written before the link is changed, and taken away only when the
new release has proved good or the link is back. Whoever finds a promise (the next run, or the start of the machine)
knows that nobody confirmed, and goes back. Going back can itself be cut short and begun again.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from befresh_update import memory
from befresh_update.channel import Release
from befresh_update.circumstances import Circumstances
from befresh_update.errors import Prevented, Slow, Unfit, UpdateError
from befresh_update.journal import Journal, Pending
from befresh_update.layout import Layout
from befresh_update.memory import Settled
from befresh_update.program import ProgramFailed
from befresh_update.releases import Releases
from befresh_update.service import Service
from befresh_update.steps import Step, Tell
from befresh_update.wishes import Places

GLANCE_S = 1.0
"""How long the release before is watched after going back: it has proved itself already."""


class Switching:
    """Changes which release runs."""

    def __init__(
        self,
        layout: Layout,
        releases: Releases,
        journal: Journal,
        service: Service,
        places: Places,
        user: str | None,
        tell: Tell,
    ) -> None:
        self._layout = layout
        self._user = user
        self._releases = releases
        self._journal = journal
        self._service = service
        self._database = places.database
        self._tell = tell

    def switch(
        self, release: Release, previous: Release | None, *, health_s: float, last_look: Callable[[], None]
    ) -> None:
        """Let it run, watch it for so long, confirm. After going back it raises `Unfit`, or `Prevented` where the
        release is to be tried again; and whatever `last_look` raises.
        """
        circumstances = Circumstances(self._layout, self._database.parent)
        before = self.copy_before(release.id)
        memory.ask("copy", self._database, before, user=self._user)
        self._tell(Step.COPIED)
        last_look()
        self._journal.promise(Pending(release.id, previous.id if previous else ""))
        self._tell(Step.PROMISED)
        self._releases.point_at(release.id)
        self._tell(Step.SWITCHED)
        try:
            self._service.restart()
            self._tell(Step.RESTARTED)
            self._service.watch(release.version, health_s)
            self._tell(Step.WATCHED)
        except (UpdateError, OSError) as failed:
            raise self._taken_back(release.id, failed, circumstances) from failed
        except KeyboardInterrupt:
            told, _ = self._return()
            raise UpdateError(f"stopped before {release.id} was confirmed; {told}") from None
        self.confirm(release.id)

    def _taken_back(self, release: str, failed: Exception, circumstances: Circumstances) -> UpdateError:
        """Go back; condemn the release only when it has no excuse, and the one before is well where it was not."""
        excuse = circumstances.excuse(failed)
        if not excuse and isinstance(failed, Slow) and not self._journal.doubted(release):
            excuse = "a busy machine may be to blame"
        if not excuse:
            self._journal.condemn(release, str(failed))  # first, as the way back may be cut short
        told, well = self._return()
        if not excuse and not well:
            self._journal.pardon(release)
            excuse = "what ran before is not well either" if self._releases.current else "nothing ran before it"
        line = f"{release} was taken back: {failed}"
        if not excuse:
            return Unfit(f"{line}; {told}")
        return Prevented("; ".join([line, *([excuse] if excuse != str(failed) else []), "it is tried again", told]))

    def confirm(self, release: str) -> None:
        self._journal.confirm(release)
        self._journal.fulfil()
        self._tell(Step.CONFIRMED)

    def copy_before(self, release: str) -> Path:
        """The copy of the database from before that release ran."""
        return self._database.with_name(f"{self._database.name}.before-{release}")

    def forget_copies(self, kept: set[str]) -> None:
        """Copies from before releases that are gone."""
        for path in self._database.parent.glob(f"{self._database.name}.before-*"):
            if path.name.partition(".before-")[2] not in kept:
                path.unlink(missing_ok=True)

    def recover(self, *, running: bool) -> str:
        """Take back a switch that nobody confirmed; what was done, empty when there was none.

        With `running` the agent may be at work, and is stopped first and started afterwards.
        """
        pending = self._journal.pending
        if pending is None:
            return ""
        told = []
        if not running and self._journal.interrupted(pending.next):  # else only the updater was ended, not the machine
            self._journal.condemn(pending.next, "its first minutes were cut short too often")
            told = ["that was too often: it is not tried again"]
        told += self.go_back(pending, running=running)
        return f"the update to {pending.next} was interrupted; {'; '.join(told)}"

    def go_back(self, pending: Pending, *, running: bool) -> list[str]:
        """To the release before; what there is to say of it: what runs, and what became of the database."""
        if running:
            self._stop()
        settled = self._settle(pending.next)
        self._tell(Step.SETTLED)
        previous = self._releases.known(pending.previous) if pending.previous else None
        if previous is None:
            self._releases.point_nowhere()
            told = "no release is installed"
        else:
            self._mend(previous)
            self._releases.point_at(previous.id)
            told = f"{previous.id} runs again"
        self._tell(Step.BACK)
        self._journal.retract(pending.next)
        self._journal.fulfil()
        return [told, *settled]

    def _return(self) -> tuple[str, bool]:
        """Go back and let the release before run; what there is to say of it, and whether it is well."""
        pending = self._journal.pending
        if pending is None:
            return "nothing was switched", True
        stopped = self._service.standing().state == "inactive"  # by hand, so it stays so
        told = "; ".join(self.go_back(pending, running=True))
        previous = self._releases.known(pending.previous) if pending.previous else None
        if previous is None or stopped:
            return f"{told}, once it is started" if stopped else told, previous is not None
        try:
            self._service.restart()
            self._service.watch(previous.version, GLANCE_S)
        except UpdateError as error:
            return f"{told}, but {error}", False
        return told, True

    def _stop(self) -> None:
        with suppress(ProgramFailed):  # the lock on the database tells whether it is still there
            self._service.stop()
        self._tell(Step.STOPPED)

    def _settle(self, release: str) -> list[str]:
        """A line about the database where there is something to say. It never keeps us from going back."""
        try:
            settled = memory.ask("settle", self._database, self.copy_before(release), user=self._user)
        except UpdateError as error:
            return [f"the database stays as it is: {error}"]
        return _about(settled)

    def _mend(self, release: Release) -> None:
        with suppress(UpdateError):  # it ran before; going back matters more than edits in it
            self._releases.mend(release)


def _about(settled: Settled) -> list[str]:
    if settled.lost:
        return [f"{settled.lost} entries of the database are whole in {settled.aside} only"]
    return [f"the newer database is kept as {settled.aside}"] if settled.aside else []
