"""The person on the customer's side: from the signature, a label, the last lines, else the sender's display name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from mailflow.domain.model import Finding, Message
from mailflow.reading.matching.normalise import fold
from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.spans import ENOUGH
from mailflow.reading.people.ours import Ours
from mailflow.reading.people.sign_off import Line

_DOUBLE = (
    "欧阳|司马|上官|诸葛|司徒|东方|独孤|南宫|夏侯|尉迟|公孙|慕容|令狐|皇甫|"
    "宇文|长孙|轩辕|端木|百里|呼延|第五|闻人|澹台|公冶|宗政|濮阳|淳于|太叔|申屠|范姜|张简|毋丘|"
    "万俟|钟离|鲜于|闾丘|亓官|司空|仲孙|公羊|西门|南门|东郭|赫连|拓跋|纳兰|完颜|左丘|梁丘|谷梁|段干|巫马|太史"
)
_SINGLE = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗"
    "凤花方俞任袁柳鲍史唐费廉岑薛雷贺倪汤滕"
    "殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝"
    "董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林"
    "刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫经房裘缪干解应宗丁宣邓郁单杭洪包诸左石崔吉龚程嵇邢裴陆荣翁荀惠曲封"
    "储靳段焦巴弓隗山谷车侯全班仰秋仲伊宫宁仇"
    "栾甘厉戎祖武符刘景詹束龙叶幸司黎蓟薄印宿白怀蒲从鄂索籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡姬申冉宰郦雍璩桑"
    "桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎"
    "充慕楼连茹习宦艾鱼容向古易慎戈廖终居衡步都耿满弘匡国文寇广东欧沃利蔚越师巩聂晁勾敖冷訾辛阚那简饶空曾沙养鞠"
    "丰关相查后荆红游竺权盖益桓公仝佟肖闫岳覃涂"
    "付代闪佘佴官况亢缑帅甄尧母墨哈谯年爱阳商牟海归阚郗苟邝阙池冼仉逄亓晋隋揭笪原邸闾匙撒战丛訾昝芦呙信修寇逯初"
    "鹿门鄢嘉雒苑楚铁火银占植眭蹇郄巫谌矫谷宿由迟栗"
)
_NAME = re.compile(
    rf"(?:{_DOUBLE})[\u3400-\u9fff\U00020000-\U0003ffff]{{1,2}}|[{_SINGLE}][\u3400-\u9fff\U00020000-\U0003ffff]{{1,2}}"
)
_TITLE = "总经理|副总|经理|主任|科长|部长|厂长|站长|店长|课长|主管|老板|先生|女士|小姐|老师|师傅|工程师|工|姐|哥|总"
_TITLED = re.compile(rf"(?:{_DOUBLE}|[{_SINGLE}])(?:[\u3400-\u9fff]{{1,2}})?(?:{_TITLE})")
# What looks like a name and is none: courtesies, departments, jobs, places.
_NOT_NAMES = re.compile(
    r"谢谢|谢意|谢啦|谢了|多谢|感谢|致谢|祝好|祝您|祝贵|祝商|祝工|祝顺|敬上|敬启|敬礼|敬请|此致|顺颂|顺祝|顺致|顺便|商祺|您好|你好|以上|安好|平安|高级|经办|经销|主管|采购|全体|全部|"
    r"单位|方便|时间|时候|于是|和谐|成品|包装|金额|"
    r"车间|公司|有限|部$|科$|司$|厂$|室$|组$|处$|市$|省$|区$|县$|镇$|路$|街|号$|楼$|店$|行$|站$|同志|客服|客户|用户|"
    r"业主|顾客|消费者|都是|都没|明天|平时|常常|马上|"
    r"向您|向你|方案|应该|安排|安装|成都|广州|广东|江苏|江西|东莞|宁波|温州|安徽|海南|海口|云南|石家庄|常州|和平|文件|"
    r"文员|查收|盼复|余款|金属|易碎|卫生|水泥|石材|"
    r"华东|华南|华北|华中|祝生|方式|解决|有空|年度|管理|通知|通过|国内|国际|国家|关于|关注|简单|居然|终于|终端|"
    r"[的了们款货件箱批套桶袋瓶盒吨]$|底单|盖章|签字|签名|应收|应付|那[一几个些]|经向|纬向|水桶|解释|简历|商家|商务|海关|海运|原因|信息|修理|修好|门口|门店|铁路|银行|由于|初步|战略|"
    r"经过|从来|向来|满意|能否|能够|能不|相关|相信|查询|查看|后续|后来"
)
_LABEL = re.compile(
    r"(?:联系人|收件人|收货人|寄件人|经办人|经手人|负责人|姓名|署名|业主|客户姓名|投诉人|申请人|采购员|联络人|"
    r"contact(?: person)?|attn|name)"
    r"\s{0,3}[:]?\s{0,4}"
)
_SELF = re.compile(r"(?:我叫|我是|我姓|本人)(?!别|人|们)")
_CHANGED = re.compile(
    r"(?:联系人|联络人|对接人|负责人|经办人|接口人)[^,。;\n]{0,16}(?:变更|更换|调整|改|换)[为成](?:了)?:?\s?"
)
_TITLED_NAME = re.compile(
    r"^(?:人事|行政|采购|质检|品质|品管|财务|仓库|仓管|销售|生产|技术|设备|工程|后勤|物业|店长|厂长|经理|主任|"
    r"院长|校长|队长|班长|客服|运营|文员|主管)"
)
_WORK = "公司|集团|厂|店|部|科|院|校|所|中心|采购|质检|财务|仓管|老师|经理|主任"
_GREETED = re.compile(
    r"\s{0,4}(?:尊敬的|亲爱的|致)?[^\s,:!。;]{1,12}[,:!]|\s{0,4}[^\s,:!。;]{1,12}\s?(?:您好|你好|早上好|下午好|"
    r"上午好|晚上好|好)(?:[,:!。\s]|$)"
)
_COURTESY = re.compile(r"(?:谢谢?|多谢|感谢|辛苦|thx|thanks|祝好|盼复|拜托)")
_MIXED = re.compile(r"^[A-Z][a-z]{1,12} ?[\u3400-\u9fff]{1,3}$")
_HAN = r"[\u3400-\u9fff\U00020000-\U0003ffff]"
_BARE_SURNAME = re.compile(rf"^(?:{_DOUBLE}|[{_SINGLE}])$")

_STOP = re.compile(r"[。！!？?;]|,.{6}")
_REST = re.compile(r"[\d\s()+,.。:/-]{0,40}(?:电话|手机|tel|敬上|上|启|女士|先生|经理)?[\d\s()+,.。:/-]{0,40}")
_FAMILIAR = re.compile(rf"[老小阿][{_SINGLE}]")  # 老赵, by itself in the last lines

_EN_NAME = re.compile(
    r"^(?:(?:Mr|Mrs|Ms|Dr)\.? )?[A-ZÀ-Ž][\w'’À-ž-]{0,18}\.?(?: (?:[A-ZÀ-Ž]\.|de|van|von|der|den|bin|al|da|dos|del|di|"
    r"la|le|el))*"
    r"(?: (?:de|van|von|der|den|da|di)){0,2}(?: [A-ZÀ-Ž][\w'’À-ž-]{1,20}){1,3}$"
)
_EN_NOT_NAMES = re.compile(
    r"\b(?:Ltd|Inc|LLC|GmbH|BV|NV|AG|KG|AB|Oy|SRL|SpA|Pty|Pte|Sdn|Bhd|Co|Corp|Limited|Team|Service|Support|Sales|Accounts?|Payable|Department|Dept|Manager|"
    r"Director|Engineer|Purchasing|Procurement|Quality|"
    r"Customer|Office|Operations|Buyer|Head|Best|Kind|Warm|Regards|Thanks|Thank|Dear|Hello|Hi|Yours|Sincerely|Sent|"
    r"From|Phone|Tel|Street|Road|Avenue|"
    r"Drive|Lane|Box|City|China|Germany|Group|Supply|Trading|Industries|Please|The|This|Your|Our|Order|Admin|Info|"
    r"Import|Export|Assistant|Supervisor|Coordinator|Technician|Logistics|Warehouse|Noreply|Reply|Mail|Systems|"
    r"Notification)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Person:
    part: Part
    start: int
    end: int
    rule: str
    confidence: float


def find(message: Message, parts: Sequence[Part], lines: Sequence[Line], own: Ours) -> list[Finding]:
    """The person to answer, or nothing."""
    sender = message.sender
    display = sender.name if sender and not own.is_ours(sender) else ""
    people = [*_labelled(parts), *_in_lines(lines, fold(display)), *_introduced(parts)]
    if display:
        people += _displayed(display)
    ours = {fold(name) for name in own.people} | {
        fold(person.name) for person in (*message.from_, *message.to, *message.cc) if own.is_ours(person)
    }
    people = [person for person in people if person.part.text[person.start : person.end] not in ours]
    if not people:
        return []
    best = max(people, key=lambda person: person.confidence)
    said = best.part.text[best.start : best.end]
    for person in people:
        fuller = person.part.text[person.start : person.end]
        if person.rule == "contact-sender" and len(said) < len(fuller) and said in fuller and not said.isascii():
            best = person
    return [best.part.finding("contact", best.start, best.end, best.rule, best.confidence)]


def _labelled(parts: Sequence[Part]) -> Iterator[_Person]:
    for part in parts:
        for label in islice(_LABEL.finditer(part.text), ENOUGH):
            if label[0].isascii() and not label[0].rstrip().endswith(":"):
                continue
            match = _TITLED.match(part.text, label.end()) or _NAME.match(part.text, label.end())
            if match and not _NOT_NAMES.search(match[0]):
                end = match.end()
                after = part.text[end : end + 1]
                if end - match.start() == 3 and "\u3400" <= after <= "\u9fff" and after not in "先女经电手联":
                    end -= 1  # the third character begins the next word
                yield _Person(part, match.start(), end, "contact-label", 0.85)
                continue
            english = re.match(r"[A-ZÀ-Ž][\w'’.-]+(?: [A-ZÀ-Ž][\w'’.-]+){1,2}", part.original[label.end() :][:60])
            if english and not _EN_NOT_NAMES.search(english[0]):
                yield _Person(part, label.end(), label.end() + english.end(), "contact-label", 0.8)


def _in_lines(lines: Sequence[Line], display: str) -> Iterator[_Person]:
    for place, line in enumerate(lines):
        signed = 0.1 if line.closing else 0.0
        # Names stand near the closing formula: earlier lines weigh a little more.
        weight = 0.65 + signed - min(place, 20) * 0.004
        pieces = list(line.pieces())
        greeted = _greeting(line)
        sentence = _STOP.search(line.text) is not None
        for start, end in pieces:
            if start < greeted or (sentence and not _ends(line, end)):
                continue
            words = line.part.text[start:end]
            if (job := _TITLED_NAME.match(words)) and _NAME.fullmatch(words[job.end() :]):
                start, words = start + job.end(), words[job.end() :]
            sure = weight + (0.15 if words and words in display else 0.0)
            if (_NAME.fullmatch(words) or _TITLED.fullmatch(words)) and not _NOT_NAMES.search(words):
                yield _Person(line.part, start, end, "contact-sign-off", sure)
            elif _FAMILIAR.fullmatch(words) and (
                place == len(lines) - 1 if len(pieces) == 1 else _ends(line, end) and line.text[-7:].isdigit()
            ):
                yield _Person(line.part, start, end, "contact-sign-off", weight - 0.15)
            elif (
                _BARE_SURNAME.match(words)
                and len(pieces) >= 2
                and (
                    any(c.isdigit() for c in line.text)
                    or words in re.split(r"[\s_|/-]", display)
                    or (place == len(lines) - 1 and (start, end) == pieces[-1] and len(pieces) <= 3)
                )
            ):
                yield _Person(line.part, start, end, "contact-sign-off", weight - 0.1)
        original = line.part.original[line.start : line.end]
        name = re.split(r"\s*[|,/(<]|\s{2,}", original.strip(" -*_>"))[0].strip()
        if _MIXED.match(name) and (_BARE_SURNAME.match(fold(name)[-1]) or _NAME.fullmatch(fold(name).split()[-1])):
            start = line.start + original.index(name)
            yield _Person(line.part, start, start + len(name), "contact-sign-off", weight + 0.15)
        elif _EN_NAME.match(name) and not _EN_NOT_NAMES.search(name) and not any(c.isdigit() for c in name):
            start = line.start + original.index(name)
            known = 0.15 if fold(name) in display or fold(name).split()[0] in display.split() else 0.0
            if known or line.closing or line.part.source == "signature" or _signs(lines[place + 1 : place + 4]):
                yield _Person(line.part, start, start + len(name), "contact-sign-off", weight + known)


def is_name(words: str) -> bool:
    """Whether words are a Chinese person's name, with a title or without."""
    return bool(_NAME.fullmatch(words) or _TITLED.fullmatch(words)) and not _NOT_NAMES.search(words)


def _ends(line: Line, end: int) -> bool:
    """Whether nothing but numbers and titles follows in the line: in a sentence, names stand at its end."""
    return _REST.fullmatch(line.part.text, end, line.end) is not None


def _greeting(line: Line) -> int:
    """Where the salutation of a letter's first line ends: who is greeted there is one of us."""
    above = line.part.text[: line.start].strip()
    if above or line.part.role == "signature":
        return 0
    match = _GREETED.match(line.part.text, line.start, line.end)
    return match.end() if match else 0


def _signs(following: Sequence[Line]) -> bool:
    """Whether a phone number stands in the next lines: then this line begins a signature without a rule above it."""
    return any(sum(c.isdigit() for c in line.text) >= 7 for line in following)


def _introduced(parts: Sequence[Part]) -> Iterator[_Person]:
    for part in parts:
        if part.role not in ("new_text", "forwarded_text", "attachment"):
            continue
        for lead in islice(_CHANGED.finditer(part.text), ENOUGH):
            match = _NAME.match(part.text, lead.end())
            if match and not _NOT_NAMES.search(match[0]):
                yield _Person(part, match.start(), match.end(), "contact-label", 0.88)
        for lead in islice(_SELF.finditer(part.text), ENOUGH):
            window = part.text[lead.end() : lead.end() + 30]
            match = re.match(rf"(?:{_HAN}{{0,14}}?(?:的|业主|{_WORK}))?({_NAME.pattern})(?=[,。.!;\s]|$)", window)
            if match and not _NOT_NAMES.search(match[1]):
                start = lead.end() + match.start(1)
                yield _Person(part, start, start + len(match[1]), "contact-self", 0.7)


def _displayed(display: str) -> Iterator[_Person]:
    part = Part("from", display, fold(display))
    for match in re.finditer(r"[^\s\-_|/,()<>@·]{1,40}", part.text):
        words = match[0]
        if (_NAME.fullmatch(words) or _TITLED.fullmatch(words)) and not _NOT_NAMES.search(words):
            yield _Person(part, match.start(), match.end(), "contact-sender", 0.55)
            return
    name = re.split(r"\s*[|,/(<]", display.strip(" \"'"))[0].strip()
    if _EN_NAME.match(name) and not _EN_NOT_NAMES.search(name):
        start = display.index(name)
        yield _Person(part, start, start + len(name), "contact-sender", 0.55)
