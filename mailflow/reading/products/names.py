"""Where a Chinese name of goods begins and ends, and what can be none: the words such names never hold.

A name begins behind a word such as 的 or 采购 and ends before one such as 有 or 出现, a sign, or the trouble.  Names of
goods end in the word for a thing (机, 阀, 布, 酱): whoever has no other hint asks for that.
"""

from __future__ import annotations

import re

from mailflow.reading.amounts.counts import UNITS
from mailflow.reading.text.numerals import COUNTED

HAN = r"[\u3400-\u9fff]"
NUMBER = rf"(?:\d{{1,7}}(?:\.\d{{1,2}})?|[{COUNTED}百几半]{{1,4}})"
# Words no name of goods holds: the name has ended before them.
_STOP = re.compile(
    r"有(?!机|色|源)|在(?!线)|出现|发现|存在|显示|都|全部|全都|全(?!自动|棉|钢|套|新|麦)|已|还|就|也|没|未|不(?!锈|"
    r"干|粘|倒|燃)|质量|品质|表面|外观|外表|规格|型号|数量|颜色|尺寸|"
    r"里|内部|到(?!岸)|收|昨|今|前天|上午|下午|的|了|是|很|太(?!阳)|特别|明显|突然|无法|不能|根本|经常|总是|总共|"
    r"老是|又|再(?!生)|请|要|"
    r"能(?!源)|和|与|及|跟|或|以及|因|由于|导致|用(?=起|了|不|着|来|到|的)|使用|打开|开箱|投诉|反馈|异常|事宜|情况|"
    r"交期|交货|延期|到货|送货|发货|"
    r"订单|合同|批号|批次|编号|单号|问题|时|后|前|第|给|从|被(?!芯|套|子|单|褥|面)|把(?!手)|将|让|说|我|你|您|"
    r"贵|他|她|它|什么|怎么|为什么|如何|这|那|某|每|"
    r"共|大约|大概|左右|只有|实|应|可(?!乐|可|调|编|燃)|会|想|做|作为|来(?!料)|去|过来|吗|呢|吧|啊|坏|漏(?!斗|勺|"
    r"电保)|裂|断(?!路|电|桥)|缺|少(?!儿|女)|错|破(?!壁|碎机)|脏|湿(?!巾|度|纸|帘)|变(?!压|频|速|送|色|形金)|掉|"
    r"一(?!次性|体)|生锈|发霉|"
    r"[^\u3400-\u9fffa-z0-9]"
)
_CODE = re.compile(r"(?<=[\u3400-\u9fff])[a-z0-9]")  # the model behind the name
_AMOUNT = re.compile(rf"{NUMBER}\s?(?:{UNITS})")
_LONGEST, SHORTEST = 12, 2
# Words for anything, for papers, people and places: never what the goods are called.
NO_GOODS = re.compile(
    r"(?:整批|全部|所有|部分|大批|新|旧|老|其中|其他|其它|另外|相关|同类|类似|以上|下列|上述|多|小|大|好|次|贵)?"
    r"(?:货|货物|产品|商品|东西|物品|材料|物料|料|样|样品|样件|单|订货|成品|半成品|来货|大货|批量|批次|一批|包装|"
    r"外箱|配件|零件|部件|件|"
    r"公司|工厂|厂家|厂|客户|用户|客服|业务|业务员|销售|师傅|工人|人员|人|司机|领导|老板|经理|技术|同事|朋友|家人|"
    r"邮件|附件|来信|信|函|消息|电话|短信|微信|通知|回复|答复|报告|照片|图片|视频|资料|文件|证书|合格证|发票|单据|"
    r"票|账单|对账单|清单|"
    r"价格|报价|费用|金额|款|货款|运费|钱|时间|日期|交期|质保|服务|态度|处理|方案|措施|结果|要求|意见|建议|说法|"
    r"解释|原因|"
    r"问题|情况|现象|异常|故障|投诉|反馈|事|事情|事宜|以下|如下|上次|这次|本次|以来|之前|以前|以后|方面|地方|位置|"
    r"生产线|产线|车间|仓库|"
    r"公里|左右|以上|多年|时候|当天|当时|期间|整个|整机|机器|设备|生意|合作|经验|测试|检验|检测|检查|安装|"
    r"使用|维修|更换|退货|换货|返工|"
    r"更正|补充|说明|告知|汇报|反映|事项|公函|律师函|求助|紧急|重要|你好|您好|无主题|转发|请求|申请|催告|样板|"
    r"短米|短码|短装|短缺|味道|感觉|效果|数据|记录|内容|名字|名称|型号|规格|颜色|尺寸|重量|数量|质量|品质|标准|"
    r"图纸|版本|账号|密码|代码|网站|平台|页面)"
)
# No name of goods holds these anywhere, or ends so.
_NEVER = re.compile(
    r"服务|态度|业主|客户|用户|人员|先生|女士|师傅|公司|老师|工程师|普通|答复|回复|说法|解释|"
    r"[地们性型时处员人部科费率]$|号$|色$|客服|回电|电话|[样味]儿$|度$|^问|个|同志|同学|(?:违约|定|押|赔偿|"
    r"滞纳|罚|保证|奖|佣)金|[一二三四五六七八九十百千]{2}|[了啊吗吧呢嘛么哦呀哈呗您我你]|关于|什么|感谢|表扬|委托|"
    r"请|麻烦|如果|约定|结果"
)
# A name right behind a code ends like the name of a thing.
ENDINGS = re.compile(
    r"(?:机器人|净化器|电视|冰箱|空调|轴承|模块|支架|接头|芯片|电源|系统|软件|平台|小程序|四件套|"
    r"[机器仪表阀泵管板线缆件套袋膜盒箱瓶罐桶杯布纱轴轮架柜椅桌凳灯锅炉壳盖垫圈塞栓钉屏锁鞋靴毯胶漆砖粉油剂液床门窗网绳带条棒丝球座体帽衣裤裙衫被枕巾纸笔"
    r"刀具扇车片块头嘴钳环销簧筒槽塔梯芯环链钩斗锤锯尺镜伞册画票贴签章卡皮革棉绒毛线绸缎帘褥石材木铝钢铁铜锌酸碱盐糖茶酒奶肉鱼虾菜果米面糕饼包饺丸饭粥汤酱醋豆"
    r"肠蛋药膏素苗肥料树脂漆蜡香皂霜露水电池纤网筛闸臂壶碗盘碟筷勺盆梳刷拖缸沙发厢井架箍]|总成|组件|组套|配件包|"
    r"螺母|开关|按钮|手柄|扳手|面料|滤芯|电机|耗材)$"
)
HEADS = re.compile(ENDINGS.pattern.removesuffix("$"))
_VERBS = frozenset("打登装拧粘关用开连扫读插拔合锁盖吸洗擦转启推拉充")
_NOT_FIRST = re.compile(
    r"[这那一两老带本改催退嘅着过]|[上下中里外前后左右个些点次回几多]|年|月|日|号|天|周|现|刚|才|先|还|正|或|其|该|此|每|"
    r"某|给|所|之|不(?!锈|干)|于|以|为|比|按"
)
# A name that is read backwards from its end begins behind one of these words ...
_BEGIN = re.compile(
    rf"的|了|们(?:家(?!具|电|居|纺|用))?|\d份|地把|(?:贵|我|本|你|该|敝|各|一|他|她)(?:公司|司|厂|店|家|方|院|处|单位)|贵方|您|我|你|"
    rf"(?:这|那|该|此|本|上|首|同|几|一)(?:一|几)?(?:批次?|款|种|台|套|些|车|柜|箱|卷|桶|盘|票|部|辆|把|条|张|个|"
    rf"只|支|根|件|块)|"
    rf"{NUMBER}\s?(?:{UNITS})|其中|另外|还有|关于|对于|有关|询价|咨询|求购|采购|订购|购买|购置|选购|收到|发来|送来|"
    rf"到货|来料|出货|发货|交货|"
    r"使用|更换|安装|维修|投诉|反馈|反映|申请|请问|需要|想要|委托|提供|生产|供应|定做|定制|加工|出口|进口|退货|"
    r"换货|补发|催交|催货|"
    r"以及|或者|其他|其它|比如|包括|发现|出现|导致|造成|目前|现在|今天|昨天|上周|本周|今年|去年|上月|本月|还是|"
    r"就是|不是|都是|已经|"
    r"[购买](?!单)|[给让叫把将被请跟与和及从向到为是有去来且]|在(?!线)|用(?!电|品|具)|发(?!动|电|热|泡|酵|光|卡|夹|膜|蜡|"
    r"圈|生|条|票)|"
    r"(?<![包服安工童套西灌吊女男春秋冬夏泳])装(?!饰|载|配|订|置|甲|修)|换(?!热|气|向|能)|修(?!枝|剪|边|补)|拿|要|"
    r"做(?!旧)"
)
# ... and such a run is no longer than this.
_RUN = re.compile(r"(?:(?<![a-z0-9-])(?:[a-z]{1,6}\d?|\d{1,3}[a-z]{1,2})[ ]?)?[\u3400-\u9fff]{1,14}$")


def start_of(text: str, end: int) -> int:
    """Where the name that ends here begins."""
    low = max(0, end - 20)
    run = _RUN.search(text[low:end])
    if run is None:
        return end
    start = low + run.start()
    for mark in _BEGIN.finditer(text, max(low, start - 5), end):
        start = max(start, mark.end())  # the number of 3套螺母 stands before the run
    return start


def end_of(text: str, start: int, troubles: list[int]) -> int:
    """Where the name that begins here ends."""
    limit = min(len(text), start + _LONGEST)
    trouble = next((at for at in troubles if start < at <= limit), limit)
    stop = _STOP.search(text, start, min(limit + 2, len(text)))
    code = _CODE.search(text, start + 1, limit)
    end = min(trouble, stop.start() if stop else limit, code.start() if code else limit)
    if text.startswith("不", end) and text[end - 1] in _VERBS:
        end -= 1  # 门打不开, 系统登不上
    return end - (len(text[start:end]) - len(text[start:end].rstrip()))


def is_name(words: str) -> bool:
    """May these words, cut by :func:`end_of`, name goods: of a fit length, no amount, nothing known to be no goods?"""
    han = sum("\u3400" <= sign <= "\u9fff" for sign in words)
    return (
        (han >= SHORTEST or (han > 0 and words[0] < "\u3400" and len(words) > SHORTEST))
        and len(words) < _LONGEST
        and not _AMOUNT.fullmatch(words)
        and not NO_GOODS.fullmatch(words)
        and not _NEVER.search(words)
        and not _NOT_FIRST.match(words)
    )
