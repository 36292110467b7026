"""Addresses of origins: what of them may be shown, and what a fridge is told that cannot reach its own."""

import pytest

from befresh_update.origin import divided, is_private, unreachable


@pytest.mark.parametrize(
    ("origin", "shown", "kept"),
    [
        ("https://example.org/a.git", "https://example.org/a.git", ""),
        ("https://me:ghp_1@example.org/a.git", "https://example.org/a.git", "https://me:ghp_1@example.org"),
        ("https://ghp_1@example.org:8443/a", "https://example.org:8443/a", "https://ghp_1:@example.org:8443"),
        ("git@example.org:a.git", "git@example.org:a.git", ""),
        ("ssh://git@example.org/a.git", "ssh://git@example.org/a.git", ""),
        ("/srv/a@b.git", "/srv/a@b.git", ""),
    ],
)
def test_a_secret_is_taken_out_of_an_address(origin: str, shown: str, kept: str) -> None:
    assert divided(origin) == (shown, kept)


@pytest.mark.parametrize(
    ("origin", "private"),
    [
        ("https://example.org/a.git", False),
        ("https://192.168.0.7/a.git", True),
        ("http://[fd00::1]:3000/a.git", True),
        ("http://nas.local/a.git", True),
        ("http://nas:3000/a.git", True),
        ("git@git.lan:a.git", True),
        ("https://1.1.1.1/a.git", False),
        ("/srv/a.git", False),
        ("file:///srv/a.git", False),
    ],
)
def test_an_address_of_this_network_alone_is_known(origin: str, private: bool) -> None:
    assert is_private(origin) is private


def test_who_clones_with_a_key_of_his_own_is_told_that_root_has_none() -> None:
    said = unreachable("git@example.org:a.git", "Permission denied (publickey)")
    assert "a key or password that root has not" in said
    assert "update.origin" in said
    assert "a key or password" in unreachable("https://example.org/a.git", "could not read Username for 'https://...'")
    assert "Could not resolve host" in unreachable("https://example.org/a.git", "Could not resolve host: example.org")
