import pytest

from befresh_agent.cli.listing import ProgressLine


class Stopwatch:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_what_is_short_stays_silent(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Stopwatch()
    with ProgressLine("planning", clock) as progress:
        clock.now += 0.9
        progress.at(0.5)
    assert capsys.readouterr() == ("", "")


def test_in_a_file_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Stopwatch()
    with ProgressLine("planning", clock) as progress:
        for share in (0.0, 0.01, 0.02, 0.5, 1.0):
            clock.now += 6
            progress.at(share)
    assert (
        capsys.readouterr().err
        == "planning: 1.0%, 20 min left; Ctrl-C ends it\nplanning: 50.0%, 24 s left; Ctrl-C ends it\n"
    )


def test_on_a_terminal_one_line_that_goes_at_the_end(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    clock = Stopwatch()
    with ProgressLine("planning", clock) as progress:
        clock.now += 10
        progress.at(0.0001)
        clock.now += 1
        progress.at(0.9)
    first, second, gone, rest = capsys.readouterr().err.removeprefix("\r").split("\r")
    assert first == "planning: 0.0%, 28 h left; Ctrl-C ends it"
    assert second.rstrip() == "planning: 90.0%, 1 s left; Ctrl-C ends it"
    assert (gone.strip(), rest) == ("", "")
