"""One run: from the lock to the confirmed release. What may go wrong on the way leaves what runs untouched.

lock -> nothing unconfirmed -> clock -> nobody at the fridge -> fetch -> choose -> build -> self-test
     -> copy the database -> promise -> switch -> restart -> watch -> confirm -> the updater itself -> forget old ones
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from befresh_update import wishes
from befresh_update.channel import Branch, Channel, Release, Signed
from befresh_update.circumstances import Circumstances
from befresh_update.copies import Copies
from befresh_update.errors import Later, Prevented, UpdateError
from befresh_update.journal import Journal, Pending
from befresh_update.layout import Layout
from befresh_update.origin import is_private, unreachable
from befresh_update.program import ProgramFailed
from befresh_update.releases import KEPT, SELF_TEST_S, Releases, service_user
from befresh_update.repository import Repository
from befresh_update.service import Service
from befresh_update.steps import Step, Tell
from befresh_update.switching import GLANCE_S, Switching
from befresh_update.trial import Trial

_BRANCH = "main"
"""Followed where no branch was cloned, but a tag."""
_PATIENCE_S = 15 * 60
"""How long a scheduled run waits for a clock that is set and a fridge that nobody uses; a session lasts 10 minutes."""


@dataclass(frozen=True, slots=True)
class Check:
    """What an update would do."""

    current: Release | None
    due: Release | None
    channel: Channel


class Update:
    """The installation, and what can be done to it."""

    def __init__(
        self,
        layout: Layout,
        tell: Tell,
        *,
        sleep: Callable[[float], None] = time.sleep,
        self_test_s: float = SELF_TEST_S,
    ) -> None:
        self.wishes, self.places = wishes.read(layout)
        self.told: list[str] = []
        """What a person should hear though the run went well."""
        self.layout = layout
        self.journal = Journal(layout.state)
        self.repository = Repository(layout.repository)
        self.releases = Releases(layout, self.repository, self_test_s)
        self._tell = tell
        self._sleep = sleep
        self.service = Service(self.places.socket, sleep)
        user = service_user(layout)
        self.switching = Switching(layout, self.releases, self.journal, self.service, self.places, user, tell)

    @property
    def channel(self) -> Channel:
        signers = wishes.signers(self.layout, self.wishes)
        if self.wishes.channel == "tags" or (self.wishes.channel == "auto" and signers.exists()):
            return Signed(signers, self.wishes.ring)
        return Branch(self.wishes.branch or self.journal.branch or _BRANCH)

    def check(self) -> Check:
        """Look what there is. Changes nothing but what was fetched."""
        with self.journal.locked():
            return self._check()

    def run(self, *, scheduled: bool = False) -> Release | None:
        """Install what is due; None when nothing is. Raises `UpdateError`."""
        with self.journal.locked():
            self._tell(Step.LOCKED)
            self._after_interruption()
            self._wait_for(self._usable, scheduled=scheduled)
            checked = self._check()
            self._tell(Step.FETCHED)
            if checked.due is None:
                if checked.current is not None:
                    self._afterwards(checked.current)
                return None
            self._tell(Step.CHOSEN)
            self._build(checked.due)
            self._wait_for(self._usable, scheduled=scheduled)
            self.switching.switch(
                checked.due, checked.current, health_s=self.wishes.health_s, last_look=self._nobody_at_the_fridge
            )
            self._afterwards(checked.due)
            return checked.due

    def install(self, checkout: Path, origin: str, branch: str = "") -> Release:
        """What is committed in a checkout, on the word of whoever installs it: the first release, or another."""
        with self.journal.locked():
            if self.service.standing().state == "active":
                self._after_interruption()
            else:
                self.switching.recover(running=False)
            self.repository.begin(self.wishes.origin or origin or str(checkout))
            self.journal.note_origin(self.repository.origin)
            self.journal.note_branch(branch)
            commit = self.repository.add(checkout)
            release, current = Release(self.repository.version(commit), commit), self.releases.current
            self._build(release)
            if not self.copies.there:
                self.copies.adopt(release.id)  # before the switch, so that it can be taken back at the next start
            self.copies.install_door(checkout / "updater")
            if release != current:
                self._take(release, current)
            self._afterwards(release)
            self._try_origin()
            return release

    def _try_origin(self) -> None:
        """Whether updates will come, while somebody is there who can do something about it."""
        origin = self.repository.origin
        if why := self.repository.unreadable():
            self.told.append(unreachable(origin, why))
        elif is_private(origin):
            self.told.append(f"updates come from {origin}, which only this network knows: elsewhere none will come")

    def rollback(self) -> Release:
        """Back to the release confirmed before the current one; the current one is not tried again."""
        with self.journal.locked():
            self._after_interruption()
            current = self.releases.current
            before = next((name for name in reversed(self.journal.confirmed) if self._is_before(name, current)), None)
            target = self.releases.known(before) if before else None
            if current is None or target is None:
                raise UpdateError("there is no release to go back to")
            self._nobody_at_the_fridge()
            self.journal.condemn(current.id, "taken back by hand")
            told = self.switching.go_back(Pending(current.id, target.id), running=True)
            self.service.restart()
            self.service.watch(target.version, GLANCE_S)
            self.switching.confirm(target.id)
            self.told += told[1:]
            return target

    def recover(self) -> str:
        """At boot, before the agent: take back what nobody confirmed; what was done, empty when there was nothing."""
        with self.journal.locked(patience_s=60):
            return self.switching.recover(running=False)

    def _take(self, release: Release, current: Release | None) -> None:
        if current is not None and self.service.standing().state == "active":
            self._nobody_at_the_fridge()
            self.switching.switch(release, current, health_s=self.wishes.health_s, last_look=lambda: None)
            return
        self.journal.promise(Pending(release.id, current.id if current else ""))
        self._tell(Step.PROMISED)
        self.releases.point_at(release.id)
        self._tell(Step.SWITCHED)
        self.switching.confirm(release.id)

    def _check(self) -> Check:
        self._heal()
        self.repository.fetch()
        self.journal.note_origin(self.repository.origin)
        current, channel = self.releases.current, self.channel
        return Check(current, channel.due(self.repository, current, self.journal.bad), channel)

    def _heal(self) -> None:
        """The repository follows the wanted origin; one that is gone begins anew."""
        if origin := self.wishes.origin or self.repository.origin or self.journal.origin:
            self.repository.begin(origin)
            return
        raise UpdateError(f"{self.layout.repository} is gone; set update.origin, or install again")

    def _build(self, release: Release) -> None:
        self.releases.build(release)
        self._tell(Step.BUILT)
        Trial(self.layout, self.places.database.parent, self.releases, self.journal).hold(release)
        self._tell(Step.TRIED)

    def _afterwards(self, release: Release) -> None:
        """What may fail without harm to what runs; what a power cut kept from being done is done by the next run."""
        # In the order of the journal: the times of files are those of a clock that may have leapt.
        confirmed = [name for name in reversed(self.journal.confirmed) if self._is_before(name, release)]
        self.releases.prune({release.id, *confirmed[: KEPT - 1]})
        self.switching.forget_copies({path.name for path in self.layout.releases.iterdir()})
        self._tell(Step.PRUNED)
        mark = f"updater-of-{release.id}"
        if mark in self.journal.bad:
            return
        circumstances = Circumstances(self.layout, self.places.database.parent)
        try:
            self.copies.adopt(release.id)
        except ProgramFailed as failed:
            excuse = "it took too long" if failed.timed_out else circumstances.excuse(failed)
            if excuse:
                line = f"{release.id} runs, but its updater could not be tried: {failed}; {excuse}; it is tried again"
                raise Prevented(line) from failed
            self.journal.condemn(mark, str(failed))
            line = f"{release.id} runs, but its updater does not work ({failed}); the one here stays"
            raise UpdateError(line) from failed
        self._tell(Step.ADOPTED)

    @property
    def copies(self) -> Copies:
        return Copies(self.layout)

    def _is_before(self, name: str, current: Release | None) -> bool:
        return current is not None and name != current.id and self.releases.known(name) is not None

    def _after_interruption(self) -> None:
        """The run before this one was killed, and the machine has not been started since."""
        if told := self.switching.recover(running=True):
            if self.releases.current is not None:
                self.service.restart()
            self.told.append(told)

    def _wait_for(self, look: Callable[[], None], *, scheduled: bool) -> None:
        """A scheduled run comes once a week: it waits a while. A person is told at once. Raises `Later`."""
        until = time.monotonic() + (_PATIENCE_S if scheduled else 0)
        while True:
            try:
                return look()
            except Later:
                if time.monotonic() >= until:
                    raise
            self._sleep(5)

    def _usable(self) -> None:
        self._clock_is_set()
        self._nobody_at_the_fridge()

    def _clock_is_set(self) -> None:
        """A Pi has no clock of its own: before the network has set it, no certificate can be judged."""
        current = self.releases.current
        if current is not None and self.repository.has(current.commit):
            made = self.repository.made_at(current.commit)
            if time.time() < made:
                raise Later("the clock is not set: it is before the day on which what runs here was made")

    def _nobody_at_the_fridge(self) -> None:
        if why := self.service.busy():
            raise Later(why)
        if self.releases.current is not None and self.service.standing().state == "inactive":
            raise Later("the agent was stopped by hand; it is updated once it runs again")
