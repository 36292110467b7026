"""What the origin may offer, and what of it is installed: signatures, names, history. What runs stays otherwise."""

import stat

import pytest

from tests.update.machine import Machine
from tests.update.upstream import git
from tests.update.words import good_release, one_line, silent, status


@pytest.mark.parametrize("key", ["stranger", pytest.param(None, marks=pytest.mark.updates)])
def test_bad_signature(machine: Machine, key: str | None) -> None:
    before = machine.current
    machine.upstream.commit("1.1.0")
    machine.upstream.tag("v1.1.0", key=key)
    one_line(machine.update(), "v1.1.0 has no signature of a key in")
    assert machine.current == before


def test_a_signature_of_another_kind(machine: Machine) -> None:
    """Git chooses who verifies by what the signature looks like: a key ring of root's must not count."""
    machine.upstream.commit("1.1.0")
    machine.upstream.tag("v1.1.0", key=None)
    signed = git(machine.upstream.repository, "cat-file", "tag", "v1.1.0")
    signed += "\n-----BEGIN PGP SIGNATURE-----\n\nabcd\n-----END PGP SIGNATURE-----\n"
    (machine.place / "tag").write_text(signed)
    tag = git(machine.upstream.repository, "hash-object", "-t", "tag", "-w", str(machine.place / "tag"))
    git(machine.upstream.repository, "update-ref", "refs/tags/v1.1.0", tag)
    machine._tool("gpg", "echo '[GNUPG:] GOODSIG 1 maker'; exit 0")
    one_line(machine.update(), "v1.1.0 has no signature of a key in")


def test_old_tag_renamed(machine: Machine) -> None:
    """An old release under a new name carries a good signature."""
    before = machine.current
    good_release(machine, "1.1.0")
    silent(machine.update())
    git(machine.upstream.repository, "update-ref", "refs/tags/v9.9.9", "refs/tags/v1.0.0")
    one_line(machine.update(), "v9.9.9 is the signed tag v1.0.0 under another name")
    assert machine.current != before


def test_a_tag_that_calls_itself_something_else(machine: Machine) -> None:
    machine.upstream.commit("1.1.0")
    machine.upstream.tag("v1.2.0")
    one_line(machine.update(), "v1.2.0 calls itself 1.1.0")


def test_a_tag_that_moved(machine: Machine) -> None:
    git(machine.upstream.repository, "checkout", "--quiet", "--orphan", "elsewhere")
    machine.upstream.commit("1.0.0", at="2026-01-02T00:00:00Z")
    git(machine.upstream.repository, "tag", "--delete", "v1.0.0")
    machine.upstream.tag("v1.0.0")
    one_line(machine.update(), "a release never changes")


def test_downgrade(machine: Machine) -> None:
    """The newest release is withdrawn at the origin: what runs here stays."""
    release = good_release(machine, "1.1.0")
    silent(machine.update())
    git(machine.upstream.repository, "tag", "--delete", "v1.1.0")
    machine.upstream.tag("v0.9.0", machine.upstream.commit("0.9.0"))
    silent(machine.update())
    assert machine.current == release


def in_ring(machine: Machine, ring: int) -> None:
    machine.settings(f"[update]\nhealth_s = 0.6\nring = {ring}\n")


def offered(machine: Machine, version: str, message: str) -> str:
    """A good release whose tag says so; its id."""
    commit = machine.upstream.commit(version)
    machine.upstream.tag(f"v{version}", message=message)
    release = f"{version}-{commit[:12]}"
    machine.good.add(release)
    return release


def test_a_release_comes_to_a_ring_when_a_signed_tag_says_so(machine: Machine) -> None:
    in_ring(machine, 40)
    before, release = machine.current, offered(machine, "1.1.0", "v1.1.0\n\n- New.\n\nRing: 5")
    machine.upstream.tag("v1.1.0-ring-39")
    silent(machine.update())
    assert machine.current == before
    assert str(status(machine)["channel"]) == "signed tags, ring 40"
    machine.upstream.tag("v1.1.0-ring-40")
    silent(machine.update())
    assert machine.current == release


def test_a_halted_release_comes_to_nobody_else_and_the_one_before_does(machine: Machine) -> None:
    in_ring(machine, 0)
    release = offered(machine, "1.0.1", "v1.0.1")
    offered(machine, "1.1.0", "v1.1.0")
    machine.upstream.tag("v1.1.0-halt")
    silent(machine.update())
    assert machine.current == release


@pytest.mark.parametrize("how", ["unsigned", "of another release", "on another commit"])
def test_only_the_maker_widens(machine: Machine, how: str) -> None:
    in_ring(machine, 40)
    machine.upstream.tag("v1.0.0-ring-99")
    before = machine.current
    offered(machine, "1.1.0", "v1.1.0\n\nRing: 5")
    if how == "unsigned":
        machine.upstream.tag("v1.1.0-ring-99", key=None)
        told = "v1.1.0-ring-99 has no signature of a key in"
    elif how == "of another release":
        git(machine.upstream.repository, "update-ref", "refs/tags/v1.1.0-ring-99", "refs/tags/v1.0.0-ring-99")
        told = "v1.1.0-ring-99 is the signed tag v1.0.0-ring-99 under another name"
    else:
        machine.upstream.tag("v1.1.0-ring-99", "HEAD~1")
        told = "and the release it speaks of at"
    one_line(machine.update(), told)
    assert machine.current == before


def follow_branch(machine: Machine) -> None:
    machine.settings('[update]\nhealth_s = 0.6\nchannel = "branch"\n')


def test_a_branch_moves_on(machine: Machine) -> None:
    follow_branch(machine)
    machine.good.add(f"1.0.1-{machine.upstream.commit('1.0.1')[:12]}")
    silent(machine.update())
    assert machine.current.startswith("1.0.1")
    assert "trusts whoever may write" in str(status(machine)["channel"])


def test_the_branch_that_was_cloned_is_followed(machine: Machine) -> None:
    follow_branch(machine)
    git(machine.upstream.repository, "checkout", "--quiet", "-b", "stable")
    assert machine.install(branch="stable").returncode == 0
    machine.good.add(f"1.0.1-{machine.upstream.commit('1.0.1')[:12]}")
    silent(machine.update())
    assert machine.current.startswith("1.0.1")
    assert "branch stable" in str(status(machine)["channel"])


def test_an_origin_that_root_cannot_read_is_told_at_once_and_its_token_is_for_root_alone(machine: Machine) -> None:
    done = machine.install(origin="http://me:ghp_secret@127.0.0.1:9/befresh-agent.git")
    assert done.returncode == 0
    assert "updates will not come: http://127.0.0.1:9/befresh-agent.git cannot be read" in done.stderr
    assert "ghp_secret" not in done.stderr + machine.update("--status", "--json").stdout
    [kept] = [path for path in machine.layout.home.rglob("*") if path.is_file() and b"ghp_secret" in path.read_bytes()]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_diverged_branch(machine: Machine) -> None:
    follow_branch(machine)
    before = machine.current
    git(machine.upstream.repository, "checkout", "--quiet", "--orphan", "other")
    machine.upstream.commit("2.0.0")
    git(machine.upstream.repository, "branch", "--force", "main", "other")
    one_line(machine.update(), "beside what runs here")
    assert machine.current == before


@pytest.mark.updates
def test_a_branch_set_back(machine: Machine) -> None:
    follow_branch(machine)
    machine.good.add(f"1.0.1-{machine.upstream.commit('1.0.1')[:12]}")
    silent(machine.update())
    git(machine.upstream.repository, "reset", "--quiet", "--hard", "HEAD~1")
    one_line(machine.update(), "behind what runs here")
