"""The same thing counts again only after it was out of view."""

from befresh_agent.domain.view import View


def test_a_thing_stays_known_while_it_is_seen() -> None:
    view = View(out_s=2)
    view.note("code", 0)
    for second in range(10):
        view.frame({"code"}, float(second))
    assert "code" in view


def test_a_thing_is_forgotten_after_two_seconds_without_it() -> None:
    view = View(out_s=2)
    view.note("code", 0)
    for moment in (0.5, 1.0, 1.9):
        view.frame(set(), moment)
    assert "code" in view
    view.frame(set(), 2.0)
    assert "code" not in view


def test_one_missed_frame_of_a_slow_camera_is_not_out_of_view() -> None:
    view = View(out_s=2)
    view.note("code", 0)
    view.frame(set(), 3.0)
    view.frame({"code"}, 6.0)
    view.frame(set(), 9.0)
    view.frame(set(), 12.0)
    assert "code" in view
    view.frame(set(), 15.0)
    assert "code" not in view


def test_what_was_never_noted_is_not_remembered() -> None:
    view = View(out_s=2)
    view.frame({"code"}, 0)
    assert list(view) == []
