"""mailflow: a shared customer-service mailbox, turned into cases, customer archives and signed Word records.

One mail's journey, in running order:

    mailbox -> collect -> decode -> exclude -> extract -> file -> fill -> reply -> (outbox) deliver

Start reading at :mod:`mailflow.flow`; then the modules of :mod:`mailflow.stages` in the order of their names:
collect, decode, exclude, extract, file, fill, reply.  What starts from the clock instead of from a mail is in
:mod:`mailflow.scheduled`.  The language work behind decode and extract is in :mod:`mailflow.reading`, forms and
their numbers in :mod:`mailflow.records`, the outside world (IMAP, SMTP, SQL, files) in :mod:`mailflow.adapters`,
met through the protocols of :mod:`mailflow.domain.ports` and joined together in :mod:`mailflow.app` alone.
"""

__version__ = "0.2.0.dev0"
