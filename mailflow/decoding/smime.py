"""S/MIME bodies (RFC 8551): what an opaque signature holds is read without any key; what is encrypted is said to be."""

from __future__ import annotations

import re

TYPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_ARMOUR = re.compile(r"-----BEGIN PGP MESSAGE-----.*?(?:-----END PGP MESSAGE-----|\Z)", re.S)
_ENCRYPTED = frozenset(
    {"enveloped_data", "signed_and_enveloped_data", "encrypted_data", "authenticated_enveloped_data"}
)


def open_signed(data: bytes) -> tuple[bytes, str]:
    """The entity inside of CMS SignedData (RFC 5652 section 5), and a problem; empty when there is none.

    ``data`` is BER or DER.  The signature is not verified: the content is read as any other mail's.  Never raises.
    """
    from asn1crypto import cms  # needed for few mails

    try:
        info = cms.ContentInfo.load(data)
        kind = info["content_type"].native
        if kind in _ENCRYPTED:
            return b"", ENCRYPTED
        if kind != "signed_data":
            return b"", f"S/MIME {str(kind)[:40]} not read"
        content = info["content"]["encap_content_info"]["content"]
        held = content.native if content is not None else None
    except Exception as error:  # asn1crypto raises whatever damaged input leads to
        return b"", f"S/MIME not readable ({type(error).__name__})"
    return (held if isinstance(held, bytes) else b""), ""


ENCRYPTED = "encrypted: nobody can read it here without the sender's key"


def is_encrypted(kind: str, smime_type: str) -> bool:
    """Whether an entity says of itself that it is encrypted: PGP/MIME (RFC 3156) or S/MIME."""
    return kind == "multipart/encrypted" or (kind in TYPES and smime_type.lower().endswith("enveloped-data"))


def without_armour(text: str) -> tuple[str, bool]:
    """The text without encrypted blocks of OpenPGP (RFC 9580 section 6), and whether there were any."""
    if "-----BEGIN PGP MESSAGE-----" not in text:
        return text, False
    return _ARMOUR.sub("", text), True
