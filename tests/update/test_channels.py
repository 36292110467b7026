"""What the origin may offer, and what of it is installed: signatures, names, history. What runs stays otherwise."""

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


def follow_branch(machine: Machine) -> None:
    machine.settings('[update]\nhealth_s = 0.6\nchannel = "branch"\n')


def test_a_branch_moves_on(machine: Machine) -> None:
    follow_branch(machine)
    machine.good.add(f"1.0.1-{machine.upstream.commit('1.0.1')[:12]}")
    silent(machine.update())
    assert machine.current.startswith("1.0.1")
    assert "trusts whoever may write" in str(status(machine)["channel"])


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
