"""The trial of a new release, before it is let near the fridge: its self-test, and whose fault it is when that fails.

In: a release that is built. Out: nothing when it passes; else `Prevented` when the machine, its settings or a person is
to blame and it is tried again, or `Unfit` after it was put on the list of bad ones.
"""

from dataclasses import dataclass
from pathlib import Path

from befresh_update.channel import Release
from befresh_update.circumstances import Circumstances
from befresh_update.errors import Prevented, Unfit
from befresh_update.journal import Journal
from befresh_update.layout import Layout
from befresh_update.program import ProgramFailed
from befresh_update.releases import Releases


@dataclass(frozen=True, slots=True)
class Trial:
    """Self-tests of releases on this machine."""

    layout: Layout
    data: Path
    releases: Releases
    journal: Journal

    def hold(self, release: Release) -> None:
        """Returns when the release passes, at once or after but a moment's trouble. Raises `Prevented` or `Unfit`."""
        circumstances = Circumstances(self.layout, self.data)
        failed = self._fault(release)
        if failed is None:
            return
        excuse = circumstances.excuse(failed) or self._of_every_release(release)
        if not excuse:
            again = self._fault(release)
            if again is None:
                return
            excuse = circumstances.excuse(again)
        if excuse:
            if circumstances.full and release != self.releases.current:
                self.releases.forget(release.id)
            raise Prevented(f"{release.id} could not be tried: {failed}; {excuse}; it is tried again") from failed
        raise self._condemned(release, failed) from failed

    def _fault(self, release: Release) -> ProgramFailed | None:
        try:
            self.releases.try_out(release)
        except ProgramFailed as failed:
            return failed
        return None

    def _of_every_release(self, release: Release) -> str:
        """An excuse when the release that runs fails here and now as well."""
        current = self.releases.current
        if current in {None, release} or not (failed := self._fault(current)):
            return ""
        return f"{current.id}, which runs, fails as well: {failed}"

    def _condemned(self, release: Release, failed: ProgramFailed) -> Unfit:
        if self.releases.current == release:
            return Unfit(f"{release.id}, which runs, fails here: {failed}")
        if self.releases.current is not None:  # else nothing shows that this machine can run any release
            self.journal.condemn(release.id, str(failed))
            self.releases.forget(release.id)
        return Unfit(f"{release.id} is not installed: {failed}")
