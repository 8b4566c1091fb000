"""What of the words before 有限公司 is the company's name, and what is the sentence's."""

from __future__ import annotations

import re

# Words a running text puts before a company's name.
_BEFORE = re.compile(
    r"^(?:.{0,20}(?:我们是|我是|这里是|这边是|公司名称写|公司名称|单位名称|变更为|更名为|改为|名称为|写成了?|抬头为|"
    r"抬头是|名称由|购方|买方|需方|甲方|客户|发货人|关于|"
    r"提供给|供给|供应|来自|转自|代表|负责|委托|联系|发给|发到|寄到|送到|送至|发至|致|是|由|的|与|向|给|叫|替|让|找|"
    r"在|从|跟|到))(?=[\u3400-\u9fff]{2})"
)
# No company's name holds these: what stands up to the last of them belongs to the sentence.
_FUNCTION = re.compile(
    r"^.*(?:[的了到是我你您他她贵把被给就也这那哪将请]|认为|觉得|要求|批次|送[去往到医进]|住进|烫伤|三天|几天|今天|昨天|内(?!蒙))"
)
# Most names begin with the place the company is registered in: all provinces, and cities where much is made.
_PLACE = re.compile(
    "北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|"
    "陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门|"
    "石家庄|唐山|保定|沧州|廊坊|邯郸|太原|大同|沈阳|大连|鞍山|长春|哈尔滨|大庆|南京|苏州|无锡|常州|徐州|南通|扬州|镇江|"
    "泰州|盐城|连云港|昆山|常熟|江阴|张家港|宜兴|杭州|宁波|温州|嘉兴|湖州|绍兴|金华|台州|衢州|义乌|慈溪|余姚|乐清|合肥|"
    "芜湖|马鞍山|福州|厦门|泉州|漳州|南昌|九江|赣州|济南|青岛|淄博|烟台|潍坊|威海|临沂|德州|东营|济宁|郑州|洛阳|新乡|"
    "武汉|宜昌|襄阳|长沙|株洲|湘潭|衡阳|广州|深圳|东莞|佛山|中山|珠海|惠州|江门|汕头|南宁|柳州|桂林|贵港|海口|成都|绵阳|"
    "德阳|宜宾|贵阳|遵义|昆明|西安|宝鸡|咸阳|兰州|西宁|银川|乌鲁木齐|呼和浩特|包头"
)
_LEADS_TO_A_NAME = re.compile(r"[是由的与和向给叫替让找在从跟到至致写为方户人于自表责托系应把被将请了这那关]$")
# In words that begin with a place: they are a sentence nevertheless.
_TOLD = re.compile(
    r"[的了是您]|[我你他她]们|[贵我你]司|贵公司|我方|[发寄送退转交卖租运供]给(?!侧|排?水|料)|[发寄送退转运拉交]到|送[去往至]|来自|"
    r"觉得|认为|要求|收到|批次|这[个家边]|那[个家边]|今天|昨天"
)

_LONGEST = 40  # characters; no name is longer


def stem_of(words: str) -> str:
    """The beginning of a company's name, of the words that stand before its legal form; empty when none is left.

    A name that begins with a place is taken whole, whatever signs it holds: 给 in 山东硕岩给排水工程 is no word of the
    sentence, and neither is 贵 in 贵州.
    """
    words = words[-_LONGEST:]
    places = [place.start() for place in _PLACE.finditer(words)]
    leading = [at for at in places if not at or _LEADS_TO_A_NAME.search(words[:at])]
    if leading and not _TOLD.search(words[leading[-1] :]):  # 在贵州给河北...: the last of them begins the name
        return words[leading[-1] :]
    if (lead_in := _BEFORE.match(words)) is not None:
        words = words[lead_in.end() :]
    return _FUNCTION.sub("", words)
