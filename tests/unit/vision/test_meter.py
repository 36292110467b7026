"""How fast the vision stage says that it is."""

from datetime import date

from befresh_agent.domain.detection import DateSeen
from befresh_agent.domain.events import SessionOpened, ThingDetected
from befresh_agent.vision.vision_pool import VisionMeter

DAY, OTHER = date(2027, 3, 1), date(2027, 3, 2)


def accepted(day: date) -> ThingDetected:
    return ThingDetected(DateSeen(day, 0.9, "27.03.01"))


def test_frames_a_second_are_those_of_all_workers() -> None:
    meter = VisionMeter()
    assert meter.frames_per_s is None
    for number in range(10):
        meter.looked(10 + number / 4, 10.5 + number / 4, [])
    assert meter.frames_per_s == round(10 / 2.75, 1)


def test_the_time_to_a_date_begins_with_the_first_frame_that_shows_it() -> None:
    meter = VisionMeter()
    meter.looked(0.0, 1.0, [])
    meter.looked(2.0, 3.0, [OTHER])
    meter.looked(3.0, 4.0, [DAY])
    meter.looked(4.0, 5.5, [DAY])
    meter.listen(accepted(DAY))
    assert meter.date_s == 2.5


def test_a_new_session_counts_anew_and_the_last_date_stays() -> None:
    meter = VisionMeter()
    meter.looked(0.0, 1.0, [DAY])
    meter.looked(1.0, 2.0, [DAY])
    meter.listen(accepted(DAY))
    meter.listen(SessionOpened("a"))
    assert meter.frames_per_s is None
    assert meter.date_s == 2.0
