"""The same thing counts again only after it was out of view."""

from befresh_agent.registration.rules.in_view import ViewMemory


def test_a_thing_stays_known_while_it_is_seen() -> None:
    view = ViewMemory(out_s=2)
    view.note("code", 0)
    for second in range(10):
        view.frame({"code"}, float(second))
    assert "code" in view


def test_a_thing_is_forgotten_after_two_seconds_without_it() -> None:
    view = ViewMemory(out_s=2)
    view.note("code", 0)
    for moment in (0.5, 1.0, 1.9):
        view.frame(set(), moment)
    assert "code" in view
    view.frame(set(), 2.0)
    assert "code" not in view


def test_one_missed_frame_of_a_slow_camera_is_not_out_of_view() -> None:
    view = ViewMemory(out_s=2)
    view.note("code", 0)
    view.frame(set(), 3.0)
    view.frame({"code"}, 6.0)
    view.frame(set(), 9.0)
    view.frame(set(), 12.0)
    assert "code" in view
    view.frame(set(), 15.0)
    assert "code" not in view


def test_what_was_never_noted_is_not_remembered() -> None:
    view = ViewMemory(out_s=2)
    view.frame({"code"}, 0)
    assert list(view) == []


def test_of_two_things_each_is_forgotten_by_itself() -> None:
    view = ViewMemory(out_s=2)
    view.note("stays", 0)
    view.note("goes", 0)
    for second in range(1, 5):
        view.frame({"stays"}, float(second))
    assert list(view) == ["stays"]


def test_late_in_a_session_three_quick_frames_are_not_two_seconds() -> None:
    view = ViewMemory(out_s=2)
    view.note("code", 100)
    for moment in (100.1, 100.2, 100.3):
        view.frame(set(), moment)
    assert "code" in view
