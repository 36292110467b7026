"""The page's words, in English and in Korean. The English sentence is the key."""

from collections.abc import Mapping

KOREAN: Mapping[str, str] = {
    # Tabs and the frame
    "Now": "지금",
    "Food": "식품",
    "Containers": "용기",
    "Delivery": "전송",
    "Health": "상태",
    "Fridge": "냉장고",
    "Fridge {id}": "냉장고 {id}",
    "dry run": "모의 실행",
    "live": "실시간",
    "not connected": "연결 끊김",
    "Skip to content": "본문으로 건너뛰기",
    # Now
    "The fridge is waiting": "냉장고가 기다리고 있습니다",
    "Press the button at the door to register food.": "문 앞의 버튼을 누르면 식품 등록이 시작됩니다.",
    "Show food to the camera": "카메라에 식품을 보여 주세요",
    "A container's code or a printed date. For anything else say “{phrase}”.": (
        "용기의 QR 코드나 인쇄된 날짜를 보여 주세요. 그 밖의 식품은 “{phrase}”이라고 말하세요."
    ),
    "Say the food's name": "식품 이름을 말하세요",
    "The fridge is listening.": "냉장고가 듣고 있습니다.",
    "Start registering": "등록 시작",
    "Finish": "마치기",
    "Take back the last": "마지막 항목 되돌리기",
    "Cancel all": "모두 취소",
    "In this session": "이번 등록",
    "Nothing yet.": "아직 없습니다.",
    "What the camera saw last": "카메라가 마지막으로 본 것",
    "The camera is live only while food is being registered. Nothing was seen since the start.": (
        "카메라는 등록하는 동안에만 켜집니다. 시작한 뒤로 본 것이 없습니다."
    ),
    "Nothing recognised in it.": "인식된 것이 없습니다.",
    "Last sound": "마지막 소리",
    "No sound yet.": "아직 소리가 없었습니다.",
    "Devices": "장치",
    "What happened": "있었던 일",
    "without a name": "이름 없음",
    "container": "용기",
    "container code": "용기 코드",
    "other code": "다른 코드",
    "product code": "상품 코드",
    "date": "날짜",
    # Devices
    "button": "버튼",
    "camera": "카메라",
    "distance": "거리 센서",
    "vision": "영상 인식",
    "date reader": "날짜 인식",
    "voice": "음성",
    "microphone": "마이크",
    "speaker": "스피커",
    "radio": "블루투스",
    "page": "페이지",
    "ready": "준비됨",
    "lost": "고장",
    "off": "꺼짐",
    # Food
    "What to eat first": "먼저 먹을 순서",
    "All": "전체",
    "Soon": "곧",
    "Unnamed": "이름 없음",
    "Gone": "치운 것",
    "Search": "찾기",
    "Name or part of it": "이름 또는 일부",
    "fresh": "신선",
    "caution": "주의",
    "past": "지남",
    "today": "오늘까지",
    "1 day left": "1일 남음",
    "{count} days left": "{count}일 남음",
    "1 day over": "1일 지남",
    "{count} days over": "{count}일 지남",
    "no date": "날짜 없음",
    "registered {when}": "{when} 등록",
    "use by {day}": "{day}까지",
    "printed: {day}": "인쇄된 날짜: {day}",
    "in {container}": "{container} 안",
    "waits for a name": "이름을 기다림",
    "being registered": "등록 중",
    "already told to the service": "서비스에 이미 전달됨",
    "changed here only": "여기에서만 바뀜",
    "gone since {when}": "{when} 치움",
    "What is it?": "무엇인가요?",
    "Save name": "이름 저장",
    "Change": "고치기",
    "Name": "이름",
    "Use by": "소비 기한",
    "Save": "저장",
    "Eaten or thrown away": "먹었거나 버림",
    "It is still there": "아직 있음",
    "Undo": "되돌리기",
    "The service was told when this was registered; what you change here stays in this house.": (
        "등록할 때 서비스에 이미 전달되었습니다. 여기서 고친 내용은 이 냉장고에만 남습니다."
    ),
    "Empty leaves it as it was printed.": "비워 두면 인쇄된 날짜를 따릅니다.",
    "Nothing here.": "여기에는 아무것도 없습니다.",
    "Nothing is registered yet. Press the button at the fridge and show it some food.": (
        "아직 등록된 식품이 없습니다. 냉장고의 버튼을 누르고 식품을 보여 주세요."
    ),
    "Nothing found for “{search}”.": "“{search}”에 맞는 식품이 없습니다.",
    "Earlier": "이전",
    "Later": "다음",
    "{first}–{last} of {total}": "{total}개 중 {first}–{last}",
    "The order goes by the date; food without one takes its turn by its age. It says nothing about food safety.": (
        "순서는 날짜를 따르고, 날짜가 없는 식품은 등록한 때를 따릅니다. 식품이 안전한지를 말해 주지는 않습니다."
    ),
    "Container": "용기",
    "Packaged": "포장 식품",
    "Other": "일반 식품",
    # What was done
    "Named: {name}. The service is told now.": "이름: {name}. 이제 서비스에 전달합니다.",
    "Saved here. The service was already told; it does not hear of this change.": (
        "여기에 저장했습니다. 서비스에는 이미 전달되어 이 변경은 전해지지 않습니다."
    ),
    "Saved.": "저장했습니다.",
    "Taken off the list here. The service was already told of it; take it off there as well.": (
        "이 목록에서 뺐습니다. 서비스에는 이미 전달되었으니 앱에서도 지워 주세요."
    ),
    "Taken off the list. The service never hears of it.": "목록에서 뺐습니다. 서비스에는 전달되지 않습니다.",
    "Back on the list.": "목록에 되돌렸습니다.",
    "The button was pressed.": "버튼을 눌렀습니다.",
    "That did not work: {why}": "되지 않았습니다: {why}",
    # Sounds
    "The session is open: show something.": "등록이 열렸습니다. 식품을 보여 주세요.",
    "The session is closed.": "등록이 끝났습니다.",
    "Say the food's name now.": "지금 식품 이름을 말하세요.",
    "The item is on disk.": "저장되었습니다.",
    "This QR code does not belong to a container.": "용기의 QR 코드가 아닙니다.",
    "The camera sees nothing: make light.": "카메라에 아무것도 보이지 않습니다. 밝게 해 주세요.",
    "What is shown is out of focus or moves: hold it still, at another distance.": (
        "흐리거나 움직입니다. 거리를 바꾸어 가만히 들어 주세요."
    ),
    "What is shown does not fit into the view: hold it further away.": "너무 가깝습니다. 더 멀리 들어 주세요.",
    "Nobody spoke: say it again.": "말이 들리지 않았습니다. 다시 말하세요.",
    "Somebody spoke, but it was not understood: say it again.": "알아듣지 못했습니다. 다시 말하세요.",
    "Speech cannot be understood at the moment: say it again, or name it later.": (
        "지금은 음성을 알아들을 수 없습니다. 다시 말하거나 나중에 이름을 정하세요."
    ),
    "The item is kept without a name.": "이름 없이 저장되었습니다.",
    "The last item was taken back.": "마지막 항목을 되돌렸습니다.",
    "There is nothing to take back.": "되돌릴 것이 없습니다.",
    "The whole session was taken back.": "이번 등록을 모두 취소했습니다.",
    "It could not be saved: nothing was registered.": "저장하지 못했습니다. 등록된 것이 없습니다.",
    # Time
    "just now": "방금",
    "{count} min ago": "{count}분 전",
    "{count} h ago": "{count}시간 전",
    "{count} days ago": "{count}일 전",
    "yesterday": "어제",
    # The door
    "This page asks for a token": "이 페이지에는 토큰이 필요합니다",
    "Show it on the fridge's terminal with `befresh-agent page --qr` and open the address it prints.": (
        "냉장고의 터미널에서 `befresh-agent page --qr`을 실행하고, 표시되는 주소를 여세요."
    ),
    "There is no such page": "없는 페이지입니다",
    "Back to the beginning": "처음으로",
}


def translate(language: str, text: str, **values: object) -> str:
    """The sentence in that language, with its values filled in."""
    return (KOREAN.get(text, text) if language == "ko" else text).format(**values)


def language_of(chosen: str, accepted: str) -> str:
    """`ko` or `en`: what is set, else what the browser's Accept-Language prefers of the two."""
    if chosen != "auto":
        return chosen
    best, language = 0.0, "en"
    for part in accepted.split(","):
        tag, _, quality = part.strip().partition(";q=")
        name = tag.split("-")[0].lower()
        weight = _number(quality) if quality else 1.0
        if name in ("ko", "en") and weight > best:
            best, language = weight, name
    return language


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
