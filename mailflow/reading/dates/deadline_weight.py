"""How surely a day in a text is a deadline asked of us: by the words right around it."""

from __future__ import annotations

import re

from mailflow.reading.dates.day_counts import Moment

SURE, LIKELY = 0.9, 0.6

_UNTIL_AFTER = re.compile(
    r"[^,。;\n]{0,5}要用|[\s,)]{0,2}(?:下班|收工|下班时间|天黑|开工|开业|营业|发车|午饭|中午|上午|下午|晚上|"
    r"早上|夜里|eod|cob|eob|end of day)?"
    r"\s?(?:前(?![后面台天几])|之前|以前|截止|为止|为限|必须|务必|之内|内(?!部)|最迟|最晚|(?:at )?(?:the "
    r")?latest|would be (?:nice|good|great|ideal|fine|perfect|best|appreciated)|or (?:earlier|sooner|before))"
)
_VERB = (
    r"(?:要(?![求是不紧命])|给(?![你您贵他她])|得(?=[到来给有把派交])|能到|能不能|能来|能否|能给|可以?(?:到|来|"
    r"给|发)|到(?:货|厂|位|场|岗|齐|现场|我)|"
    r"交(?:货|付|清|到|$)|送(?:到|来|过来|货)|来(?:人|修|拉|取|看|处理|换|个|一|装|车|送|接|我)|派(?:人|车|工|"
    r"个|师傅|技术|工程师)|安排|必须|务必|请(?!假|客)|就(?:停|派|来(?=人|取|修|拉)|给|发|换|修|退|处理|安排|要)|"
    r"补(?:发|货|齐|送|寄|上|给)|发(?:我|给我|过来|来|货|到|出|齐|一份|份|个)|寄(?:给我|过来|出|来|到|回)|"
    r"传(?:我|给我|过来)|回(?:复|我|话|电|信|个)|答复|处理(?!了|过|的)|解决(?!了|过)|修(?:好|复|完)|"
    r"退(?:款|货|钱|给|回|掉)|换(?:好|新|掉|货|过来)|完成|出具|提供|提交|拿出|落实|确认(?!了|过)|上门|打(?:款|"
    r"给我|我|个?电话给我)|拉(?:走|回)|联系我|告诉我|告知|通知我|搞定|弄好|恢复|赔(?:付|偿|给)|开(?:票|具|好)|"
    r"办(?:好|完|妥)|入(?:账|仓|库)|装(?:好|完)|上线|你们?(?:得|要|必须|派|来|给|把)|"
    r"行不|行吗|可以吗|可以么|ok吗|来得及|前后)"
)
_WANTED_AFTER = re.compile(rf"[\s,]{{0,2}}[^,。;!?\n]{{0,6}}?{_VERB}")
_WISHED = r"(?:期望|希望|要求|需求|需要|预期|指定|约定|最晚|最迟|请求)"
_DONE = (
    r"(?:完成|到货|交货|交付|交|回复|答复|反馈|解决|处理|送达|送货|发货|出货|供货|维修|上门|补货|整改|"
    r"回函|报价|配送|入场|进场|施工|安装)"
)
_TIME = r"(?:时间|日期|日|期限|时限|期|截止日期?|截止时间|deadline)"
_LABEL = rf"(?:{_WISHED}的?{_DONE}?的?{_TIME}|{_DONE}的?{_TIME}|期限|时限|截止{_TIME}?)(?:要求|点|定在|改[到为成])?"
_LABELLED = re.compile(
    rf"(?:^|[\s,。;|(\]、:])(?:{_LABEL}|ddl|due(?: date)?|deadline|(?:requested |required |delivery |ship(?:ping|"
    rf"ment)? |need(?:ed)? |"
    r"response |reply |in-hands )(?:delivery |ship |need )?(?:date|by|time)(?: required| requested| needed)?|"
    r"eta|etd|rdd)"
    r"\s{0,2}[:=|]\s{0,3}(?:\||请|于|在|务必){0,2}\s?$"
)
_NO_DEADLINE_LABEL = re.compile(
    r"(?:发现|发生|故障|异常|生产|出厂|购买|下单|订货|订购|签收|收货|收到|到货|送货|安装|检验|检测|抽检|签订|"
    r"签约|制表|填表|填写|报修|反馈|投诉|"
    r"来信|通话|来电|开票|付款|order|production|manufacturing|invoice|purchase|received|arrival|found|issue|report|mfg)"
    r"(?: ?(?:的)?(?:时间|日期|日|date|time|on))?\s{0,2}[:=|]\s{0,3}$"
)
_UNTIL_BEFORE = re.compile(
    r"(?:请|麻烦|烦请|请于|请在|须于|须在|应于|应在|需于|需在|要在|要于|务必于|务必在|务必|必须在|最迟|最晚|"
    r"至迟|不迟于|不晚于|截至|截止|截止到|截止日期|截止时间|赶在|赶到|赶|"
    r"期限|时限|限|限于|希望在|希望|期望|期望在|"
    r"能否在|能不能在|能否|能不能|可否|可否在|望于|望在|盼|盼于|恳请于|恳请|争取|争取在|最好|最好在|最好是|交期|"
    r"交货期|交货日期|到货日期|要货日期|要求到货|要求|"
    r"回复期限|答复期限|完成日期|提前到|提早到|往前提到|提到|推迟到|延期到|延到|改到|改为|改成|定在|约在|约到|"
    r"(?<![a-z])(?:before|by|until|till|til|no later than|not later than|prior to|ahead of|not after|"
    r"latest(?: by| on)?|deadline|due|due date|required date|required|delivery date|deliver(?:ed|y)? (?:on|by|"
    r"for)|delivery|"
    r"ship(?:ped)? (?:by|on)|on or before|"
    r"need(?:ed)? (?:it|them|this|that|by|on|for|here|the [a-z ]{2,25}))(?: is| on| by)?(?: the| this| end of| "
    r"eod| cob)?"
    r"(?: (?:end|close) of (?:the )?(?:day|business|play)(?: on)?| eod| cob)?)\s{0,2}[:=]?\s{0,3}$"
)
_PROMISED = re.compile(
    r"(?:was|were|been) (?:due|expected|scheduled|promised|told|booked)|承诺|说会|都说|答应|保证过|说好|讲好|"
    r"约好|约定|本应|本该|原定|原计划|本来|每次|应当?在|理应|"
    r"(?:你们?|贵司|销售|客服|业务员?|师傅|他|她)[^,。;]{0,4}[说讲](?!明|清)[^,。;]{0,10}$|"
    r"promised|was told|were told|should have|supposed to|you said|he said|she said|they said|agreed"
)
# The plans and duties of others: 我们周五开会, 消防要求我们五日内.
_THEIRS = re.compile(
    r"(?:(?:要求|让|叫|限|责令|通知)(?:我们?|我司|我方|我厂|我店|我公司|我院)|"
    r"(?:我们?|我司|我方|我厂|我店|我公司|我院|客户|业主|老板|领导|终端|甲方|owners?|customers?|clients?|"
    r"guests?|we|i|i'm|we're|we'll|i'll))"
    r"[^,。;:!?\n]{0,8}$"
)
_OURS_ASKED = re.compile(r"请|麻烦|务必|必须|希望|要求(?!我)|你们|贵|能否|能不能|给我|发我|you\b|please|pls|need|must")
_ASKING_BEFORE = re.compile(
    r"(?:请|麻烦|烦|务必|必须|必需|要求|希望|能否|能不能|可否|拜托|辛苦|帮忙|帮我|你们?(?!说|上)|贵司|贵公司|"
    r"贵方|您那边|给我们?)[^,。;!?\n]{0,16}$|"
    r"\b(?:please|pls|plz|must|kindly|could you|can you|need|needs|want|expect|require|has to|have to|send|"
    r"reply|ship|deliver|"
    r"let me know|get back|call me|call us|come|collect|replace|arrange)\b[^,;.\n]{0,40}$"
)
_SENTENCE = re.compile(r"[。！!？?;\n]|\.\s")
_MADE_AFTER = re.compile(
    r"[^,。;\n]{0,8}(?:下单|订购|购买|买的|签订|生产|付款|收到|到货(?:的|了|后)|发现|开箱|拆开|坏了|来的|到的|"
    r"开始|停了|起|以来|又)"
)
_VALID = re.compile(r"有效|为有效|内有效|(?:到期|过期|失效)")


def weigh(text: str, moment: Moment) -> float:
    """How surely a day ahead is asked of us: 0 when nothing says so, or it is promised or another's."""
    before = text[max(0, moment.start - 60) : moment.start]
    sentence = sentence_before(text, moment.start)
    if _VALID.match(text, moment.end) or _PROMISED.search(sentence):
        return 0.0
    if moment.term:
        return SURE
    near = before[-40:]
    if _LABELLED.search(near):
        return 0.0 if _NO_DEADLINE_LABEL.search(near) else SURE
    if _UNTIL_AFTER.match(text, moment.end):
        return (
            0.0 if re.search(r"(?:要求|让|叫|限|责令|通知)(?:我们?|我司|我方|我厂|我店)[^,。;\n]{0,6}$", near) else SURE
        )
    if _UNTIL_BEFORE.search(near):
        return SURE
    if _MADE_AFTER.match(text, moment.end) or moment.rule in ("date-ago", "date-clock"):
        return 0.0
    if _THEIRS.search(sentence) and not _OURS_ASKED.search(sentence):
        return 0.0
    if _WANTED_AFTER.match(text, moment.end):
        return LIKELY
    return LIKELY if _ASKING_BEFORE.search(sentence) else 0.0


def sentence_before(text: str, at: int) -> str:
    """The words of the same sentence before a place, 40 at most."""
    before = text[max(0, at - 40) : at]
    stops = list(_SENTENCE.finditer(before))
    return before[stops[-1].end() :] if stops else before
