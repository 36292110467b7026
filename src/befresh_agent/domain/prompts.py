"""What each cue says where it is spoken instead of sounded."""

from typing import Literal

from befresh_agent.domain.cue import Cue

Language = Literal["ko", "en"]

PROMPTS: dict[Language, dict[Cue, str]] = {
    "ko": {
        Cue.ON: "보여 주세요",
        Cue.OFF: "끝났습니다",
        Cue.SPEAK: "이름을 말해 주세요",
        Cue.REGISTERED: "등록했습니다",
        Cue.NOT_A_CONTAINER: "용기 코드가 아닙니다",
        Cue.TOO_DARK: "너무 어둡습니다",
        Cue.BLURRED: "잘 안 보입니다, 움직이지 마세요",
        Cue.TOO_CLOSE: "조금 더 멀리 들어 주세요",
        Cue.TOO_DARK: "너무 어둡습니다",
        Cue.BLURRED: "흔들리지 않게 들어 주세요",
        Cue.TOO_CLOSE: "조금 멀리 들어 주세요",
        Cue.SILENCE: "다시 말해 주세요",
        Cue.UNINTELLIGIBLE: "못 알아들었습니다",
        Cue.NO_SERVICE: "지금은 알아들을 수 없습니다",
        Cue.UNNAMED: "이름 없이 저장했습니다",
        Cue.UNDONE: "취소했습니다",
        Cue.NOTHING: "취소할 것이 없습니다",
        Cue.CANCELLED: "모두 취소했습니다",
        Cue.FAILED: "저장하지 못했습니다",
    },
    "en": {
        Cue.ON: "show me",
        Cue.OFF: "finished",
        Cue.SPEAK: "say the name",
        Cue.REGISTERED: "registered",
        Cue.NOT_A_CONTAINER: "this is not a container",
        Cue.TOO_DARK: "it is too dark",
        Cue.BLURRED: "I cannot see it clearly, hold it still",
        Cue.TOO_CLOSE: "hold it a little further away",
        Cue.TOO_DARK: "it is too dark",
        Cue.BLURRED: "please hold it still",
        Cue.TOO_CLOSE: "please hold it further away",
        Cue.SILENCE: "please say it again",
        Cue.UNINTELLIGIBLE: "I did not understand",
        Cue.NO_SERVICE: "I can not understand speech now",
        Cue.UNNAMED: "stored without a name",
        Cue.UNDONE: "taken back",
        Cue.NOTHING: "there is nothing to take back",
        Cue.CANCELLED: "everything taken back",
        Cue.FAILED: "it could not be stored",
    },
}
