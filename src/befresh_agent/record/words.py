"""The words of charts and sheets in English and Korean. The English sentence is the key."""

from collections.abc import Mapping
from typing import Literal

from befresh_agent.domain.gatt import Quantity

Language = Literal["en", "ko"]

_KOREAN: Mapping[str, str] = {
    "Temperature": "온도",
    "Humidity": "습도",
    "Gas resistance": "가스 저항",
    "Ammonia (raw)": "암모니아 (측정값)",
    "1 hour": "1시간",
    "24 hours": "24시간",
    "7 days": "7일",
    "{hours} hours": "{hours}시간",
    "from {low} to {high} {unit}, last {last} {unit}": "{low}~{high} {unit}, 마지막 {last} {unit}",
    "no readings": "측정 없음",
    "{count} gaps without readings": "측정 없는 구간 {count}개",
    "no gaps": "빠진 구간 없음",
    # The sheet
    "Daily record of a container": "용기 일일 기록",
    "Container": "용기",
    "Food": "식품",
    "Day": "날짜",
    "Fridge": "냉장고",
    "Readings": "측정 횟수",
    "Temperature must be": "온도 기준",
    "{low} to {high} °C": "{low}~{high} °C",
    "Lowest": "최저",
    "Mean": "평균",
    "Highest": "최고",
    "Outside the range": "기준을 벗어난 시간",
    "Never, as far as it was measured.": "측정된 동안에는 없음.",
    "{begin} to {end} ({minutes} min), at worst {worst} °C": "{begin}~{end} ({minutes}분), 최대 {worst} °C",
    "Not measured": "측정되지 않은 시간",
    "Never: every gap is shorter than {minutes} minutes.": "없음: 모든 간격이 {minutes}분보다 짧음.",
    "{begin} to {end} ({minutes} min)": "{begin}~{end} ({minutes}분)",
    "By the hour": "시간별",
    "Hour": "시",
    "The clock was not set at {count} of these readings; their times may be wrong.": (
        "이 가운데 {count}번은 시계가 맞지 않은 상태로 측정되어 시각이 틀릴 수 있음."
    ),
    "The day is not over yet.": "아직 끝나지 않은 날입니다.",
    "This record tells what was measured. It does not tell whether food is safe.": (
        "이 기록은 측정한 값만을 보여 주며, 식품의 안전을 보증하지 않습니다."
    ),
    "Checked by": "확인자",
    "Signature": "서명",
    "Remarks": "비고",
    "Printed {when}": "{when} 출력",
}

_NAMES = {
    Quantity.TEMPERATURE: ("Temperature", "°C"),
    Quantity.HUMIDITY: ("Humidity", "%"),
    Quantity.GAS: ("Gas resistance", "kΩ"),
    Quantity.NH3: ("Ammonia (raw)", ""),
}


def say(language: Language, text: str, **values: object) -> str:
    """The sentence in that language, with its values filled in."""
    return (_KOREAN.get(text, text) if language == "ko" else text).format(**values)


def name_of(quantity: Quantity, language: Language) -> str:
    return say(language, _NAMES[quantity][0])


def unit_of(quantity: Quantity) -> str:
    return _NAMES[quantity][1]


def window_of(seconds: float, language: Language) -> str:
    """A stretch of time in words."""
    known = {3600: "1 hour", 86_400: "24 hours", 7 * 86_400: "7 days"}.get(round(seconds))
    return say(language, known) if known else say(language, "{hours} hours", hours=round(seconds / 3600))
