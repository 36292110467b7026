"""The sounds of Korean in the letters of other languages (see `hangul.spelled`)."""

from collections.abc import Mapping

Language = Mapping[str, tuple[str, ...]]


def _language(onsets: str, vowels: str, codas: str) -> Language:
    """Of lines `sound=letters|letters`."""
    table: dict[str, tuple[str, ...]] = {}
    for mark, lines in (("o", onsets), ("", vowels), ("c", codas)):
        for pair in lines.split():
            sound, _, letters = pair.partition("=")
            table[mark + sound] = tuple(letters.split("|"))
    return table


_ONSETS = "g=g kk=k n=n d=d tt=t r=r m=m b=b pp=p s=s ss=s j=dz jj=dz ch=ci k=k t=t p=p h=h"
_VOWELS = "a=a ae=e ya=ia yae=ie eo=o e=e yeo=io ye=ie o=o wa=ua wae=ue oe=ue yo=io u=u wo=uo we=ue wi=ui yu=iu eu=u|i ui=ui i=i"
_CODAS = "k=k n=n t=t l=l m=m p=p ng=ng|n"
ITALIAN = _language(_ONSETS.replace("j=dz jj=dz", "j=gi jj=gi").replace("kk=k", "kk=k"), _VOWELS, _CODAS)
SPANISH = _language(_ONSETS.replace("ch=ci", "ch=ch"), _VOWELS, _CODAS)
FINNISH = _language(_ONSETS.replace("ch=ci", "ch=ts"), _VOWELS.replace("eu=u|i", "eu=y|u").replace("=i", "=j"), _CODAS)
CZECH = _language(
    "g=g kk=k n=n d=d tt=t r=r m=m b=b pp=p s=s ss=s j=dž jj=dž ch=č k=k t=t p=p h=h",
    "a=a ae=e ya=ja yae=je eo=o e=e yeo=jo ye=je o=o wa=ua wae=ue oe=ue yo=jo u=u wo=uo we=ue wi=ui yu=ju eu=u|y ui=uj i=i",
    _CODAS,
)
GERMAN = _language(
    "g=g kk=k n=n d=d tt=t r=r m=m b=b pp=p s=ss ss=ss j=dsch jj=dsch ch=tsch k=k t=t p=p h=h",
    "a=a ae=e ya=ja yae=je eo=o e=e yeo=jo ye=je o=o wa=ua wae=ue oe=ö yo=jo u=u wo=uo we=ue wi=ui yu=ju eu=ü|u ui=ui i=i",
    _CODAS,
)
FRENCH = _language(
    "g=gu|g kk=k n=n d=d tt=t r=r m=m b=b pp=p s=ss ss=ss j=dj jj=dj ch=tch k=k t=t p=p h=h",
    "a=a ae=è ya=ia yae=iè eo=o e=é yeo=io ye=iè o=o wa=oua wae=ouè oe=oué yo=io u=ou wo=ouo we=oué wi=oui yu=iou eu=eu|ou "
    "ui=ui i=i",
    "k=k n=ne t=t l=l m=me p=p ng=ngue|n",
)
ENGLISH = _language(
    "g=g kk=k n=n d=d tt=t r=r m=m b=b pp=p s=s ss=s j=j jj=j ch=ch k=k t=t p=p h=h",
    "a=ah ae=eh ya=yah yae=yeh eo=aw e=eh yeo=yaw ye=yeh o=oh wa=wah wae=weh oe=weh yo=yoh u=oo wo=waw we=weh wi=wee yu=yoo "
    "eu=oo|uh ui=wee i=ee",
    "k=k n=n t=t l=l m=m p=p ng=ng",
)
RUSSIAN = _language(
    "g=г kk=к n=н d=д tt=т r=р m=м b=б pp=п s=с ss=с j=дж jj=дж ch=ч k=к t=т p=п h=х",
    "a=а ae=э ya=я yae=е eo=о e=э yeo=ё ye=е o=о wa=уа wae=уэ oe=уэ yo=ё u=у wo=уо we=уэ wi=уи yu=ю eu=ы ui=ый i=и",
    "k=к n=н t=т l=л|ль m=м p=п ng=н|нг",
)
IPA = _language(
    "g=ɡ|k kk=k n=n d=d|t tt=t r=ɾ m=m b=b|p pp=p s=s ss=s j=ʥ jj=ʨ ch=ʨʰ k=kʰ t=tʰ p=pʰ h=h",
    "a=a ae=ɛ ya=ja yae=jɛ eo=ʌ|ɔ e=e yeo=jʌ ye=je o=o wa=wa wae=wɛ oe=we yo=jo u=u wo=wʌ we=we wi=wi yu=ju eu=ɯ|ɨ ui=ɯi i=i",
    "k=k n=n t=t l=l|ɭ m=m p=p ng=ŋ",
)
"""The sounds themselves (see `speakers.Kokoro`)."""
PHONES = _language(
    "g=g kk=k n=n d=d tt=t r=r m=m b=b pp=p s=s ss=s j=jh jj=jh ch=ch k=k t=t p=p h=hh",
    "a=aa ae=eh ya=y,aa yae=y,eh eo=ao|ah e=eh yeo=y,ao ye=y,eh o=ow wa=w,aa wae=w,eh oe=w,eh yo=y,ow u=uw wo=w,ao we=w,eh "
    "wi=w,iy yu=y,uw eu=uh|ih|uw ui=uh,iy i=iy|ih",
    "k=k n=n t=t l=l m=m p=p ng=ng",
)
"""Of American English, for synthesisers that take sounds; each is followed by a comma there (`speakers.Flite`)."""

_KANA = {
    "": "アイウエオ", "g": "ガギグゲゴ", "k": "カキクケコ", "n": "ナニヌネノ", "r": "ラリルレロ", "m": "マミムメモ",
    "b": "バビブベボ", "p": "パピプペポ", "s": "サシスセソ", "h": "ハヒフヘホ",
    "d": ("ダ", "ディ", "ドゥ", "デ", "ド"), "t": ("タ", "ティ", "トゥ", "テ", "ト"),
    "j": ("ジャ", "ジ", "ジュ", "ジェ", "ジョ"), "ch": ("チャ", "チ", "チュ", "チェ", "チョ"),
}  # fmt: skip
_PLAIN = {"kk": "k", "tt": "t", "pp": "p", "ss": "s", "jj": "j"}
_ROWS = {"a": "a", "ae": "e", "eo": "o", "e": "e", "o": "o", "u": "u", "eu": "u", "i": "i", "ui": "i"}
_GLIDES = {"ya": "iャ", "yeo": "iョ", "yo": "iョ", "yu": "iュ", "ye": "iェ", "yae": "iェ",
           "wa": "uア", "wo": "uオ", "we": "uエ", "wae": "uエ", "oe": "uエ", "wi": "uイ"}  # fmt: skip
KANA_CODAS = {
    "k": ("ッ", "ク"),
    "n": ("ン",),
    "t": ("ッ",),
    "l": ("ル",),
    "m": ("ム", "ン"),
    "p": ("ッ", "プ"),
    "ng": ("ン",),
}


def kana(onset: str, vowel: str) -> str:
    """One syllable without its last consonant, in katakana."""
    row = _KANA[_PLAIN.get(onset, onset)]
    plain, small = (_ROWS[vowel], "") if vowel in _ROWS else (_GLIDES[vowel][0], _GLIDES[vowel][1:])
    return row["aiueo".index(plain)] + small


# ruff: noqa: E501  # lists of words
