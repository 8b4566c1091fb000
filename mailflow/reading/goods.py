"""Goods that no word list knows, told by where their name stands: behind 发来的, 这批, 20件 or a model number.

A name begins where such a lead ends and goes on up to a word that no name of goods holds (有, 都, 出现 ...), a sign, or
the trouble.  What is left may still be no goods at all (``收到的附件``): the general words for things are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from mailflow.reading.counts import UNITS
from mailflow.reading.parts import Part
from mailflow.reading.pipeline import Hit
from mailflow.reading.rules import Rule
from mailflow.reading.spans import ENOUGH

_MAKER = "贵司|贵公司|贵厂|贵方|贵店|你们公司|你们厂|你们家|你们店|你们|你司|你厂|你家|您家|您司|咱们|咱家|咱厂"
_MADE = "生产|出品|制造|加工|供应|提供|发来|送来|寄来|发过来|送过来|寄过来|发|送|寄|供|交|做|卖|出|到|收到"
_BOUGHT = "采购|订购|订做|定做|定制|购买|购进|购入|买|订|定|拿|进|拍|下单|收到|验收"
_HAN = r"[\u3400-\u9fff]"
_NUMBER = r"(?:\d{1,7}(?:\.\d{1,2})?|[一二两三四五六七八九十百几半]{1,4})"
_LEAD = re.compile(
    rf"(?:(?:{_MAKER})(?:公司|厂|店|家|这边|那边)?(?:上次|这次|本次|上周|上个?月|昨天|最近)?(?:给我(?:们|司|厂)?)?"
    rf"(?:(?:{_MADE})(?:了|过)?)?(?:的|那)?"
    rf"|(?:{_MADE})(?:了|过)?(?:给我(?:们|司|厂)?)?的"
    rf"|(?:{_BOUGHT})(?:了|过|到|来|回来)?(?:贵司|你们|你家)?的?"
    r"|(?:这|那|该|此|本|上|首|同)一?(?:批次?|款|种|台|套|些|车|柜|箱|卷|桶|盘)(?:次)?(?:的)?"
    r"|关于)"
    rf"(?:(?:一|这|那|上|本|该)?批)?(?:{_NUMBER}\s?(?:{UNITS})(?:的)?)?\s?"
    rf"(?=[\u3400-\u9fffa-z0-9])"
)
_COUNTED = re.compile(rf"(?<![\d.年月]){_NUMBER}\s?(?:{UNITS})(?:装)?(?:的)?(?={_HAN})")
_CODED = re.compile(rf"(?<![a-z0-9/_.-])(?=[a-z0-9/_.×*-]{{0,20}}\d)[a-z][a-z0-9/_.×*-]{{2,20}}[ ]?的?(?={_HAN})")
# Words no name of goods holds: the name has ended before them.
_STOP = re.compile(
    r"有(?!机|色|源)|在(?!线)|出现|发现|存在|显示|都|全部|全都|全(?!自动|棉|钢|套|新|麦)|已|还|就|也|没|未|不(?!锈|干|粘|倒|燃)|质量|品质|表面|外观|外表|规格|型号|数量|颜色|尺寸|"
    r"里|内部|到(?!岸)|收|昨|今|前天|上午|下午|的|了|是|很|太(?!阳)|特别|明显|突然|无法|不能|根本|经常|总是|总共|老是|又|再(?!生)|请|要|"
    r"能(?!源)|和|与|及|跟|或|以及|因|由于|导致|用(?=起|了|不|着|来|到|的)|使用|打开|开箱|投诉|反馈|异常|事宜|情况|交期|交货|延期|到货|送货|发货|"
    r"订单|合同|批号|批次|编号|型号|单号|问题|时|后|前|第|给|从|被|把|将|让|说|我|你|您|贵|他|她|它|什么|怎么|为什么|如何|这|那|某|每|"
    r"共|大约|大概|左右|只有|实|应|可(?!乐|可|调|编|燃)|会|想|做|作为|来(?!料)|去|过来|吗|呢|吧|啊|坏|漏|裂|断|缺|少|错|破|脏|湿|变|掉|生锈|发霉|"
    r"[^\u3400-\u9fffa-z0-9]"
)
_CODE = re.compile(r"(?<=[\u3400-\u9fff])[a-z0-9]")  # the model behind the name
_LONGEST, _SHORTEST = 12, 2
# Words for anything, for papers, people and places: never what the goods are called.
_NO_GOODS = re.compile(
    r"(?:整批|全部|所有|部分|大批|新|旧|老|其中|其他|其它|另外|相关|同类|类似|以上|下列|上述|多|小|大|好|次|贵)?"
    r"(?:货|货物|产品|商品|东西|物品|材料|物料|料|样|样品|样件|单|订货|成品|半成品|来货|大货|批量|批次|一批|包装|外箱|配件|零件|部件|件|"
    r"公司|工厂|厂家|厂|客户|用户|客服|业务|业务员|销售|师傅|工人|人员|人|司机|领导|老板|经理|技术|同事|朋友|家人|"
    r"邮件|附件|来信|信|函|消息|电话|短信|微信|通知|回复|答复|报告|照片|图片|视频|资料|文件|证书|合格证|发票|单据|票|账单|对账单|清单|"
    r"价格|报价|费用|金额|款|货款|运费|钱|时间|日期|交期|质保|服务|态度|处理|方案|措施|结果|要求|意见|建议|说法|解释|原因|"
    r"问题|情况|现象|异常|故障|投诉|反馈|事|事情|事宜|以下|如下|上次|这次|本次|以来|之前|以前|以后|方面|地方|位置|生产线|产线|车间|仓库|"
    r"公里|左右|以上|以下|多年|时候|当天|当时|期间|整个|整机|机器|设备|生意|合作|经验|测试|检验|检测|检查|安装|使用|维修|更换|退货|换货|返工|"
    r"样板|数据|记录|内容|名字|名称|型号|规格|颜色|尺寸|重量|数量|质量|品质|标准|图纸|版本|账号|密码|代码|网站|平台|页面)"
)
# No name of goods holds these anywhere, or ends so.
_NEVER = re.compile(
    r"服务|态度|业主|客户|用户|人员|先生|女士|师傅|公司|老师|工程师|普通|答复|回复|说法|解释|[地们性型时处员人部科费率]$|如果|约定|结果"
)
# A name right behind a code ends like the name of a thing.
_ENDINGS = re.compile(
    r"(?:机器人|净化器|电视|冰箱|空调|轴承|模块|支架|接头|芯片|电源|[机器仪表阀泵管板线缆件套袋膜盒箱瓶罐桶杯布纱轴轮架柜椅桌灯锅炉壳盖垫圈塞栓钉屏锁鞋毯胶漆砖粉油剂液床门窗网绳带条棒丝球座体帽衣裤被枕巾纸笔刀具扇车])$"
)
_VERBS = frozenset("打登装拧粘关用开连扫读插拔合锁盖吸洗擦转启推拉充")
_NOT_FIRST = re.compile(
    r"[上下中里外前后左右个些点次回几多]|年|月|日|号|天|周|现|刚|才|先|还|正|或|其|该|此|每|某|给|所|之|不(?!锈|干)|于|以|为|比|按"
)


def _rule(name: str, confidence: float) -> Rule:
    return Rule.model_construct(name=name, finds="product", confidence=confidence, labels=())


_LED, _AFTER_COUNT = _rule("product-by-lead", 0.6), _rule("product-by-count", 0.45)


def find(part: Part) -> Iterator[Hit]:
    """Names of goods in one part, each as a hit of a rule of this module; none where a list knows a word."""
    text = part.text
    troubles = sorted({hit.start for hit in part.of("defect_or_issue")})
    known = [(hit.start, hit.end) for hit in part.of("product", "defect_or_issue")]
    for pattern, rule in ((_LEAD, _LED), (_CODED, _LED), (_COUNTED, _AFTER_COUNT)):
        for match in islice(pattern.finditer(text), ENOUGH):
            end = _name_end(text, match.end(), troubles)
            taken = any(first < end and match.end() < last for first, last in known)
            words = text[match.end() : end]
            if not taken and _is_name(words) and (pattern is not _CODED or _ENDINGS.search(words)):
                yield Hit(rule, match.end(), end, match.start())


def _name_end(text: str, start: int, troubles: list[int]) -> int:
    """Where the name that begins here ends."""
    limit = min(len(text), start + _LONGEST)
    trouble = next((at for at in troubles if start < at <= limit), limit)
    stop = _STOP.search(text, start, min(limit + 2, len(text)))
    code = _CODE.search(text, start + 1, limit)
    end = min(trouble, stop.start() if stop else limit, code.start() if code else limit)
    if text.startswith("不", end) and text[end - 1] in _VERBS:
        end -= 1  # 门打不开, 系统登不上
    return end - (len(text[start:end]) - len(text[start:end].rstrip()))


def _is_name(words: str) -> bool:
    han = sum("\u3400" <= sign <= "\u9fff" for sign in words)
    return (
        (han >= _SHORTEST or (han and words[0] < "\u3400" and len(words) > _SHORTEST))
        and len(words) < _LONGEST
        and not _NO_GOODS.fullmatch(words)
        and not _NEVER.search(words)
        and not _NOT_FIRST.match(words)
    )
