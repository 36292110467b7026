import pytest

from befresh_agent.ports.voice import ListenFailure, NotHeard
from befresh_agent.voice.speech.online import GoogleSpeech
from tests.google_speech import NAME, google
from tests.spoken import spoken


def asking(endpoint: str, key: str | None = None, timeout_s: float = 30) -> GoogleSpeech:
    return GoogleSpeech("ko-KR", endpoint, key, timeout_s)


async def test_a_name_is_understood_and_asked_for_as_google_wants_it() -> None:
    with google() as service:
        readings = await asking(service.endpoint + "good", "my-key").transcribe(spoken("사과"), ())
    assert [(one.text, one.confidence) for one in readings] == [(NAME, 0.93), ("사가", pytest.approx(0.07))]
    query, content_type, body = service.asked[0]
    assert query["lang"] == ["ko-KR"]
    assert query["key"] == ["my-key"]
    assert content_type == "audio/x-flac; rate=16000"
    assert body.startswith(b"fLaC")


async def test_nothing_understood() -> None:
    with google() as service, pytest.raises(NotHeard) as caught:
        await asking(service.endpoint + "empty").transcribe(spoken("사과"), ())
    assert caught.value.why is ListenFailure.UNINTELLIGIBLE


@pytest.mark.parametrize("answer", ["forbidden", "broken", "portal", "nonsense", "truncated", "reset"])
async def test_whatever_goes_wrong_is_the_service(answer: str) -> None:
    with google() as service, pytest.raises(NotHeard) as caught:
        await asking(service.endpoint + answer, "my-secret-key").transcribe(spoken("사과"), ())
    assert caught.value.why is ListenFailure.SERVICE
    assert caught.value.detail
    assert "my-secret-key" not in str(caught.value)


@pytest.mark.parametrize("answer", ["stalled", "slow"])
async def test_a_stalled_service_costs_its_timeout(answer: str) -> None:
    with google() as service, pytest.raises(NotHeard) as caught:
        await asking(service.endpoint + answer, timeout_s=0.5).transcribe(spoken("사과"), ())
    assert caught.value.why is ListenFailure.SERVICE


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9/", "http://no.such.host.invalid/", "ftp:nonsense"])
async def test_nobody_there_is_the_service(endpoint: str) -> None:
    with pytest.raises(NotHeard) as caught:
        await asking(endpoint).transcribe(spoken("사과"), ())
    assert caught.value.why is ListenFailure.SERVICE
