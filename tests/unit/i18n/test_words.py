import ast
import re
from datetime import date, timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Formatter

import pytest

from befresh_agent import cli
from befresh_agent.cli.dry_run_report import MessageFate
from befresh_agent.containers.rules.plausibility import DoubtReason, ValueMark
from befresh_agent.domain import attention, container_narration, narration
from befresh_agent.domain.attention import ContainerStands, Situation, concerns
from befresh_agent.domain.cue import Cue
from befresh_agent.domain.detection import ViewHint
from befresh_agent.domain.events import DeviceState
from befresh_agent.domain.quantities import Quantity
from befresh_agent.domain.radio_recovery import RecoveryAction
from befresh_agent.history.rules.trend import TrendState
from befresh_agent.i18n.words import (
    LANGUAGES,
    PROMPTS,
    WORDS,
    date_question,
    language_of,
    retold,
    translate,
)
from befresh_agent.page.forms import RESULTS
from befresh_agent.page.page_tabs import TABS
from befresh_agent.ports.voice import ListenFailure
from befresh_agent.simulation import scenario as directions
from befresh_agent.simulation.container_air import FOODS
from befresh_agent.simulation.scenario import find_scenario, load_scenario
from befresh_agent.storage import roster, store

KOREAN = WORDS["ko"]
TEMPLATES = list(files("befresh_agent.page").joinpath("templates").iterdir())


def said_in(text: str) -> set[str]:
    return set(re.findall(r'\bt\("([^"]+)"', text)) | set(re.findall(r"\bt\('([^']+)'", text))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda file: file.name)
def test_every_sentence_of_a_template_is_there_in_korean(template: Traversable) -> None:
    assert said_in(template.read_text()) - set(KOREAN) == set()


def test_every_tab_and_every_state_is_there_in_korean() -> None:
    states = {*DeviceState, *TrendState, "waiting", "delivered", "journal", "refused"}
    assert ({str(state) for state in states} | {tab.title for tab in TABS}) - set(KOREAN) == set()


def test_every_concern_is_there_in_korean() -> None:
    every = Situation(
        over=["a"],
        today=["b", "c"],
        unnamed=2,
        containers=[ContainerStands(title="t", address="A", rising=True, absent=True, temperature=99)],
        lost=dict.fromkeys((*attention.DEVICES, "hci0"), ""),
        broker_error="e",
        refused=1,
        clock_set=False,
        disk_full=True,
        update_error="u",
        hanging=["h"],
    )
    for one in concerns(every):
        assert one.text.template in KOREAN


@pytest.mark.parametrize("doubt", DoubtReason)
def test_a_doubt_is_told_in_korean_however_it_was_kept(doubt: DoubtReason) -> None:
    told = retold("ko", str(ValueMark(doubt, Quantity.GAS, 50 * 3600)))
    assert not re.search(r"[a-z]{3}", told), told


def test_a_finished_sentence_is_told_in_korean() -> None:
    assert retold("ko", "message 7 for food-regist delivered to the journal") == "food-regist 메시지 7 전달됨: 저널"
    assert retold("ko", "broker is back after 12 s") == "12초 만에 브로커에 다시 연결됨"
    assert retold("ko", "Xyzzy; broker is back after 12 s") == "Xyzzy; 12초 만에 브로커에 다시 연결됨"
    assert retold("en", "broker is back after 12 s") == "broker is back after 12 s"


def test_every_answer_to_a_form_is_there_in_korean() -> None:
    assert set(RESULTS.values()) <= set(KOREAN)


def test_a_translation_names_the_same_values() -> None:
    for english, korean in KOREAN.items():
        named, left = (
            {name.partition(".")[0] for _, name, _, _ in Formatter().parse(text) if name} for text in (english, korean)
        )
        assert named - {"cue"} == left - {"cue"}, english


_TAKE_SENTENCES = {"Phrase": 1, "counted": 3, "said": 1, "line": 1, "rule": 1, "command": 1, "_note": 1}
"""Which of a call's first arguments are sentences."""


def sentences(tree: ast.AST) -> set[str]:
    """What a module says as it stands there, or names `text` or `template` first."""
    found: list[ast.expr | None] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            found += node.args[: _TAKE_SENTENCES.get(name, 0)]
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in ("text", "template"):
            found.append(node.value)
    said = {one.value for one in found if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return {text for text in said if re.search(r"\w", re.sub(r"\{[^}]*\}", "", text))}


TOLD = [
    *Path(cli.__path__[0]).glob("*.py"),
    *(Path(module.__file__ or "") for module in (attention, roster, narration, container_narration, directions, store)),
]


@pytest.mark.parametrize("file", TOLD, ids=lambda file: file.name)
def test_every_sentence_of_the_terminal_is_there_in_korean(file: Path) -> None:
    text = file.read_text()
    if "Phrase" in text or "printer" in text:
        assert sentences(ast.parse(text)) - set(KOREAN) == set()


def test_every_word_that_a_sentence_takes_in_is_there_in_korean() -> None:
    words = {
        *MessageFate,
        *ViewHint,
        *RecoveryAction,
        *(why for why in ListenFailure if why not in ("cancelled", "microphone")),
        *FOODS,
    }
    assert {str(word) for word in words} - set(KOREAN) == set()


@pytest.mark.parametrize("name", ["demo", "trouble", "by-hand", "own-pictures", "own-pictures-once"])
def test_the_scenarios_that_come_with_the_agent_are_told_in_korean(name: str) -> None:
    scenario = load_scenario(find_scenario(name))
    assert {scenario.title, *(step.tells for step in scenario.step if step.tells)} - set(KOREAN) == set()


@pytest.mark.parametrize(
    ("day", "korean", "english"),
    [
        (date(2026, 12, 5), "이천이십육년 십이월 오일까지 맞아요?", "is it December 5, 2026?"),
        (date(2030, 6, 10), "이천삼십년 유월 십일까지 맞아요?", "is it June 10, 2030?"),
        (date(2027, 10, 31), "이천이십칠년 시월 삼십일일까지 맞아요?", "is it October 31, 2027?"),
        (date(2011, 1, 1), "이천십일년 일월 일일까지 맞아요?", "is it January 1, 2011?"),
    ],
)
def test_a_date_is_said_as_people_say_it(day: date, korean: str, english: str) -> None:
    assert date_question("ko", day) == korean
    assert date_question("en", day) == english


def test_no_two_days_sound_alike() -> None:
    days = [date(2026, 1, 1) + timedelta(days=count) for count in range(5 * 365)]
    for language in ("ko", "en"):
        assert len({date_question(language, day) for day in days}) == len(days)


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("ko", "ko"), ("en-GB,ko;q=0.9", "en"), ("de", "en"), ("", "en"), ("en;q=0.1,ko;q=0.2", "ko"), ("ko;q=x", "en")],
)
def test_the_browser_says_which_language(accepted: str, language: str) -> None:
    assert language_of("auto", accepted) == language
    assert language_of("ko", accepted) == "ko"


def test_values_are_filled_in() -> None:
    assert translate("ko", "{count} days left", count=3) == "3일 남음"
    assert translate("en", "{count} days left", count=3) == "3 days left"


def test_each_language_has_a_catalogue_and_no_catalogue_is_left_over() -> None:
    there = {file.name.removesuffix(".toml") for file in files("befresh_agent.i18n").iterdir() if ".toml" in file.name}
    assert there == set(LANGUAGES)
    assert all(set(sentences) == set(Cue) for sentences in PROMPTS.values())


def test_every_cue_has_its_words_in_every_language() -> None:
    for words in PROMPTS.values():
        assert set(words) == set(Cue)
        assert len(set(words.values())) == len(words)


def doctors_sentences() -> set[str]:
    """What the doctor's checks say, with a word in place of each value; commands are said as they are."""
    said = set()
    for file in files("befresh_agent.doctor").joinpath("checks").iterdir():
        for node in ast.walk(ast.parse(file.read_text())) if file.name.endswith(".py") else ():
            name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if isinstance(node, ast.Call) and name in ("ok", "absent", "warning", "broken"):
                said |= {filled(part) for part in node.args[1:]}
    return {text for text in said if re.search(r"[a-z]{3} [a-z]{2}", text) and not _COMMAND.match(text)}


_COMMAND = re.compile(r"(sudo|befresh-agent|bluetoothctl)\b(?!.*, then)|befresh-agent V in|picamera2: V|V -m pip")


def filled(part: ast.expr) -> str:
    if isinstance(part, ast.JoinedStr):
        return "".join(str(one.value) if isinstance(one, ast.Constant) else "V" for one in part.values)
    return part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else ""


@pytest.mark.parametrize("sentence", sorted(doctors_sentences()))
def test_the_doctor_speaks_korean(sentence: str) -> None:
    assert re.search("[가-힣]", retold("ko", sentence)), sentence
