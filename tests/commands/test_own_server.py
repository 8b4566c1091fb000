"""``mailflow check`` names the mail server that seems to be our own; a person confirms; ``held`` shows what follows."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mailflow.cli import main
from mailflow.settings import shipped
from tests.flow.letters import letter

HOME = """
company:
  name: 澄江泵业有限公司
  domains: [firm.example]
mailboxes:
  - name: service
    type: folder
    path: inbox
    addresses: [service@firm.example]
"""
GOOD = {"Authentication-Results": "mx.firm.example; dmarc=pass header.from=plant.example"}
PLANTED = {"Authentication-Results": "mx.evil.example; dmarc=pass header.from=plant.example"}


def run(home: Path, *arguments: str) -> str:
    result = CliRunner().invoke(main, ["--config", str(home / "mailflow.yaml"), *arguments])
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MAILFLOW_LANG", "en")
    monkeypatch.setenv("COLUMNS", "250")
    (tmp_path / "inbox").mkdir()
    (tmp_path / "mailflow.yaml").write_text(HOME, "utf-8")
    for name in ("rules", "templates"):
        shutil.copytree(shipped.folder(name), tmp_path / name)
    return tmp_path


def put(home: Path, *mails: bytes) -> None:
    for number, mail in enumerate(mails):
        path = home / "inbox" / f"{number}.eml"
        path.write_bytes(mail)
        os.utime(path, (1_000_000_000, 1_000_000_000))


def test_check_names_who_wrote_the_topmost_results_and_asks_a_person(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "run mailflow check again when mail was collected" in run(home, "check", "--offline")
    put(home, *(letter(headers=GOOD) for _ in range(3)), letter(headers=PLANTED), letter())
    run(home, "run", "--once", "--since", "all")
    said = run(home, "check", "--offline")
    assert "mailbox service: 3 of the newest 5 mails bear results written by mx.firm.example." in said
    assert "1 of the newest 5 mails bear results written by mx.evil.example. A person must confirm" in said
    monkeypatch.setenv("MAILFLOW_LANG", "zh")
    assert "最近 5 封邮件中有 3 封的认证结果由 mx.firm.example 写入。请管理员确认" in run(home, "check", "--offline")


def test_check_says_when_the_confirmed_name_is_never_seen(home: Path) -> None:
    put(home, letter(headers=GOOD))
    run(home, "run", "--once", "--since", "all")
    settings = home / "mailflow.yaml"
    settings.write_text(HOME + "    authserv_ids: [mx2.firm.example]\n", "utf-8")
    assert "none of the newest 1 mails bears results of authserv_ids (mx2.firm.example)" in run(
        home, "check", "--offline"
    )
    settings.write_text(HOME + "    authserv_ids: [mx.firm.example]\n", "utf-8")
    assert "authserv_ids" not in run(home, "check", "--offline")


def test_check_proposes_whose_arc_seals_would_make_a_difference(home: Path) -> None:
    sealed = {
        "Authentication-Results": "mx.firm.example; arc=pass; dmarc=fail header.from=plant.example",
        "ARC-Seal": "i=1; a=rsa-sha256; cv=none; d=lists.example; s=s; b=abc",
        "ARC-Authentication-Results": "i=1; mx.lists.example; dmarc=pass header.from=plant.example",
    }
    settings = home / "mailflow.yaml"
    settings.write_text(HOME + "    authserv_ids: [mx.firm.example]\n", "utf-8")
    put(home, *(letter(sender="li@plant.example", headers=sealed) for _ in range(2)))
    run(home, "run", "--once", "--since", "all")
    said = run(home, "check", "--offline")
    assert (
        "2 of the newest 2 mails failed the checks and are sealed (ARC) by lists.example. If a person knows it" in said
    )
    settings.write_text(settings.read_text("utf-8") + "    arc_sealers: [Lists.example]\n", "utf-8")
    assert "sealed (ARC)" not in run(home, "check", "--offline")


def test_case_and_held_show_how_sure_we_are(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "mailflow.yaml").write_text(HOME + "    authserv_ids: [mx.firm.example]\n", "utf-8")
    put(home, letter(sender="wang@plant.example", headers=GOOD), b"")
    run(home, "run", "--once", "--since", "all")
    number = json.loads(run(home, "cases", "--json"))[0]["number"]
    found = json.loads(run(home, "case", number, "--json"))
    assert [mail["trust"] for mail in found["mails"]] == ["authenticated"]
    assert [item["event"] for item in found["journal"]].count("mail.trust") == 1
    assert "authenticated" in run(home, "case", number)
    assert [row["trust"] for row in json.loads(run(home, "held", "--json"))] == ["unverified"]
    assert "unverified" in run(home, "held")
    monkeypatch.setenv("MAILFLOW_LANG", "zh")
    assert "已认证" in run(home, "case", number)
    assert "未核实" in run(home, "held")
