"""A private Dovecot 2.3 on loopback: plain, STARTTLS and TLS, passwords and OAuth, in a directory of its own.

    with Dovecot() as d:
        d.add_user("kefu@example.cn", "secret")
        d.deliver("kefu@example.cn", raw)
        ... d.port, d.tls_port, d.ca_file, d.token("kefu@example.cn") ...

Mails are put straight into the Maildir (a rename each), so 500 of them take a fraction of a second.  Run by root it
uses the system's ``dovecot``, ``dovenull`` and a ``vmail`` account; run by anyone else, that account for everything.
"""

from __future__ import annotations

import base64
import contextlib
import getpass
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

from imapclient.imap_utf7 import encode as utf7

from tests.servers.ports import free_port

OAUTH_KEY = b"secretsecretsecretsecretsecret12"

CONFIG = """\
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/log/dovecot.log
listen = 127.0.0.1
protocols = imap
ssl = yes
ssl_cert = <{root}/cert.pem
ssl_key = <{root}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2 oauthbearer
auth_failure_delay = 0
mail_location = maildir:{root}/mail/%u
mail_uid = {mail_user}
mail_gid = {mail_group}
first_valid_uid = 1
mail_fsync = never
mail_max_userip_connections = 200
imap_id_send = name *
imap_id_log = *
imap_idle_notify_interval = 10 secs
default_internal_user = {internal_user}
default_internal_group = {internal_group}
default_login_user = {login_user}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {root}/oauth2.conf.ext
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {root}/users
}}
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={mail_user} gid={mail_group} home={root}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
  prefix = {prefix}
  mailbox Sent {{
    special_use = \\Sent
    auto = subscribe
  }}
}}
service imap-login {{
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {tls_port}
    ssl = yes
  }}
  process_min_avail = 1
  service_count = 0
  chroot =
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
{extra}
"""


def missing() -> str:
    """Why Dovecot cannot be started here, or an empty string."""
    absent = [name for name in ("dovecot", "doveadm", "openssl") if shutil.which(name, path=_PATH) is None]
    return f"not installed: {', '.join(absent)} (apt install dovecot-imapd openssl)" if absent else ""


class Dovecot:
    """The server as a context manager; see the module.  ``prefix`` is the personal namespace's (``INBOX/``)."""

    def __init__(self, *, prefix: str = "", extra: str = "") -> None:
        if reason := missing():
            raise RuntimeError(reason)
        # Short, for UNIX sockets end at 108 bytes; open, for the mail user must pass through.
        self.root = Path(tempfile.mkdtemp(prefix="mf-dovecot-", dir="/tmp"))
        self.root.chmod(0o755)
        self.host = "127.0.0.1"
        self.port, self.tls_port = free_port(), free_port()
        self.ca_file = self.root / "ca.pem"
        self._count = itertools.count(1)
        self._prefix = prefix
        self._root_runs = os.geteuid() == 0
        self._mail_user = account("vmail") if self._root_runs else getpass.getuser()
        self._prepare(extra)

    def __enter__(self) -> Dovecot:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.root, ignore_errors=True)

    # ------------------------------------------------------------------------------------------------------- the server

    def start(self) -> None:
        """Start and wait until it listens."""
        # Not into a pipe: the daemon would inherit it and we would wait for its end.
        with (self.root / "log/start.log").open("wb") as out:
            command = [_which("dovecot"), "-c", str(self.root / "dovecot.conf")]
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=out, stderr=out, timeout=30)
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection((self.host, self.port), 1) as probe:
                if probe.recv(4) == b"* OK":
                    return
            time.sleep(0.05)
        raise RuntimeError(f"dovecot does not answer:\n{self.log()}")

    def stop(self) -> None:
        """Stop and wait until the master is gone, so that it can be started again."""
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, ValueError):
            pid = int((self.root / "run/master.pid").read_text())
            os.kill(pid, signal.SIGTERM)
            deadline = time.monotonic() + 1
            while time.monotonic() < deadline and _alive(pid):
                time.sleep(0.02)
            # Sessions may outlive their master for a moment; it made a process group of its own when it started.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            # A killed master leaves this, and a dead process nobody buried counts as running.
            (self.root / "run/master.pid").unlink(missing_ok=True)

    def log(self) -> str:
        """Everything it wrote to its log."""
        with contextlib.suppress(FileNotFoundError):
            return (self.root / "log/dovecot.log").read_text(errors="replace")
        return ""

    def doveadm(self, *arguments: str) -> str:
        """Run doveadm against this server."""
        done = subprocess.run(
            [_which("doveadm"), "-c", str(self.root / "dovecot.conf"), *arguments],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def kick(self, user: str) -> None:
        """End all sessions of a user."""
        with contextlib.suppress(subprocess.CalledProcessError):  # nobody was there
            self.doveadm("kick", user)

    # --------------------------------------------------------------------------------------------------- users and mail

    def add_user(self, user: str, password: str = "secret") -> None:  # noqa: S107
        """Create an account with this password.

        Any name may log in with ``secret`` anyway; other passwords cost a second here, because Dovecot looks at its
        file once a second.
        """
        if password == "secret":
            return
        users = self.root / "users"
        kept = [line for line in users.read_text().splitlines() if not line.startswith(user + ":")]
        users.write_text("\n".join([*kept, f"{user}:{{PLAIN}}{password}:::::"]) + "\n")
        users.chmod(0o644)
        time.sleep(1.1)

    def token(self, user: str, seconds: float = 3600) -> str:
        """An OAuth bearer token (JWT) this server accepts for the user."""
        import jwt  # of the development environment only

        now = int(time.time())
        claims = {"sub": user, "email": user, "iat": now - 5, "nbf": now - 5, "exp": now + int(seconds)}
        return jwt.encode(
            claims | {"azp": "default"}, OAUTH_KEY, algorithm="HS256", headers={"kid": "default", "typ": "JWT"}
        )

    def deliver(self, user: str, raw: bytes, folder: str = "INBOX") -> Path:
        """Put one mail into a folder (made when missing) and return its file."""
        box = self._box(user, folder)
        name = f"{int(time.time())}.M{time.time_ns() % 10**9 // 1000:06d}P{os.getpid()}Q{next(self._count)}.localhost"
        written = box / "tmp" / name
        written.write_bytes(raw)
        self._give([written])
        final = box / "new" / name
        written.rename(final)
        return final

    def deliver_many(self, user: str, mails: Iterable[bytes], folder: str = "INBOX") -> int:
        """Deliver these in order; returns how many."""
        return len([self.deliver(user, raw, folder) for raw in mails])

    def create(self, user: str, folder: str) -> None:
        """Make a folder."""
        self.doveadm("mailbox", "create", "-u", user, self._prefix + folder)

    def remove(self, user: str, folder: str) -> None:
        """Remove a folder with its mails."""
        self.doveadm("mailbox", "delete", "-u", user, self._prefix + folder)

    def count(self, user: str, folder: str = "INBOX") -> int:
        """Mails in a folder."""
        if folder != "INBOX":
            folder = self._prefix + folder
        return int(self.doveadm("-f", "flow", "mailbox", "status", "-u", user, "messages", folder).rpartition("=")[2])

    # -------------------------------------------------------------------------------------------------------- the files

    def _box(self, user: str, folder: str) -> Path:
        """The Maildir++ directory of a folder, made when missing."""
        home = self.root / "mail" / user
        box = home if folder == "INBOX" else home / ("." + utf7(folder).decode().replace("/", "."))
        if not (box / "new").is_dir():
            wanted = [home, box, *(box / part for part in ("cur", "new", "tmp"))]
            for directory in dict.fromkeys(wanted):
                directory.mkdir(parents=True, exist_ok=True)
            if box != home:
                (box / "maildirfolder").touch()
                wanted.append(box / "maildirfolder")
            self._give(wanted)
        return box

    def _give(self, paths: Iterable[Path]) -> None:
        if self._root_runs:
            for path in paths:
                shutil.chown(path, self._mail_user, self._mail_user)

    def _prepare(self, extra: str) -> None:
        for name in ("run", "state", "mail", "log", "oauthkeys/default/HS256"):
            (self.root / name).mkdir(parents=True)
        self._give([self.root / "mail"])
        (self.root / "oauthkeys/default/HS256/default").write_bytes(base64.b64encode(OAUTH_KEY))
        (self.root / "oauth2.conf.ext").write_text(
            "introspection_mode = local\n"
            f"local_validation_key_dict = fs:posix:prefix={self.root}/oauthkeys/\n"
            "username_attribute = email\nscope =\n"
        )
        (self.root / "users").write_text("")
        _certificates(self.root)
        me = getpass.getuser()
        mine = {"internal_user": me, "internal_group": _group(me), "login_user": me}
        system = {"internal_user": "dovecot", "internal_group": "dovecot", "login_user": "dovenull"}
        (self.root / "dovecot.conf").write_text(
            CONFIG.format(
                root=self.root,
                port=self.port,
                tls_port=self.tls_port,
                mail_user=self._mail_user,
                mail_group=_group(self._mail_user),
                prefix=self._prefix,
                extra=extra,
                **(system if self._root_runs else mine),
            )
        )


_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/local/sbin"


def _which(name: str) -> str:
    found = shutil.which(name, path=_PATH)
    if found is None:
        raise RuntimeError(f"{name} is not installed")
    return found


def account(name: str) -> str:
    """The name of a system account, made when it is missing; only root can make one."""
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(name).pw_name
    command = [_which("useradd"), "-r", "-U", "-s", "/usr/sbin/nologin", name]
    added = subprocess.run(command, capture_output=True, text=True, check=False)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:  # somebody else may have been adding it at the same moment
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
        time.sleep(0.1)
    raise RuntimeError(f"no account {name}: {added.stderr.strip()}")


def _group(user: str) -> str:
    import grp

    return grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with contextlib.suppress(OSError):  # in a container nobody may bury the dead
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    return True


def _certificates(root: Path) -> None:
    """An authority of our own and a server certificate for localhost and 127.0.0.1, signed by it."""
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    (root / "san.ext").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    authority = ["-x509", *curve, "-days", "3650", "-subj", "/CN=mailflow test CA", "-keyout", "ca.key"]
    request = [*curve, "-subj", "/CN=localhost", "-keyout", "key.pem", "-out", "server.csr"]
    signed = ["-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "3650"]
    for command in (
        ["req", *authority, "-out", "ca.pem"],
        ["req", *request],
        ["x509", "-req", *signed, "-extfile", "san.ext", "-out", "cert.pem"],
    ):
        subprocess.run([_which("openssl"), *command], cwd=root, check=True, capture_output=True)
