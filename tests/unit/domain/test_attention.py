import pytest

from befresh_agent.domain.attention import ContainerStands, Kind, Situation, concerns


def texts(situation: Situation) -> list[str]:
    return [str(one.text) for one in concerns(situation)]


def test_all_is_well() -> None:
    calm = ContainerStands(title="rice", address="A", temperature=4.0)
    assert concerns(Situation(containers=[calm])) == []


@pytest.mark.parametrize(
    ("situation", "kind", "says"),
    [
        (Situation(over=["milk"]), Kind.EAT, "milk is past its day"),
        (Situation(over=["milk", None, "ham"]), Kind.EAT, "milk and 2 more are past their day"),
        (Situation(today=[None]), Kind.EAT, "Food without a name is for today"),
        (Situation(unnamed=1), Kind.NAME, "1 food waits for its name"),
        (Situation(unnamed=2), Kind.NAME, "2 foods wait for their names"),
        (Situation(lost={"camera": "unplugged"}), Kind.MEND, "The camera does not work"),
        (Situation(lost={"microphone": ""}), Kind.MEND, "The microphone does not work"),
        (Situation(lost={"hci0": ""}), Kind.MEND, "Bluetooth does not work"),
        (Situation(lost={"radio hci1": ""}, other_radio=True), Kind.MEND, "One Bluetooth adapter does not work"),
        (Situation(troubles={"power": "too little voltage"}), Kind.MEND, "too little power"),
        (Situation(troubles={"updates": "none for weeks"}), Kind.MEND, "computer needs a look"),
        (Situation(troubles={"updates": "failed"}, update_error="failed"), Kind.MEND, "The last update did not work"),
        (Situation(troubles={"disk": "9 MB are free"}, disk_full=True), Kind.MEND, "The memory card is full"),
        (Situation(broker_error="refused"), Kind.MEND, "The food service cannot be reached"),
        (Situation(refused=1), Kind.MEND, "did not take everything"),
        (Situation(clock_set=False), Kind.MEND, "The clock is not set"),
        (Situation(disk_full=True), Kind.MEND, "The memory card is full"),
        (Situation(update_error="no network"), Kind.MEND, "The last update did not work"),
        (Situation(hanging=["relay"]), Kind.MEND, "A part of the fridge hangs"),
    ],
)
def test_each_trouble_is_one_sentence(situation: Situation, kind: Kind, says: str) -> None:
    (one,) = concerns(situation)
    assert one.kind is kind
    assert says in one.text
    assert one.where.startswith("/")


@pytest.mark.parametrize(
    ("celsius", "says"),
    [(-0.1, "fish is too cold: -0.1 °C"), (0.0, ""), (10.0, ""), (10.1, "fish is too warm: 10.1 °C"), (None, "")],
)
def test_a_container_outside_the_right_temperatures(celsius: float | None, says: str) -> None:
    fish = ContainerStands(title="fish", address="A", temperature=celsius)
    assert texts(Situation(containers=[fish])) == [says] * bool(says)


def test_a_container_tells_of_its_air_and_of_its_silence() -> None:
    fish = ContainerStands(title="fish", address="A", rising=True, absent=True)
    changing, silent = concerns(Situation(containers=[fish]))
    assert "its air is changing" in changing.text
    assert "does not answer" in silent.text
    assert changing.where == silent.where == "/containers/A"


def test_what_is_to_be_eaten_comes_first_and_what_is_to_be_mended_last() -> None:
    box = ContainerStands(title="fish", address="A", rising=True)
    situation = Situation(over=["milk"], containers=[box], unnamed=1, lost={"camera": ""})
    assert [one.kind for one in concerns(situation)] == [Kind.EAT, Kind.CONTAINER, Kind.NAME, Kind.MEND]


def test_the_page_itself_is_no_concern() -> None:
    assert concerns(Situation(lost={"page": "port taken"})) == []
