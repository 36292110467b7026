"""The bare repository: what was fetched, what is signed, what comes after what. Nothing in it is ever checked out."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from befresh_update import durable
from befresh_update.errors import Refused, Unreachable
from befresh_update.origin import divided
from befresh_update.program import ProgramFailed, environment, run

_FETCH_S = 900
_GLANCE_S = 60
_REFSPECS = ("+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")
_VERSION_LINE = re.compile(r'^__version__ = "([0-9A-Za-z.+-]+)"$', re.MULTILINE)
# Hooks and foreign transports have no business here, and what is fetched must be on the card before it counts.
_CAREFUL = ("core.hooksPath=/dev/null", "protocol.ext.allow=never", "core.fsync=all", "gc.autoDetach=false")
# A clone in somebody's home is theirs; git as root would not even read it.
_OF_WHOMEVER = ("--upload-pack", "git -c safe.directory=* upload-pack")
# verify-tag chooses its program by what the signature looks like: only SSH signatures are taken.
_SSH_ONLY = ("gpg.format=ssh", "gpg.program=false", "gpg.x509.program=false")


class Repository:
    """`repo.git`. Every call raises `UpdateError`s only."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def origin(self) -> str:
        try:
            return self._git("config", "--get", "remote.origin.url").strip()
        except ProgramFailed:
            return ""

    def begin(self, origin: str) -> None:
        """Make it where it is missing, and let it follow this origin, whose password or token root alone may read."""
        origin, secret = divided(origin)
        if not self._is_repository:
            shutil.rmtree(self.path, ignore_errors=True)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            run(["git", "init", "--quiet", "--bare", self.path], what="git init")
        if secret:
            durable.write(self._credentials, f"{secret}\n", mode=0o600)
        if self.origin != origin:
            self._git("config", "remote.origin.url", origin)

    def unreadable(self) -> str:
        """Why the origin cannot be read as whoever runs this; empty when it can."""
        if self._is_local:
            return ""
        try:
            self._git("ls-remote", "--quiet", "origin", "HEAD", timeout_s=_GLANCE_S)
        except ProgramFailed as failed:
            return _reason(failed.said) if failed.said else str(failed)
        return ""

    @property
    def _credentials(self) -> Path:
        return self.path.with_name("credentials")

    @property
    def _is_local(self) -> bool:
        return self.origin.startswith(("/", "file://"))

    @property
    def _is_repository(self) -> bool:
        try:
            self._git("rev-parse", "--git-dir")
        except ProgramFailed:
            return False
        return True

    def fetch(self) -> None:
        """Everything the origin has. A repository that proves broken is fetched anew beside the old one."""
        self._remove_stale_locks()
        if not self.whole:
            self.renew()
            return
        try:
            self._fetch()
        except ProgramFailed as failed:
            raise Unreachable(f"nothing could be fetched from {self.origin}: {_reason(failed.said)}") from failed

    def renew(self) -> None:
        """Fetch it all anew, beside, and put it in the place of this one."""
        fresh = Repository(self.path.with_name("repo.new.git"))
        shutil.rmtree(fresh.path, ignore_errors=True)
        origin = self.origin
        if not origin:
            raise Unreachable(f"{self.path} is broken and does not know where it came from; set update.origin")
        fresh.begin(origin)
        try:
            fresh._fetch()
        except ProgramFailed as failed:
            raise Unreachable(
                f"{self.path} is broken and {origin} cannot be fetched: {_reason(failed.said)}"
            ) from failed
        durable.sync_all_beside(fresh.path)
        shutil.rmtree(self.path, ignore_errors=True)
        fresh.path.rename(self.path)
        durable.sync_folder(self.path.parent)

    @property
    def whole(self) -> bool:
        """Whether everything is there that something points at, and reads as it was written."""
        try:
            self._git("fsck", "--full", "--no-dangling", "--no-progress", timeout_s=_FETCH_S)
        except ProgramFailed:
            return False
        return True

    def add(self, checkout: Path) -> str:
        """The last commit of a checkout of whomever, and its tags; the commit."""
        self._git("fetch", "--quiet", "--update-shallow", *_OF_WHOMEVER, str(checkout), "+HEAD:refs/installed")
        return self.commit("refs/installed")

    def keep(self, release: str, commit: str) -> None:
        """The commits of installed releases outlive their branches."""
        self._git("update-ref", f"refs/releases/{release}", commit)

    def commit(self, name: str) -> str:
        return self._git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").strip()

    def has(self, name: str) -> bool:
        try:
            self.commit(name)
        except ProgramFailed:
            return False
        return True

    def tags(self) -> list[str]:
        return self._git("tag", "--list").split()

    def signed(self, tag: str, allowed_signers: Path) -> tuple[str, str]:
        """The name that was signed, which may differ from the one it is offered under, and its message.

        Raises `Refused`.
        """
        options = [*_SSH_ONLY, f"gpg.ssh.allowedSignersFile={allowed_signers}"]
        try:
            told = self._git("verify-tag", "--format=%(tag)%0a%(contents)", f"refs/tags/{tag}", options=options)
        except ProgramFailed as failed:
            raise Refused(f"{tag} has no signature of a key in {allowed_signers}: not installed") from failed
        name, _, message = told.partition("\n")
        return name.strip(), message

    def follows(self, later: str, earlier: str) -> bool:
        """Whether `later` was built on `earlier`."""
        if not self.has(earlier):
            return False
        try:
            self._git("merge-base", "--is-ancestor", earlier, later)
        except ProgramFailed as failed:
            if failed.ended_with == 1:
                return False
            raise
        return True

    def made_at(self, commit: str) -> int:
        """When it was committed, in seconds since 1970."""
        return int(self._git("show", "--no-patch", "--format=%ct", commit))

    def version(self, commit: str) -> str:
        """The version the program will tell of itself. Raises `Refused` when this is not our program."""
        try:
            text = self._git("show", f"{commit}:src/befresh_agent/__init__.py")
        except ProgramFailed:
            text = ""
        if not (found := _VERSION_LINE.search(text)):
            raise Refused(f"{commit[:12]} is not a version of befresh-agent")
        return found[1]

    def export(self, commit: str, folder: Path) -> None:
        """All files of the commit, into the folder."""
        archive = subprocess.Popen(
            self._words("archive", commit), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
        )
        with archive:
            # For root, tar would take over the modes that git gives, with which a group may write.
            command = ["tar", "-x", "--no-same-owner", "--no-same-permissions", "-C", str(folder)]
            tar = subprocess.run(
                command, stdin=archive.stdout, capture_output=True, encoding="utf-8", errors="replace", check=False
            )
            said = (archive.stderr.read() if archive.stderr else b"").decode(errors="replace")
        if archive.returncode or tar.returncode:
            raise ProgramFailed("writing the files of the release", archive.returncode, tar.stderr or said)

    def edited(self, commit: str, folder: Path) -> list[str]:
        """Files of the commit that are different in the folder, or missing there."""
        return self._compared(commit, folder, "diff-files", "--name-only").splitlines()

    def mend(self, commit: str, folder: Path) -> None:
        """Every file of the commit as it was."""
        self._compared(commit, folder, "checkout-index", "--all", "--force")

    def _compared(self, commit: str, folder: Path, *arguments: str) -> str:
        with tempfile.TemporaryDirectory(prefix="befresh-update-") as aside:  # so that everybody may compare
            env = environment(GIT_INDEX_FILE=f"{aside}/index", GIT_WORK_TREE=str(folder))
            run(self._words("read-tree", commit), what="git read-tree", env=env)
            # Without a look at the files first, all would seem to differ; it fails when some do, which is no failure.
            subprocess.run(self._words("update-index", "-q", "--refresh"), env=env, cwd=folder, capture_output=True)
            return run(self._words(*arguments), what=f"git {arguments[0]}", cwd=folder, env=env)

    def _fetch(self) -> None:
        deepen = ["--unshallow"] if (self.path / "shallow").exists() else []
        here = _OF_WHOMEVER if self._is_local else ()
        words = ("fetch", "--quiet", "--prune", "--no-auto-gc", *deepen, *here, "origin", *_REFSPECS)
        self._git(*words, timeout_s=_FETCH_S)

    def _remove_stale_locks(self) -> None:
        """Left from a power cut: nobody else works here, as we hold the updater's lock."""
        for lock in [*self.path.glob("*.lock"), *(self.path / "refs").rglob("*.lock")]:
            lock.unlink(missing_ok=True)

    def _git(self, *arguments: str, options: Sequence[str] = (), timeout_s: float = 120) -> str:
        network = environment(
            GIT_TERMINAL_PROMPT="0",
            GIT_HTTP_LOW_SPEED_LIMIT="500",
            GIT_HTTP_LOW_SPEED_TIME="60",
            GIT_SSH_COMMAND="ssh -oBatchMode=yes -oConnectTimeout=30",
        )
        if self._credentials.exists():
            options = [*options, f"credential.helper=store --file={self._credentials}"]
        words = self._words(*arguments, options=options)
        return run(words, what=f"git {arguments[0]}", env=network, timeout_s=timeout_s)

    def _words(self, *arguments: str, options: Sequence[str] = ()) -> list[str]:
        settings = [word for option in (*_CAREFUL, *options) for word in ("-c", option)]
        return ["git", "--git-dir", str(self.path), *settings, *arguments]


def _reason(said: str) -> str:
    """What git says is wrong, rather than the advice it ends with."""
    fatal = [line for line in said.splitlines() if line.startswith(("fatal:", "error:"))]
    return (fatal or said.splitlines() or ["it gave no reason"])[0].removeprefix("fatal: ").strip()
