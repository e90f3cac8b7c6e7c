#!/usr/bin/env bash
# mailutils.sh: tests the server with GNU mailutils, in plain text and over TLS. The program "messages" counts mail,
# "frm" lists it, "mail" reads, copies and deletes it, and "movemail" moves all of it away.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

need movemail.mailutils mailutils
serve -user alice:secret
export HOME=$dir
fill() {
	imap <<'P'
M.delete("Saved")
ok(M.create("Saved"))
for n in range(6):
    append("INBOX", n, r"(\Seen)" if n == 5 else "")
P
}
try() { # URL
	quietly messages --no-config "$1/INBOX"
	tail -1 "$dir/$client.log" | grep -q ': 6$' || fail "messages does not count six"
	# frm exits with 1 if no mail is new.
	timeout 90 frm.mailutils --no-config --field=Message-ID "$1/INBOX" >> "$dir/$client.log" 2>&1 < /dev/null || [ $? = 1 ] || fail "frm ended with $?"
	for n in 0 1 2 3 4 5; do
		grep -q "<$n@example.com>" "$dir/$client.log" || fail "frm does not list message $n"
	done
	printf 'print 2\ncopy 3 %s\ndelete 4\nquit\n' "$1/Saved" > "$dir/keys"
	timeout 90 mail.mailutils --no-config -N -f "$1/INBOX" < "$dir/keys" >> "$dir/$client.log" 2>&1 || fail "mail ended with $?"
	grep -q 'body of 1' "$dir/$client.log" || fail "mail does not show the second message"
	imap <<'P'
inbox = dump("INBOX")
assert "<3@example.com>" not in inbox and len(inbox) >= 4, sorted(inbox)
P
	rm -f "$dir/box"
	quietly movemail.mailutils --no-config "$1/INBOX" "$dir/box"
	[ "$(grep -c '^From ' "$dir/box")" -ge 4 ] || fail "movemail took $(grep -c '^From ' "$dir/box") messages, want at least 4"
	imap <<'P'
assert len(dump("INBOX")) == 0, dump("INBOX")
P
	: > "$dir/$client.log"
}
fill
try "imap://alice:secret@127.0.0.1:$port"
fill
try "imaps://alice:secret@localhost:$tls_port"
echo "interop: $(mail.mailutils --version | sed -n 1p): in plain text and TLS"
