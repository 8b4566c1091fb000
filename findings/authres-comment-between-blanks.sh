#!/bin/sh
# authres 1.2.0 refuses headers that RFC 8601 section 2.2 allows, and takes their plain siblings:
#   a comment between two blanks where the grammar says [CFWS]: after the "/" of a method, or before the "=" behind a version
#   an authserv-id that is a quoted string (authserv-id = value, which is a token or a quoted string)
# Seen on 2026-11-29 with Python 3.11.7:
#   taken    spf / 1 =      taken    spf/ (x)1=     taken    mx.example.org
#   refused  spf/ (x) 1=    refused  spf/1 (x) =      refused  "mx.example.org"
# Ends with 0 while it does so, with 1 when it changed.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check authres==1.2.0
"$place/venv/bin/python" - <<'EOF'
import sys

from authres import AuthenticationResultsHeader, SyntaxError as Refused

REST = "pass smtp.mailfrom=example.net"
HEADERS = {
    "spf / 1 =": (f"mx.example.org; spf / 1 ={REST}", True),
    "spf/ (x)1=": (f"mx.example.org; spf/ (x)1={REST}", True),
    "spf/ (x) 1=": (f"mx.example.org; spf/ (x) 1={REST}", False),
    "spf/1 (x) =": (f"mx.example.org; spf/1 (x) ={REST}", False),
    "mx.example.org": (f"mx.example.org; spf={REST}", True),
    '"mx.example.org"': (f'"mx.example.org"; spf={REST}', False),
}
as_seen = True
for name, (value, taken_then) in HEADERS.items():
    try:
        AuthenticationResultsHeader.parse("Authentication-Results: " + value)
        taken = True
    except Refused:
        taken = False
    print("taken   " if taken else "refused ", name)
    as_seen &= taken == taken_then
sys.exit(0 if as_seen else 1)
EOF
