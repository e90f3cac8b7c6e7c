#!/usr/bin/env bash
# imaplib.sh: Python's imaplib tries all its methods on the test server, in plain text, with STARTTLS, over TLS, and on
# a server that it starts itself.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

need python3 python3
serve -user alice:secret -user bob:secret
quietly env PYTHONWARNINGS=ignore python3 "$here/imaplib_all.py" "$port" "$tls_port" "$ca" "$dir/imaptestd -stdio alice"
grep '^interop: ' "$dir/$client.log"
