#!/usr/bin/env bash
# inbox.sh: the example client reads a mailbox of the test server, with STARTTLS and over TLS.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

serve -user alice:secret
imap <<'P'
for n in range(1, 30):
    append("INBOX", n, r"(\Seen)" if n % 2 else "")
P
(cd "$here/../../.." && go build -o "$dir/inbox" ./docs/examples/inbox)
export IMAP_PASSWORD=secret
for url in "imap://alice@localhost:$port/INBOX" "imaps://alice@localhost:$tls_port/INBOX"; do
	timeout 60 "$dir/inbox" -ca "$ca" "$url" > "$dir/inbox.log" 2>&1 < /dev/null || fail "$url ended with $?"
	grep -q 'message 29' "$dir/inbox.log" && grep -q 'body of 29' "$dir/inbox.log" || fail "$url: the last message is not there"
done
echo "interop: inbox: by STARTTLS and TLS"
