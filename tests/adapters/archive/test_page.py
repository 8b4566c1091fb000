"""The page of a case: everything in order with working links, strangers' words as words, and derived."""

from __future__ import annotations

import re
from datetime import UTC
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import pytest

from mailflow.adapters.archive.folders import FolderArchive
from mailflow.adapters.archive.page import CasePages, stamp_of
from mailflow.adapters.upkeep.rebuild import rebuild
from mailflow.adapters.upkeep.verify import verify
from mailflow.scheduled.archive import archive
from tests.adapters.archive.builder import Office, decode, mail
from tests.adapters.archive.casework import ZHOU, worked_case

HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "storage")


def page(office: Office, case: str = "KH-00001/TS-2026-0001") -> str:
    archive(office.dossiers, office.archive)
    return (office.storage / "archive" / case / "index.html").read_text("utf-8")


class Parsed(HTMLParser):
    """Elements, links and words of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.words += data


def wrong(office: Office) -> list[str]:
    found = verify(office.engine, office.vault, office.storage / "archive")
    return [f"{item.where}: {item.what}" for item in found if item.severity == "error"]


def test_it_tells_mails_tasks_signatures_decisions_and_promises_in_order(office: Office) -> None:
    worked_case(office)
    words = Parsed(page(office)).words
    course = words[words.index("经过") :]
    places = [
        course.index(part)
        for part in (
            "立案", "收到邮件（投诉），来自 li@huaxin.cn：到货短少",
            "开出记录：顾客投诉处理单 JL-23-01-2026-0001 / 1版",
            "发给 li@huaxin.cn（已发送）：已收到您的来信",
            "办理：制定处理方案", "制定处理方案，已办", "处理方案：补发两箱",
            "钱立 签字：审核方案（纸质签字，后来失效，仅供查考）", "JL-23-01-2026-0001 / 2版",
            "钱立 签字：审核方案（Word回签）", "向客户承诺：三日内补发",
        )
    ]  # fmt: skip
    assert places == sorted(places)
    assert "待办批准方案：孙岚" in re.sub(r"\s", "", words) or "批准方案：sun@qinghe.example" in words
    assert "货物投诉处理程序 B/2" in words


def test_every_link_is_relative_encoded_and_leads_to_a_file(office: Office) -> None:
    case = office.case(office.customer())
    message = office.mail(
        case, mail("投诉", "见附件", {"照片 1#2?.jpg": b"\xff\xd8", "100%.txt": b"x", "a&b;c.txt": b"y"})
    )
    office.record(case, message)
    office.reply(case, message)
    found = Parsed(page(office))
    assert len(found.links) >= 6
    for link in found.links:
        assert re.fullmatch(r"[A-Za-z0-9_.~/%-]+", link), link
        assert not link.startswith("/")
        assert (office.storage / "archive/KH-00001/TS-2026-0001" / unquote(link)).is_file(), link


def test_strangers_words_are_words(office: Office) -> None:
    customer = office.customer(f"公司{HOSTILE}")
    case = office.case(customer, subject=f"主题{HOSTILE}")
    office.mail(case, mail("x", "x", {f"{HOSTILE}.txt": b"x"}))
    from mailflow.adapters.sql import tables as t

    office.run(t.messages.update().values(subject=f"{HOSTILE}\u202eevil", sender=f"{HOSTILE}@x.cn"))
    html = page(office)
    found = Parsed(html)
    assert "script" not in found.tags
    assert not {name for name in found.attributes if name.startswith("on")}
    assert found.words.count("<script>alert(1)</script>") >= 4
    assert "\u202e" not in html
    assert not any("script" in link for link in found.links if not link.startswith("%"))


def test_what_proves_an_answer_is_not_shown(office: Office) -> None:
    from mailflow.adapters.sql import tables as t

    case = office.case(office.customer())
    office.mail(case, mail("x", "x"))
    token = "MF-J1-2-002252-B7AQG3SS7L2NUU23"
    office.run(t.messages.update().values(subject=f"回复: [TS-2026-0001] 请签字：登记表 〔{token}〕"))
    html = page(office)
    assert "回复: [TS-2026-0001] 请签字：登记表" in html
    assert "MF-" not in html


def test_a_fact_somebody_called_right_is_confirmed_and_a_changed_one_corrected(office: Office) -> None:
    from mailflow.adapters.sql import tables as t

    case = office.complaint(office.customer())
    for field, was, value in (("quantity", "五件", "五件"), ("batch_no", "B1", "B2")):
        office.add(t.corrections, case_id=case, field=field, was=was, value=value, actor=ZHOU, at=office.now())
    office.touch_case(case)
    words = re.sub(r"\s", "", Parsed(page(office)).words)
    assert "确认：数量五件" in words
    assert "更正：批号B1→B2" in words


def test_it_needs_no_network_runs_nothing_and_fits_a_narrow_screen(office: Office) -> None:
    worked_case(office)
    html = page(office)
    found = Parsed(html)
    assert not {"script", "iframe", "object", "embed", "form", "link", "img", "table"} & set(found.tags)
    assert "http://" not in html
    assert "https://" not in html
    assert "default-src 'none'" in html
    assert 'name="viewport" content="width=device-width' in html
    assert "overflow-wrap:anywhere" in html
    assert not re.search(r"(?<!max-)width:\s*\d{3,}px|white-space:\s*nowrap", html)
    assert "url(" not in html


def test_times_are_those_of_the_company_and_people_have_names(office: Office) -> None:
    pages = CasePages(None, ZoneInfo("Asia/Shanghai"), lambda address: "周宁" if address == ZHOU else "")
    office.archive = FolderArchive(office.storage / "archive", office.vault, office.dossiers, decode, pages=pages)
    worked_case(office)
    words = Parsed(page(office)).words
    opened = office.index()["cases"]["1"]["opened_at"]
    assert opened.startswith("2026-03-02T01:3")
    assert "立案 2026-03-02 09:3" in words
    assert "周宁：制定处理方案，已办" in words


def test_only_the_page_of_a_case_that_changed_is_drawn_again(office: Office) -> None:
    customer = office.customer()
    first, _second = office.complaint(customer), office.complaint(customer)
    archive(office.dossiers, office.archive)
    root = office.storage / "archive/KH-00001"
    before = {path: path.stat().st_mtime_ns for path in root.glob("*/index.html")}
    assert len(before) == 2
    office.mail(first, mail("补充", "再补充一句。"))
    archive(office.dossiers, office.archive)
    changed = [path.parent.name for path, at in before.items() if path.stat().st_mtime_ns != at]
    assert changed == ["TS-2026-0001"]
    assert wrong(office) == []


def test_verify_tells_a_page_that_is_missing_altered_or_of_another_state_and_rebuild_mends_it(office: Office) -> None:
    worked_case(office)
    html = page(office)
    path = office.storage / "archive/KH-00001/TS-2026-0001/index.html"
    place = "archive/KH-00001/TS-2026-0001/index.html: the page of the case"
    path.unlink()
    assert wrong(office) == [f"{place} is missing"]
    path.write_text(html.replace("补发两箱", "补发两百箱"), "utf-8")
    assert wrong(office) == [f"{place} was altered"]
    older = office.archive.pages
    assert older
    office.touch(1)
    office.reply(1, 1, subject="再次答复")
    archive(office.dossiers, office.archive)
    path.write_text(html, "utf-8")
    assert wrong(office) == [f"{place} tells another state"]
    done = rebuild(office.storage / "archive", office.vault, office.dossiers, decode, office.now())
    assert done.carried == []
    assert wrong(office) == []
    assert stamp_of(path.read_bytes())


def test_a_company_page_that_cannot_be_drawn_is_passed_over(office: Office, tmp_path: Path) -> None:
    own = tmp_path / "templates/archive/case.html"
    own.parent.mkdir(parents=True)
    for broken in ("{% if %}", "{{ nothing_of_this_name }}", "{{ case.number }} without the stamp"):
        own.write_text(broken, "utf-8")
        assert CasePages(tmp_path / "templates", UTC)._template is CasePages()._template
    shipped = (Path(__file__).parents[3] / "templates/archive/case.html").read_text("utf-8")
    own.write_text(shipped.replace("现行记录", "我司记录"), "utf-8")
    office.archive.pages = CasePages(tmp_path / "templates", UTC)
    office.complaint()
    assert "我司记录" in page(office)
    assert wrong(office) == []
