"""Other cases than the ordinary complaint: invalid, oral, serious, English; quotation, change, certificate, praise."""

from __future__ import annotations

import re

from tests.cases.papers import archived, words
from tests.flow.letters import letter
from tests.flow.office import Office
from tests.flow.robots import knowing, play
from tests.flow.staffed import STAFF, Staffed, answer

CUSTOMER = "wang@plant.example"
RFQ, CHANGE, CERTIFICATE = "a@rfq.example", "b@change.example", "c@certificate.example"
KNOWING = knowing(
    评审部门="技术、质量", 隐含要求="无", 法规要求="符合GB/T 12237", 技术意见="能满足", 质量意见="能满足",
    评审结果="接受", 变更内容="数量120台", 变更原因="客户要求", 通知部门="生产部、质量部",
    有无检验数据="是", 交付数量="100件",
    生产日期="2026-02-20", 检验日期="2026-02-25", 执行标准="GB/T 12237", 检验依据="Q/SL 01", 检验数据="壳体1.5倍无渗漏",
    证明附信="现附上产品质量证明请查收", 转达情况="已转达刘工并登记", 需转部门="技术部", 是否采纳="采纳",
    采纳意见="下版增加", 答复内容="感谢来信，已办理。",
)  # fmt: skip


def state(people: Staffed) -> list[tuple[str, str]]:
    """The cases and where they stand."""
    return [(number, status) for number, status in people.office.ask("SELECT number, status FROM cases ORDER BY id")]


def later(people: Staffed) -> None:
    """Working days pass."""
    people.office.clock.forward(days=4)
    people.work()


def test_an_invalid_complaint_is_explained_and_closed_with_its_reason_code(people: Staffed) -> None:
    say = knowing(判定="一般无效", 原因代码="N1", 判定依据="客户自行拆装阀杆", 是否需要纠正措施="否", 处置="解释")
    people.work(letter(sender=CUSTOMER))
    play(people, say)
    later(people)
    people.work(answer(people.sent(CUSTOMER)[-1], "基本满意"))
    play(people, say)
    assert state(people) == [("TS-2026-0001", "closed")]
    sheet = words(archived(people.office, "JL-23-03-2026-0001-signed-3.docx"))
    assert "一般无效" in sheet
    assert "N1" in sheet
    assert not [name for name in people.office.files() if "JL-8.5-01" in name]
    assert people.office.errors() == []


def test_an_oral_complaint_begins_with_the_information_sheet(people: Staffed) -> None:
    note = (
        "电话记录\n客户来电时间：今天上午9点20分\n客户：海诚机电有限公司\n联系人：方远 电话：13912340000\n"
        "内容：上月买的减速机漏油，订单号：DD20260210031，要求派人到现场处理。\n记录人：柳青"
    )
    say = knowing(需转部门="质量部", 受文部门="质量部", 客户满意度="满意", 客户意见="电话答复满意")
    people.work(letter(note, subject="电话记录：减速机漏油", sender="liu@firm.example"))
    play(people, say)
    later(people)
    play(people, say)
    assert state(people) == [("TS-2026-0001", "closed")]
    sheet = words(archived(people.office, "JL-23-02-2026-0001-signed-3.docx"))
    for name in ("白露", "韩梅", "秦朗"):
        assert f"{name} 2026-03-02" in sheet
    assert "海诚机电" in sheet
    assert {mail.to.partition("@")[2] for mail in people.all_sent()} == {"firm.example"}
    assert people.office.errors() == []


def test_a_serious_complaint_is_reported_and_its_original_received_in_three_places(people: Staffed) -> None:
    grave = "贵司球阀爆裂，造成我司两名工人受伤送医，生产线停产，订单号：DD20260301008，请立即处理。联系人：王强"
    original = letter(grave, subject="紧急投诉：球阀爆裂伤人", sender=CUSTOMER)
    people.work(original)
    play(people, rounds=4)
    wanted = {
        "主管领导批示": "zheng@firm.example",
        "质检科签收原件": "qin@firm.example",
        "技术科签收原件": "deng@firm.example",
        "管理者代表签收原件": "xue@firm.example",
    }
    for task, who in wanted.items():
        mail = people.asked(who, task)
        assert "【加急】" in mail.subject
        assert mail.file("-original.eml")[1] == original
        assert mail.file(".docx")[0].startswith("JL-23-01-2026-0001")
    cells = {cell for (cell,) in people.office.ask("SELECT cell FROM signatures")}
    assert {"registrar", "leader", "quality", "technical", "management_rep", "reviewer"} <= cells
    assert people.office.errors() == []


def test_an_english_complaint_is_answered_in_english(people: Staffed) -> None:
    text = "Dear Sir,\n\nfive of the ball valves of order DD20260301008 leak at the stem. Please replace them.\n\nJohn"
    people.work(letter(text, subject="Complaint: leaking ball valves", sender="miller@works.example"))
    english = "The seal was missing. We have replaced the valves and apologise."
    play(people, knowing(处理方案="Our quality department re-checks the stock.", 答复内容=english))
    told = people.sent("miller@works.example")
    reply = [mail for mail in told if english in mail.text][-1]
    name, content = reply.file(".docx")
    assert name.startswith("JL-23-10E-2026-0001")
    assert english in words(content)
    assert [mail.text for mail in told if re.search("[\u4e00-\u9fff]", mail.text)] == []
    assert not [path for path in people.office.files() if "JL-23-10-2026" in path]


def test_a_quotation_a_change_a_certificate_a_praise_and_a_suggestion_are_closed(office: Office) -> None:
    people = Staffed(office, STAFF.replace("roles: [technical]", "roles: [technical, quality]"))
    people.work(
        letter(
            "请报价：DN50不锈钢球阀200台，要求3月20日前交货，请提供单价和交期。", subject="询价：球阀200台", sender=RFQ
        ),
        letter("我司订单DD20260301011的数量请由100台改为120台。", subject="订单变更：DD20260301011", sender=CHANGE),
        letter("请提供批号B2603-01球阀的产品质量证明书。", subject="索取质量证明书", sender=CERTIFICATE),
        letter("感谢贵司技术员刘工冒雨到现场服务，特此表扬！", subject="表扬信", sender="d@praise.example"),
        letter("我有一个建议：希望贵司的说明书里写明安装扭矩，供参考。", subject="建议", sender="e@idea.example"),
    )
    play(people, KNOWING)
    waiting = people.sent(CHANGE)[-1]
    sheet = words(waiting.file(".docx")[1])
    assert "数量120台" in sheet
    assert sheet.count("郑浩 2026-03-02") == 2
    assert ("BG-2026-0001", "open") in state(people)
    people.work(answer(waiting, "确认，同意。"))
    play(people, KNOWING)

    assert {number[:2]: status for number, status in state(people)} == dict.fromkeys(
        ("XJ", "BG", "ZX", "BY", "JY"), "closed"
    )
    offer = people.sent(RFQ)[-1]
    assert offer.file(".docx")[0].startswith("JL-23-10-2026-")
    review = words(archived(people.office, "JL-7.2-01-2026-0001-signed-4.docx"))
    for name in ("邓宁", "秦朗", "柳青", "郑浩"):
        assert f"{name} 2026-03-02" in review
    certificate = words(people.sent(CERTIFICATE)[-1].file(".docx")[1])
    assert "秦朗 2026-03-02" in certificate
    assert "邓宁 2026-03-02" in certificate
    thanked = people.asked("deng@firm.example", "感谢贵部门！请转达客户的表扬")
    assert thanked.file(".eml")[0] == "BY-2026-0001-original.eml"
    assert people.office.errors() == []


def test_without_inspection_data_there_is_no_certificate(people: Staffed) -> None:
    people.work(letter("请提供批号B2603-01球阀的产品质量证明书。", subject="索取质量证明书", sender=CERTIFICATE))
    play(people, knowing(有无检验数据="否", 答复内容="该批没有保存检验数据，无法出具证明。"))
    assert "无法出具证明" in people.sent(CERTIFICATE)[-1].text
    assert not [path for path in people.office.files() if "JL-8.6-03" in path]
    assert state(people)[0][1] == "closed"
