"""Whom our connections trust: the system's authorities, or a company's own."""

from __future__ import annotations

import ssl
from pathlib import Path


def client_context(ca_file: str | Path | None) -> ssl.SSLContext:
    """Certificates and host names are always checked; ``ca_file`` (PEM) replaces the system's authorities.

    Raises OSError or ssl.SSLError when the file cannot be read or holds no certificate.
    """
    context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    if ca_file:
        # Since Python 3.13 the default asks authorities for the form of RFC 5280 (key usage and the like), which most
        # companies' own do not have.  Who named the file trusts it; signatures, terms and names are checked as ever.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context
