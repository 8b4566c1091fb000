"""Whoever lets words go to a customer has read them as they will go; what is meant for colleagues stays with them."""

from __future__ import annotations

import re
import shutil

from tests.flow.letters import letter
from tests.flow.office import DEFAULTS
from tests.flow.robots import knowing, play
from tests.flow.staffed import Ask, Staffed, answer

CUSTOMER = "wang@plant.example"
SERVICE, MANAGER = "bai@firm.example", "han@firm.example"
PLAN = "我们将于3月6日前补发五件球阀。\n\n若现场停线，我司承担换装工时费。\n工程师明天上门查看。"
NOTE = "王工每次都要赔偿，先看看再说"
ANSWER = "经查为密封圈漏装。我们将免费更换五件，并于3月10日前发出。\n\n该客户一向难缠，话说软一点。"


def words(text: str) -> str:
    return re.sub(r"[>\s]+", "", text)


def sent_words(mail: Ask) -> str:
    """A customer's letter without the reference that stands below it."""
    body = re.sub(r"(?m)^.*RF-[A-Z0-9-]+.*$", "", mail.text)
    return words(body)


def test_who_approves_the_plan_reads_what_leaves_its_promises_and_the_note_that_does_not(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    asked = people.asked(SERVICE, "提出处理方案")
    assert "“处理方案”一栏的文字将原样发给客户" in asked.text
    assert "内部备注：" in asked.text
    people.work(answer(asked, f"处理方案：{PLAN}\n内部备注：{NOTE}"))

    approving = people.asked(MANAGER, "核准发给客户的方案")
    for promise in ("3月6日前补发五件球阀", "承担换装工时费", "工程师明天上门查看"):
        assert re.search(rf"承诺[^\n]*{promise}", approving.text), promise
    assert re.search(rf"内部备注（不发出）：{NOTE}", approving.text)
    assert any(part.get_filename("").endswith(".eml") for part in approving.mail.iter_attachments())
    before = len(people.sent(CUSTOMER))
    people.work(answer(approving, "同意"))
    (left,) = people.sent(CUSTOMER)[before:]
    assert PLAN.splitlines()[0] in left.text
    assert sent_words(left) in words(approving.text)
    assert NOTE not in str(left.mail)


def test_who_signs_the_answer_reads_the_letter_with_what_seems_internal(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    blind: list[Ask] = []

    def say(ask: Ask) -> str | None:
        if "批准答复" in ask.text and ask.to == MANAGER:
            blind.append(ask)
            return None
        return knowing(答复内容=ANSWER)(ask)  # type: ignore[return-value]

    play(people, say, until=lambda: bool(blind))
    approving = blind[0]
    assert "以下文字将原样发给客户 wang@plant.example：" in approving.text
    assert re.search(r"像是内部用语[^\n]*该客户一向难缠", approving.text)
    assert re.search(r"承诺[^\n]*免费更换五件", approving.text)
    before = len(people.sent(CUSTOMER))
    people.work(answer(approving, "同意"))
    left = people.sent(CUSTOMER)[before:]
    assert len(left) == 1
    assert sent_words(left[0]) in words(approving.text)


def test_the_words_stand_in_the_mail_also_where_a_company_keeps_a_layout_of_its_own(people: Staffed) -> None:
    folder = people.office.folder / "templates"
    shutil.copytree(DEFAULTS / "templates", folder, dirs_exist_ok=True)
    for name in ("layout.txt", "layout.html"):
        layout = folder / "staff" / name
        old = layout.read_text("utf-8")
        new = re.sub(r"\{% if going_out %\}.*?\{% endfor %\}(\n\n|\n</div>\n)\{% endif %\}\n", "", old, flags=re.S)
        new = re.sub(r"\{% if outward %\}.*?\{% endif %\}\n", "", new, flags=re.S)
        assert new != old
        assert "going_out" not in new
        layout.write_text(new, "utf-8")
    people.office.templates = folder
    people.work(letter(sender=CUSTOMER))
    asked = people.asked(SERVICE, "提出处理方案")
    assert "一栏的文字将原样发给客户" in asked.text
    people.work(answer(asked, f"处理方案：{PLAN}"))
    approving = people.asked(MANAGER, "核准发给客户的方案")
    html = approving.mail.get_body(("html",))
    assert html is not None
    for line in filter(None, PLAN.splitlines()):
        assert line in approving.text
        assert line in html.get_content()


def test_a_role_that_may_answer_general_questions_by_itself_does(people: Staffed) -> None:
    procedures = people.office.folder / "rules" / "procedures"
    shutil.copytree(DEFAULTS / "rules" / "procedures", procedures)
    inquiry = procedures / "inquiry.yaml"
    approve = (procedures / "parts" / "answer.yaml").read_text("utf-8")
    block = re.search(r"  approve_answer:\n(?:    .*\n)+", approve)
    assert block is not None
    inquiry.write_text(f"{inquiry.read_text('utf-8')}{block[0]}    spares: [service]\n", "utf-8")
    people.work(
        letter(sender=CUSTOMER, subject="请问球阀的质保期", words="你好，请问贵司DN50球阀的质保期是多久？谢谢。")
    )
    before = len(people.sent(CUSTOMER))
    people.work(answer(people.asked(SERVICE, "答复咨询"), "答复内容：质保期为发货之日起十二个月。"))
    assert not people.sent(MANAGER, containing="批准答复")
    assert any("十二个月" in mail.text for mail in people.sent(CUSTOMER)[before:])
    assert "approval.spared" in people.journal()
