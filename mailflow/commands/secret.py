"""``mailflow secret renew``: go on when the key that signs tokens and QR codes is lost."""

from __future__ import annotations

from typing import Annotated

import typer

from mailflow.commands.common import cell, fail, load_config, one_line_errors, out, user_name
from mailflow.commands.language import t


def renew(
    because: Annotated[
        str, typer.Option("--because", help=t("原因，永久载入日志", "the reason; stands in the journal for ever"))
    ] = "",
) -> None:
    """Go on with another secret key: the one that lies in the storage now, or a new one when there is none."""
    from mailflow.app import renew_secret
    from mailflow.runtime.clock import now_utc
    from mailflow.runtime.lock import StorageLock

    with one_line_errors():
        if not because.strip():
            fail(t("请以 --because 说明原因", "a reason is needed: --because"))
        config = load_config()
        with StorageLock(config.storage):
            changed = renew_secret(config, now_utc(), actor=f"operator:{user_name()}", because=cell(because.strip()))
        if not changed:
            out.print(t("现在的密钥就是一直使用的那个，没有改变。", "The key is the one in use: nothing was changed."))
            return
        words = t(
            "自此使用另一个密钥。此前发出的邮件里的回执码（MF-、RF-）和此前打印的二维码不再有效：\n"
            "同事照常回复原邮件即可；单独寄来的签字扫描件由人核对后登记（mailflow sign --scan）；"
            "客户的确认凭下一封信重新取得。\n"
            "请尽快重新备份（mailflow backup）。",
            "Another key is in use from now on. Tokens (MF-, RF-) of mails sent before, and QR codes printed before, "
            "no longer count:\n"
            "colleagues answer the mails as ever; a scan that comes by itself is filed by a person "
            "(mailflow sign --scan); customers' addresses are confirmed by their next answer.\n"
            "Make a new backup (mailflow backup).",
        )
        out.print(words, style="yellow", soft_wrap=True)
