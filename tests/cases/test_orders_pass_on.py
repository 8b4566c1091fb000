"""Who works on an order or an enquiry gets the customer's mail and its files as they came."""

from __future__ import annotations

import io

import openpyxl

from tests.flow.letters import letter
from tests.flow.staffed import Staffed

SALES, CUSTOMER = "liu@firm.example", "wang@plant.example"


def sheet(*rows: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (("品名", "型号", "数量"), *rows):
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_sales_gets_the_mail_of_an_enquiry_and_its_files_as_received(people: Staffed) -> None:
    content = sheet(("球阀", "Q41F-16C DN50", 50), ("蝶阀", "D371X-10 DN100", 30))
    mail = letter(
        "请报价：球阀 Q41F-16C DN50 50件，蝶阀 D371X-10 DN100 30件，详见附件。",
        subject="询价", sender=CUSTOMER, files={"询价单.xlsx": content, "setup.exe": b"MZ\x00\x00program"},
    )  # fmt: skip
    people.work(mail)
    ask = people.asked(SALES, "列明顾客要求")
    names = [part.get_filename() for part in ask.mail.iter_attachments()]
    assert ask.file(".xlsx") == ("询价单.xlsx", content)
    assert "XJ-2026-0001-original.eml" in names
    assert not [name for name in names if name and name.endswith(".exe")]
    assert "setup.exe" in ask.text  # named, with where the mail is kept whole


def test_the_quantities_of_a_letter_and_its_sheet_are_listed_once(people: Staffed) -> None:
    table = "品名,型号,数量\n球阀,Q41F-16C DN50,50\n蝶阀,D371X-10 DN100,30\n".encode("gbk")
    words = "采购订单：球阀 Q41F-16C DN50 50件，蝶阀 D371X-10 DN100 30件，见附件。"
    people.work(letter(words, subject="采购订单 PO123456", sender=CUSTOMER, files={"订单.csv": table}))
    found = people.office.ask("SELECT value FROM findings WHERE field = 'quantity' ORDER BY id")
    assert [value for (value,) in found] == ["50件", "30件"]
    (asked, *_) = [mail.text.replace(" ", "") for mail in people.all_sent() if mail.to != CUSTOMER]
    assert "数量：50件；30件" in asked
