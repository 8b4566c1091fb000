"""Names in answers: whom a colleague means, and lines that are no more than somebody's name or card."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from mailflow.reading.answers.words import AnswerWords, squeeze

_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章云苏潘葛奚范彭郎鲁韦昌马苗凤方俞任袁柳"
    "鲍史唐费廉岑薛雷贺倪汤滕罗毕郝邬安乐于时傅皮卞齐康伍余元卜顾孟黄和穆萧尹姚邵汪祁毛狄臧戴宋茅庞熊纪舒屈项祝董梁杜阮蓝闵"
    "季贾路娄江童颜郭梅盛林钟徐邱骆高夏蔡田樊胡凌霍虞万柯卢莫房解丁宣邓郁杭洪包左石崔吉龚程邢裴陆荣翁曲封储段焦侯宁甘厉武符"
    "刘景龙叶黎白蒲卓池乔闻党翟谭申冉桑牛燕冀尚农温庄晏柴阎连习艾向古易廖耿匡文欧沃聂晁勾敖简饶曾沙丰关查游权盖佟肖闫岳覃涂付"
)
_DOUBLE = "欧阳|司马|上官|诸葛|司徒|夏侯|慕容|皇甫|尉迟|令狐"
TITLE = (
    "总经理|副总经理|副总|常务|总监|总工|经理|主任|科长|部长|厂长|课长|主管|组长|班长|先生|女士|小姐|老师|师傅|工程师|"
    "工|姐|哥|总|同事|同志"
)
# Signs that make a short word no name: 高了, 何时, 于理.
_NO_GIVEN = "了的吗呢吧啊呀不没未无太过是有要需请再先等查改退补错多少时况必理解批签字认价额量期货品件单部门司户议意见同"
_HAN_NAME = rf"(?:(?:{_DOUBLE})[\u3400-\u9fff]{{1,2}}|[{_SURNAMES}][\u3400-\u9fff]{{1,2}})"
_NAME = re.compile(_HAN_NAME)
_TITLED = re.compile(rf"(?:{_DOUBLE}|[{_SURNAMES}])(?:[\u3400-\u9fff]{{1,2}}?)?(?:{TITLE})")
_DEPARTMENT = re.compile(r"[\u3400-\u9fff]{2,8}(?:部|科|组|处|室|车间|中心|班)")
_LATIN = re.compile(r"[A-Z][A-Za-z.'’-]{0,20}(?: [A-Z][A-Za-z.'’-]{0,20}){0,3}")
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_TITLE_END = re.compile(rf"(?:{TITLE})$")
_GREETED = re.compile(
    rf"{_TITLED.pattern}(?:[、,和]?{_TITLED.pattern})?(?:您好|你们好|你好|好|早|早上好|上午好|中午好|下午好|晚上好)?"
)
_THANKED = re.compile(r"^(?:谢谢|多谢|感谢|辛苦)")
_SIGNED_BY = re.compile(r"^(?:审核人|批准人|签字人|签名人|签名|经办人|审批人|姓名|签字)[: ](?=.)")
_BRACKET = re.compile(r"[(（<\[].{0,60}[)）>\]]\s*$")


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody named at the beginning of some words: as written, the known name it fits, and where the name ends."""

    written: str
    known: str
    end: int
    fits: int  # how many of the known names it may be


def named(words: AnswerWords, squeezed: str, original: str, names: Collection[str]) -> Named | None:
    """Who is named at the start of ``squeezed``; ``original`` tells capitals.  None when that is nobody's name."""
    exact = sorted((name for name in names if _starts(squeezed, name)), key=lambda name: -len(squeeze(name)))
    if exact:
        end = len(squeeze(exact[0]))
        title = re.compile(rf"(?:{TITLE})").match(squeezed, end)
        return Named(original[: len(exact[0])] if original else exact[0], exact[0], title.end() if title else end, 1)
    if (department := _DEPARTMENT.match(squeezed)) and words["card"].whole(department[0]):
        inner = named(words, squeezed[department.end() :], original[len(department[0]) :], names)
        if inner is not None and original.startswith(department[0]):  # 质量部李梅
            return Named(inner.written, inner.known, inner.end + department.end(), inner.fits)
    for shape in (_MAIL, _DEPARTMENT):
        if (match := shape.match(squeezed)) and _tail(words, squeezed[match.end() :]):
            return _resolved(match[0], match.end(), names)
    if match := _TITLED.match(squeezed):
        return _resolved(match[0], match.end(), names)
    for length in (4, 3, 2):
        part = squeezed[:length]
        if len(part) == length and _is_han_name(part) and _tail(words, squeezed[length:]):
            return _resolved(part, length, names)
    if (latin := _LATIN.match(original)) and latin[0].lower() not in ("customer", "client", "me", "us"):
        return _resolved(latin[0], len(squeeze(latin[0])), names)
    return None


def _tail(words: AnswerWords, rest: str) -> bool:
    return not rest.strip(" :") or words["transfer_tail"].start(rest.strip(" :")) >= 0


def _starts(squeezed: str, name: str) -> bool:
    bare = squeeze(name)
    if not bare or not squeezed.startswith(bare):
        return False
    return not (
        bare[-1].isascii() and squeezed[len(bare) : len(bare) + 1].isascii() and squeezed[len(bare) :][:1].isalnum()
    )


def _resolved(written: str, end: int, names: Collection[str]) -> Named:
    found = fitting(written, names)
    return Named(written, found[0] if len(found) == 1 else "", end, len(found))


def fitting(written: str, names: Collection[str]) -> list[str]:
    """Those of the known names that a name as written may mean: itself, without its title, or 张 of 张经理."""
    said = squeeze(_BRACKET.sub("", written))
    same = [name for name in names if squeeze(name) == said]
    if same:
        return same
    bare = _TITLE_END.sub("", said)
    same = [name for name in names if squeeze(name) == bare]
    if same or bare == said:
        return same
    return [name for name in names if bare and squeeze(name).startswith(bare)]


def _is_han_name(words: str) -> bool:
    return _NAME.fullmatch(words) is not None and not any(sign in _NO_GIVEN for sign in words[1:])


def is_card(words: AnswerWords, squeezed: str, names: Collection[str]) -> bool:
    """Whether a piece is no more than a name, a department, a number or a company: what stands in signatures."""
    squeezed = _SIGNED_BY.sub("", squeezed)
    if words["card"].whole(squeezed) or _MAIL.fullmatch(squeezed) or _TITLED.fullmatch(squeezed):
        return True
    known = sorted((squeeze(name) for name in names if squeeze(name)), key=len, reverse=True)
    if squeezed in known or _is_han_name(squeezed):
        return True
    for name in known:
        if squeezed.startswith(name) or squeezed.endswith(name):
            rest = squeezed.replace(name, "", 1).strip()
            return words["card"].whole(rest) or re.fullmatch(TITLE, rest) is not None
    if (title := _TITLE_END.search(squeezed)) and words["card"].whole(squeezed[: title.start()].strip()):
        return True  # 技术部经理
    return any(
        _is_han_name(squeezed[at:]) and words["card"].whole(squeezed[:at].strip())
        for at in range(len(squeezed) - 3, len(squeezed) - 1)
        if at > 0
    )


def is_greeting(squeezed: str) -> bool:
    """Whether a piece only addresses or thanks somebody: 王经理您好, 谢谢李工."""
    return _GREETED.fullmatch(_THANKED.sub("", squeezed)) is not None


def is_latin_name(original: str) -> bool:
    """Whether words look like a name in Latin letters: worth something only below a closing formula."""
    return _LATIN.fullmatch(original.strip()) is not None


def is_person(words: str) -> bool:
    """Whether the value of a person field may be a name: short, no sentence."""
    said = squeeze(words)
    return 2 <= len(said) <= 40 and not re.search(r"[。;!?:]|我|本人|待定|不清楚|不知道", said)
