"""The customer's company, as fully as the mail names it; never one of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from mailflow.domain.freemail import company_domain
from mailflow.domain.model import Finding, Message
from mailflow.reading.matching.normalise import fold
from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.spans import ENOUGH
from mailflow.reading.people.company_stems import stem_of
from mailflow.reading.people.contacts import is_name
from mailflow.reading.people.ours import Ours
from mailflow.reading.people.sign_off import Line

_LEGAL = "有限责任公司|股份有限公司|集团有限公司|有限公司|分公司|公司|集团"
_HOUSES = (
    "总厂|分厂|制品厂|机械厂|五金厂|食品厂|服装厂|纺织厂|塑料厂|玩具厂|家具厂|印刷厂|电器厂|配件厂|厂|会计师事务所|"
    "律师事务所|事务所|研究院|研究所|"
    "设计院|检测中心|医院|门诊部|诊所|幼儿园|小学|中学|大学|学院|酒店|饭店|宾馆|餐厅|超市|商行|经营部|合作社|工作室|"
    "服务站|管理处|供应站|加工厂|中心小学|批发部|门市部|专卖店|旗舰店|五金店|建材店|农资店|水果店|便利店|"
    "服装店|书店|花店|药店|大药房|汽修店|修理店|维修店|"
    "维修中心|服务中心|购物中心|培训中心|修理厂|养殖场|农场|林场|牧场|果园|种植园|种植基地|项目部|项目经理部|"
    "指挥部|工程处|学校|职业学院|协会|商会|基金会|银行|"
    "支行|信用社|卫生院|卫生室|加油站|污水处理站|处理站|热力站|变电站|水厂|电厂|商场|商城|酒楼|食堂|餐馆|"
    "火锅店|面馆|茶馆|咖啡馆|民宿|客栈|旅馆|影楼|美容院|"
    "健身房|俱乐部|驾校|养老院|敬老院|福利院|动物医院|宠物店|管委会|街道办|居委会|村委会|业委会|业主委员会|"
    "养护站|车队|工坊|酒庄|图书馆|博物馆|体育馆"
)
_FULL = re.compile(
    rf"(?:{_LEGAL}|{_HOUSES})(?:\([\u4e00-\u9fff]{{2,8}}\))?(?![\u4e00-\u9fff]{{0,1}}(?:库|房|家|商|址|里|门))"
)
_NAME_BACKWARDS = re.compile(r"[\u3400-\u9fff·()a-z0-9&]{1,28}$")
_NOT_A_NAME = re.compile(
    r"^(?:贵|我|本|该|贵我|你们?|您|我们|我方|你方|他们|她们|原|新|老|此|两家?|一家|各|某|骗子|垃圾|黑心|无良|物业|个|"
    r"现在|结果|全|运输|托运|货运|搬家|维保|维修|施工|中介|外包|代理|"
    r"认为|觉得|某个|这家?|那家?|别家|其他|其它|"
    r"快递|物流|总|分|子|母|上市|保险|"
    r"检测|工|出|到|来|进|本地|生产|供应商|第三方|客户|们|公司|官方|官网|品牌|厂家|厂商|授权|线上|网上|正品|直营|自营)+$"
)
_LABEL = re.compile(
    r"(?<![\u4e00-\u9fff])(?:公司名称|单位名称|客户名称|单位|公司|客户|企业名称|company(?: name)?|firm|buyer|"
    r"customer)[ \t]{0,3}:[ \t]{0,4}"
)
_AFTER_LABEL = re.compile(r"[^\s,;。|/、]{2,30}|[a-z][\w&.' -]{2,60}")
_TRADES = (
    "机电|机械|电子|电气|电器|电机|食品|科技|贸易|商贸|经贸|外贸|进出口|实业|工贸|塑业|塑胶|塑料|纸业|纸品|五金|模具|"
    "设备|装备|材料|新材料|包装|化工|涂料|服饰|服装|"
    "针织|纺织|印染|家居|家纺|家具|木业|物流|运输|货运|建材|建设|工程|钢构|烘焙|餐饮|水泵|泵业|石化设备|轴承|阀门|"
    "光电|照明|汽配|汽车|制药|药业|生物|医疗|器械|农业|"
    "农机|印刷|广告|传媒|网络|软件|信息|数码|通讯|智能|自动化|仪器|仪表|精密|制造|重工|船舶|航空|铁路|路桥|环保|能源|"
    "新能源|电力|电力器材|器材|线材|电缆|线缆|石材|陶瓷|玻璃|橡胶|密封|"
    "紧固件|标准件|金属|钢铁|铝业|铜业|铸造|锻造|美妆|日化|母婴|玩具|文具|体育|健身|珠宝|饰品|眼镜|鞋业|皮具|箱包|"
    "箱业|水产|畜牧|粮油|茶业|酒业|饮品|乳业|生鲜|百货|超市|"
    "传动|风机|物联|物联网|饮料|热力|园林|绿化|景观|物业|机床|工具|刀具|磨具|量具|液压|气动|焊接|焊材|弹簧|"
    "齿轮|链条|管业|管道|管件|暖通|制冷|空调|净化|"
    "消防|安防|电源|电池|电控|元器件|半导体|芯片|线路板|电路|显示|传感|激光|光学|磁材|磁业|矿业|煤业|石油|"
    "燃气|油品|润滑|化学|染料|颜料|树脂|胶业|胶粘|涂装|"
    "汽修|汽贸|车业|摩托|电动车|自行车|轮胎|配件|零部件|卫浴|洁具|厨具|橱柜|地板|板材|壁纸|墙纸|吊顶|灯饰|灯具|"
    "家电|家饰|床品|毛巾|丝绸|羽绒|皮革|鞋服|童装|内衣|"
    "烟酒|食材|调味|粮食|面粉|烘焙坊|乳品|肉业|禽业|渔业|种业|种苗|花卉|饲料|兽药|农资|农牧|果业|果蔬|蔬菜|"
    "物资|供销|批发|零售|连锁|电商|商业|供应链|仓储|货代|国际|快运|"
    "办公|文化|影视|旅游|旅行|地产|置业|保洁|家政|人力|财务|检测|认证|计量|医药|医械|药房|口腔|眼科|养老|"
    "学校|幼教|体育用品|户外|渔具|乐器|工艺品|礼品|"
    "窗帘|布艺|门窗|装饰|装修|酒店|教育|咨询|电梯|冷链|控股|集团|实验室|水务"
)
_SIGNED = 0.9  # names in the lines where people say who they are
_SIGNED_SHOP = 0.7  # the same for shops, whose names have no legal form
SHOP, PLATFORM, BOUGHT = "shop", "platform", "bought"  # what rules that find a shop say
_TO_SHOP = 6  # characters between a company's name and its shop: 有限公司官方旗舰店
_LEADS_TO_SHOP = re.compile(r"(?:的|官方|品牌|授权|线上|网上|天猫|京东|淘宝|抖音|'s|official|\s)*")
_TOLD_OF_SHOP = re.compile(r"\s?(?:[买购订下拍发卖的里上寄售给]|sent|sold|delivered|told)")
_HAS_LEGAL_FORM = re.compile(r"有限公司|有限责任公司|集团|\b(?:ltd|inc|llc|corp|gmbh|limited)\b")
_SHORT = re.compile(rf"^[\u3400-\u9fff]{{2,10}}(?:{_TRADES})$")
_OFFICE = re.compile(
    r"(?:[一二三四五六七八九十]?车间|[\u3400-\u9fff]{2}(?:部|科|室|处|课|组)|[一二三四五六七八九十]厂|仓库|总务|"
    r"采购|质检|品质|财务|行政|人事)$"
)
_PERSON = re.compile(
    r"[老小阿]?[\u3400-\u9fff]{1,3}(?:工|总|姐|哥|经理|主任|先生|女士|师傅|老师|厂长|部长|科长|店长|院长|校长)?"
)
_SENTENCE_WORD = re.compile(
    r"[的了是我你您他她们请谢不要就也吧呢吗这那哪把被给让说有没在到来去还都很太再]|祝|此致|敬|商祺|顺颂|以上|"
    r"盼复|回复|尽快|附件|查收|联系|电话|"
    r"手机|微信|地址|邮箱|业主|家长|顾客|客户|用户|栋|幢|单元|号楼|小区|花园$|公寓|家园|苑$|期望|投诉|反映|订单|"
    r"发自|来自|年|月|日$|点|分$|星期|"
    r"省$|市$|区$|县$|镇$|乡$|村$|路$|街$|部门|先生|女士|工程师|经理|主任|主管|专员|助理|总监|老师|师傅|法务|"
    r"会计|出纳|顺便|另外|麻烦|辛苦|感谢|拜托"
)
_GREETED = re.compile(r"^\s{0,4}(?:尊敬的|亲爱的|致|dear|to|hi|hello)|[:：]\s*$|(?:您好|你好)")
_JOBS = re.compile(
    r"\b(?:Manager|Engineer|Director|Officer|Supervisor|Buyer|Specialist|Coordinator|Technician|Assistant|Lead|"
    r"Head|President|"
    r"Inspector|Planner|Analyst|Executive|Representative|Purchasing|Procurement|Receiving|Quality|Dept|"
    r"Department|Regards|Owner|"
    r"Accountant|Secretary|Chef|Foreman|Merchandiser)\b",
    re.IGNORECASE,
)
_DEPARTMENT = re.compile(
    r"(?:部|科|室|组|处|课|中心|办|工程师|经理|主任|主管|专员|采购|文员|助理|总监|先生|女士|仓库|车间)$"
)

_EN_LEGAL = (
    r"(?:Ltd|Limited|Inc|Incorporated|LLC|LLP|Corp|Corporation|Company|GmbH(?: & Co\.? KG)?|AG|KG|B\.?V|N\.?V|AB|A/S|"
    r"ApS|AS|Oy|OY|SA|S\.A|SAS|"
    r"SARL|SpA|S\.p\.A|S\.r\.l|Srl|Sp\. z o\.o|s\.r\.o|Kft|d\.o\.o|Pty|Pte|Plc|PLC|Bhd|JSC|KK|K\.K)\b\.?"
)
_EN_STEM = r"(?:[\w&'’/-]|\.(?=\w)){0,24}"
_EN_WORD = rf"(?:[A-ZÀ-Ž0-9]{_EN_STEM}|[A-Z]\.|&|of|and|de|the|for)"
_EN_FULL = re.compile(
    rf"(?<![\w.@])(?!(?:Regards|Thanks|Dear|Hello|Best|From|Sincerely|Yours|We|Our|The|At|To|For|And) )"
    rf"[A-ZÀ-Ž]{_EN_STEM}(?: {_EN_WORD}){{0,6}}?,? (?:\([A-Za-z ]{{2,15}}\),? )?(?:Co\.?,? ?|"
    rf"Pty\.? |Pte\.? |Sdn\.? )?{_EN_LEGAL}"
)
_CAPITALISED = re.compile(
    r"(?<![\w@.])[A-ZÀ-Ž][\w'’-]{1,20}(?: (?:&|of|and|de|[A-ZÀ-Ž][\w'’-]{1,20})){1,5}(?: \([A-Z][a-z]{2,14}\))?"
)
_EN_TRADES = re.compile(
    r"\b(?:Suppl(?:y|ies)|Contractors?|Trading|Traders|Industr(?:y|ies)|Industrial|Engineering|Engineers|Instruments?|"
    r"Electric(?:al|s)?|Electronics|Systems|"
    r"Technolog(?:y|ies)|Group|Works|Flow|Valves?|Pumps?|Foods?|Logistics|Solutions|Services|Marine|Tools?|Hardware|"
    r"Furniture|Textiles?|Fabrics|"
    r"Manufacturing|Machinery|Mfg|Medical|Labs?|Laboratories|Imports?|Exports?|Distribution|Distributors|Wholesale|"
    r"Packaging|Plastics|Metals?|"
    r"Automation|Controls?|Lighting|Energy|Power|Motors?|Automotive|Aerospace|Construction|Builders|Interiors|Hotels?|"
    r"Consulting|Partners|Holdings?|International|Brothers|Bros|Sons|Mills?|Farms?)\b"
)


_STOPS = re.compile(r"[。!?;]|,.{8}")
_FAMILIAR = re.compile(r"[老小阿][\u3400-\u9fff]")
_PLACE = re.compile(r"(?:在|于|去|送到?|往|至|进|经|找|跟|和|附近|隔壁|楼下|对面|买自|当地|路过)的?\s?$")
_HANGING = frozenset("跟和与给向在到从对由让用及去往着出进返回该本")
_DEAR = re.compile(r"(?:尊敬的|亲爱的|敬爱的|致)\s?")
_COLON = re.compile(r"[^\n:]{0,8}[:,]?[^\n:]{0,2}(?:\n|$)")
_SUPPLIER = re.compile(
    r"(?:供方|供应商|供货商|供货单位|卖方|乙方|(?:^|\n)致|supplier|vendor|seller)(?:名称|name)?\s{0,2}:\s{0,3}$"
)


@dataclass(frozen=True, slots=True)
class Name:
    """A company's name in a part."""

    part: Part
    start: int
    end: int
    rule: str
    confidence: float


def find(
    message: Message, parts: Sequence[Part], lines: Sequence[Line], own: Ours, said: Sequence[Name] | None = None
) -> list[Finding]:
    """The customer's company: the best name in the mail, the fuller form of it where both stand.

    ``said`` are the full names of these parts, when they were looked for before.
    """
    names = [
        *_labelled(parts),
        *_in_lines(lines),
        *(in_text(parts) if said is None else said),
        *_by_domain(message, parts),
    ]
    names = [name for name in names if not own.is_our_company(_words(name)) and not _addressed(name)]
    names = [name for name in names if not is_where_bought(name)]
    if not names:
        return _display_name(message, own)
    best = max(names, key=lambda name: (name.confidence, name.end - name.start))
    short = fold(_words(best))
    fuller = [name for name in names if short in fold(_words(name)) and name.end - name.start > len(short)]
    best = max(fuller, key=lambda name: name.confidence, default=best)
    return [best.part.finding("customer_company", best.start, best.end, best.rule, best.confidence)]


def is_where_bought(name: Name) -> bool:
    """Whether a name is a shop's or platform's, and its writer does not sign as it: a customer only bought there.

    The words are data (``finds: shop``); a company's own name with its legal form is not taken for a platform's.
    """
    text = name.part.text
    hits = [hit for hit in name.part.of("shop") if hit.start < name.end + _TO_SHOP and hit.end > name.start]
    hits = [hit for hit in hits if _LEADS_TO_SHOP.fullmatch(text[name.end : hit.start])]
    behind = any(hit.rule.value == SHOP and hit.start >= name.end for hit in hits)
    within = [hit for hit in hits if hit.start < name.end]
    if not behind and (not within or _HAS_LEGAL_FORM.search(text[name.start : name.end])):
        return False
    first = text.rfind("\n", 0, name.start) + 1
    last = text.find("\n", name.end)
    last = len(text) if last < 0 else last
    said = [hit for hit in name.part.of("shop") if first <= hit.start < last and hit.rule.value in (PLATFORM, BOUGHT)]
    told = _STOPS.search(text[first:last]) or _TOLD_OF_SHOP.match(text[name.end : last])
    return behind or bool(said) or told is not None or name.confidence < _SIGNED_SHOP


def _addressed(name: Name) -> bool:
    """Whether a name is labelled as the supplier's or the addressee's: that is us, whatever we are called."""
    text = name.part.text
    if name.part.role == "new_text" and _DEAR.fullmatch(text[: name.start].strip()):
        return True  # 尊敬的某某公司客服
    if not text[: name.start].strip(" \n>致") and _COLON.match(text, name.end) and name.part.role == "new_text":
        return True  # 某某公司: on the first line is who the letter is to
    return _SUPPLIER.search(text[max(0, name.start - 14) : name.start]) is not None


def spans(parts: Sequence[Part], own: Ours, said: Sequence[Name]) -> Iterator[tuple[str, int, int]]:
    """Where full company names and the short forms of ours stand: words in there are no product names."""
    for part in parts:
        for ours in {fold(name) for name in own.companies if len(name) > 1}:
            start = part.text.find(ours)
            while start >= 0:
                yield part.source, part.offset + start, part.offset + start + len(ours)
                start = part.text.find(ours, start + 1)
    for name in said:
        yield name.part.source, name.part.offset + name.start, name.part.offset + name.end


def _labelled(parts: Sequence[Part]) -> Iterator[Name]:
    for part in parts:
        for label in islice(_LABEL.finditer(part.text), ENOUGH):
            match = _AFTER_LABEL.match(part.text, label.end())
            if (
                match
                and match[0][0].isalnum()
                and not _DEPARTMENT.search(match[0])
                and not match[0].isdigit()
                and len(match[0].strip()) >= 4
            ):
                yield Name(part, match.start(), match.start() + len(match[0].rstrip()), "company-label", 0.85)


def _in_lines(lines: Sequence[Line]) -> Iterator[Name]:
    for line in lines:
        if line.part.role != "signature" and _GREETED.search(line.text) and not line.part.text[: line.start].strip():
            continue
        pieces = [(start, end) for start, end in line.pieces() if not line.part.text[start:end].isdigit()]
        for place, (start, end) in enumerate(pieces):
            words = line.part.text[start:end]
            if office := _OFFICE.search(words):
                words, end = words[: office.start()], start + office.start()
            if _SENTENCE_WORD.search(words):
                continue
            if _SHORT.match(words) and not _DEPARTMENT.search(words):
                yield Name(line.part, start, end, "company-sign-off", 0.6)
            elif _beside_a_person(line, pieces, place, words):
                yield Name(line.part, start, end, "company-sign-off", 0.45)
        yield from _english_line(line)
    for line in lines:
        yield from _full_names(line.part, line.start, line.end, 0.9)


def _beside_a_person(line: Line, pieces: Sequence[tuple[int, int]], place: int, words: str) -> bool:
    """Whether a line at the end is a name of 4 to 12 characters and a person's: 天衡物联 小满, 简宁 若木空间."""
    if not 4 <= len(words) <= 12 or not all("\u3400" <= c <= "\u9fff" for c in words) or not 2 <= len(pieces) <= 5:
        return False
    if _DEPARTMENT.search(words) or is_name(words) or _STOPS.search(line.text):
        return False
    others = [line.part.text[start:end] for start, end in (*pieces[:place], *pieces[place + 1 :])]
    if place == 0 and line.closing and any(len(other) <= 5 and _PERSON.fullmatch(other) for other in others):
        return True
    last = len(line.part.text[line.end :].strip()) <= 40
    return (last or line.closing) and any(is_name(other) or _FAMILIAR.fullmatch(other) for other in others)


def _english_line(line: Line) -> Iterator[Name]:
    original = line.part.original[line.start : line.end]
    if len(original.split()) > 9 or any("\u3400" <= c <= "\u9fff" for c in original[:1]):
        return
    for match in re.finditer(r"[^|,/·\u3400-\u9fff]+", original):
        piece = match[0].strip(" -*_.")
        if (
            2 <= len(piece.split()) <= 6
            and _EN_TRADES.search(piece)
            and not _JOBS.search(piece)
            and _capitals(piece)
            and not any(c.isdigit() for c in piece)
        ):
            start = line.start + match.start() + match[0].index(piece)
            yield Name(line.part, start, start + len(piece), "company-sign-off", 0.55)


def _by_domain(message: Message, parts: Sequence[Part]) -> Iterator[Name]:
    """Capitalised words of which one stands in the sender's mail domain: Marcy from Ironwood Fixtures."""
    domain = company_domain(message.sender.domain) if message.sender else ""
    label = re.sub(r"[^a-z-]", "", domain.partition(".")[0])
    person = set(fold(message.sender.name).split()) if message.sender else set()
    if len(label) < 4:
        return
    for part in parts:
        for match in islice(_CAPITALISED.finditer(part.original), ENOUGH):
            words = [word for word in re.findall(r"[a-z]{4,}", fold(match[0])) if word not in person]
            if any(word in label for word in words) and len(match[0].split()) >= 2 and not _JOBS.search(match[0]):
                yield Name(part, match.start(), match.end(), "company-domain", 0.58)


def in_text(parts: Sequence[Part]) -> list[Name]:
    """Full company names anywhere in these parts."""
    found: list[Name] = []
    for part in parts:
        confidence = {"signature": 0.9, "forwarded_text": 0.7}.get(part.source, 0.65)
        found += islice(_full_names(part, 0, len(part.text), confidence), ENOUGH)
    return found


def _full_names(part: Part, first: int, last: int, confidence: float) -> Iterator[Name]:
    for match in islice(_FULL.finditer(part.text, first, last), 5 * ENOUGH):
        before = _NAME_BACKWARDS.search(part.text[max(first, match.start() - 28) : match.start()])
        if not before:
            continue
        stem = stem_of(before[0]).lstrip(")·0123456789")
        if stem.count("(") < stem.count(")"):
            stem = stem.rpartition(")")[2]
        if stem[-1:] in _HANGING:
            continue  # 跟酒店, 出厂: a word of the sentence
        if len(stem) < 2 or _NOT_A_NAME.match(stem):
            continue
        legal = match[0].startswith(tuple(_LEGAL.split("|")[:4]))
        away = part.text[max(first, match.start() - len(stem) - 6) : match.start() - len(stem)]
        if not legal and (_PLACE.search(away) or (confidence < _SIGNED and len(stem) < 4)):
            continue  # 饼干厂, 装修公司: in running text that is a trade, not a name
        sure = confidence if legal else confidence - 0.15
        yield Name(part, match.start() - len(stem), match.end(), "company-full-name", sure)
    for match in _EN_FULL.finditer(part.original, first, last):
        yield Name(part, match.start(), match.end(), "company-full-name", confidence)


def _display_name(message: Message, own: Ours) -> list[Finding]:
    """A company in the sender's display name (``念某食品-小李``), when the text names none."""
    sender = message.sender
    if sender is None or own.is_ours(sender):
        return []
    whole = Part("from", sender.name, fold(sender.name))
    for name in _full_names(whole, 0, len(whole.text), 0.5):
        return [whole.finding("customer_company", name.start, name.end, "company-sender", 0.5)]
    for match in re.finditer(r"[\u3400-\u9fff]{4,12}", whole.text):
        if _SHORT.match(match[0]) and not own.is_our_company(match[0]):
            return [whole.finding("customer_company", match.start(), match.end(), "company-sender", 0.5)]
    return []


def _words(name: Name) -> str:
    return name.part.original[name.start : name.end]


def _capitals(line: str) -> bool:
    return all(
        word[0].isupper() or word in ("&", "of", "and", "de", "the") for word in line.split() if word[0].isalpha()
    )
