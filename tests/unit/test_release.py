"""scripts/release.sh: the tag it makes is one that the updater installs, and what fails leaves everything as it was."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.test_repository import pins

ROOT = Path(__file__).parents[2]
CHANGES = "# Changes\n\n## [Unreleased]\n\n### Added\n\n- A lamp.\n\n## [1.0.0] - 2026-01-01\n\n- The first.\n"


class Maker:
    """Somebody with a checkout of 1.0.0 and a key."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.key = folder / "checkout", folder / "key"
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "maker", "-f", str(self.key)]
        subprocess.run(make, check=True)
        self.git("init", "--quiet", "--initial-branch", "main", str(self.folder), at=folder)
        self.git("config", "user.name", "Maker")
        self.git("config", "user.email", "maker@example.org")
        self.write("src/befresh_agent/__init__.py", '"""."""\n\n__version__ = "1.0.0"\n')
        self.write("CHANGELOG.md", CHANGES)
        self.write("Makefile", "check:\n\t@echo checked\n")
        (self.folder / "scripts").mkdir()
        for script in ("release.sh", "sbom.py"):
            shutil.copy(ROOT / "scripts" / script, self.folder / "scripts")
        (self.folder / "requirements").mkdir()
        shutil.copy(ROOT / "requirements" / "run.lock", self.folder / "requirements")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "1.0.0")
        self.git("tag", "v1.0.0")

    def git(self, *words: str, at: Path | None = None) -> str:
        done = subprocess.run(["git", *words], cwd=at or self.folder, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def release(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = ["scripts/release.sh", *words, "--key", str(self.key)]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)

    @property
    def state(self) -> tuple[str, ...]:
        return self.git("rev-parse", "HEAD"), self.git("status", "--porcelain"), self.git("tag", "--list")


@pytest.fixture
def maker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Maker:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return Maker(tmp_path)


def test_a_release_is_a_signed_tag_on_a_commit_that_calls_itself_so(maker: Maker, tmp_path: Path) -> None:
    done = maker.release("1.1.0")
    assert done.returncode == 0, done.stderr
    assert "checked" in done.stdout
    assert 'git push --atomic origin HEAD "v1.1.0"' in done.stdout
    assert '__version__ = "1.1.0"' in maker.git("show", "v1.1.0^{commit}:src/befresh_agent/__init__.py")
    changes = maker.git("show", "v1.1.0^{commit}:CHANGELOG.md")
    assert "## [Unreleased]\n\n## [1.1.0] - 20" in changes
    assert "- A lamp." in maker.git("for-each-ref", "--format=%(contents)", "refs/tags/v1.1.0")
    signers = tmp_path / "allowed_signers"
    signers.write_text(done.stdout.splitlines()[-1].strip() + "\n")
    maker.git("-c", "gpg.format=ssh", "-c", f"gpg.ssh.allowedSignersFile={signers}", "verify-tag", "v1.1.0")


@pytest.mark.parametrize(
    ("version", "why"),
    [
        ("1.2", "three numbers"),
        ("01.2.3", "three numbers"),
        ("1.2.3-rc1", "three numbers"),
        ("1.0.0", "there already"),
        ("0.9.0", "v1.0.0 is newer"),
    ],
)
def test_a_version_that_cannot_be_is_refused(maker: Maker, version: str, why: str) -> None:
    before = maker.state
    done = maker.release(version)
    assert (done.returncode, why in done.stderr) == (1, True), done.stderr
    assert maker.state == before


def test_nothing_is_released_that_has_no_changes_or_uncommitted_ones(maker: Maker) -> None:
    maker.write("CHANGELOG.md", CHANGES + "more\n")
    assert "not committed" in maker.release("1.1.0").stderr
    maker.write("CHANGELOG.md", CHANGES.replace("- A lamp.\n", ""))
    maker.git("commit", "--quiet", "--all", "--message", "nothing new")
    assert "nothing under [Unreleased]" in maker.release("1.1.0").stderr


@pytest.mark.parametrize("broken", ["checks", "key"])
def test_what_fails_leaves_the_checkout_as_it_was(maker: Maker, broken: str) -> None:
    if broken == "checks":
        maker.write("Makefile", "check:\n\t@false\n")
        maker.git("commit", "--quiet", "--all", "--message", "broken")
    else:
        maker.key.write_text("no key")
    before = maker.state
    assert maker.release("1.1.0").returncode != 0
    assert maker.state == before


def message(maker: Maker, tag: str) -> str:
    return maker.git("for-each-ref", "--format=%(contents:body)", f"refs/tags/{tag}")


def test_a_release_names_its_ring_and_is_widened_or_halted_by_further_tags(maker: Maker) -> None:
    assert maker.release("1.1.0", "--ring", "5").returncode == 0
    assert message(maker, "v1.1.0").endswith("\n\nRing: 5")
    for words, tag in ((("--widen", "50"), "v1.1.0-ring-50"), (("--halt",), "v1.1.0-halt")):
        done = maker.release("1.1.0", *words)
        assert (done.returncode, f'git push origin "{tag}"' in done.stdout) == (0, True), done.stderr
        assert maker.git("rev-parse", f"{tag}^{{commit}}") == maker.git("rev-parse", "v1.1.0^{commit}")
    before = maker.state
    assert "there is no v1.2.0" in maker.release("1.2.0", "--halt").stderr
    assert "rings are 0 to 99" in maker.release("1.2.0", "--ring", "100").stderr
    assert maker.state == before


def test_without_a_ring_a_release_names_none(maker: Maker) -> None:
    assert maker.release("1.1.0").returncode == 0
    assert "Ring:" not in message(maker, "v1.1.0")


def test_a_release_brings_its_bill_of_materials(maker: Maker) -> None:
    """Every pin of the lock, with its hashes and under its version, and nothing else."""
    assert maker.release("1.1.0").returncode == 0
    bill = json.loads(maker.git("show", "v1.1.0^{commit}:requirements/run.cdx.json"))
    assert (bill["bomFormat"], bill["metadata"]["component"]["version"]) == ("CycloneDX", "1.1.0")
    told = {(one["name"], one["version"]): {h["content"] for h in one["hashes"]} for one in bill["components"]}
    lock = (ROOT / "requirements" / "run.lock").read_text()
    assert set(told) == {(name, version) for name, version, _ in pins("run")}
    assert sum(map(len, told.values())) == lock.count("--hash=sha256:")
    references = [one["bom-ref"] for one in bill["components"]]
    assert sorted(references) == sorted({*references}) == sorted(bill["dependencies"][0]["dependsOn"])
