#!/usr/bin/env bash
# fetchmail.sh: fetchmail takes mail from the test server and passes it to a program, over plain text, STARTTLS and TLS.
# Each message must arrive exactly once.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

need fetchmail fetchmail
serve -user alice:secret
mkdir -p "$dir/got" "$dir/home"
cat > "$dir/mda" <<X
#!/bin/sh
f=\$(mktemp "$dir/got/XXXXXX") && cat > "\$f"
X
chmod 755 "$dir/mda"

# fetch SERVER-OPTIONS USER-OPTIONS CODE: runs fetchmail with these options, and fails unless it exits with CODE.
fetch() {
	local code=0
	cat > "$dir/rc" <<X
poll localhost protocol IMAP $1 user alice password secret is root here fetchall mda "$dir/mda" $2
X
	chmod 600 "$dir/rc"
	HOME=$dir/home FETCHMAILHOME=$dir/home timeout 60 fetchmail -v -f "$dir/rc" --nosyslog --pidfile "$dir/pid" >> "$dir/fetchmail.log" 2>&1 < /dev/null || code=$?
	[ $code = "$3" ] || fail "fetchmail ended with $code, not $3"
}
# expect WORD...: checks that exactly these messages were fetched, each as a whole.
expect() {
	local got
	got=$( (cat "$dir"/got/* 2>/dev/null || true) | tr -d '\r' | sed -n 's/^Message-ID: <\(.*\)@.*/\1/p' | sort | tr '\n' ' ')
	[ "$got" = "$* " ] || [ "$got$*" = "" ] || fail "got: $got, want: $*"
	for n in "$@"; do
		grep -lq "of $n" "$dir"/got/* || fail "message $n is not complete"
	done
	rm -f "$dir"/got/*
}
fill() {
	imap <<P
for n in ("a$1", "b$1", "c$1"):
    append("INBOX", n)
append("INBOX", "big$1", body="0123456789\r\n.\r\n" * 50000)
P
}
fill 1
fetch "port $port auth password" "keep sslproto ''" 0
expect a1 b1 big1 c1
fetch "port $port auth password" "sslproto '' no fetchall keep" 1
expect
imap <<'P'
inbox = dump("INBOX")
assert len(inbox) == 4 and all(flags == {"\\Seen"} for flags, _ in inbox.values()), inbox.keys()
P
fetch "port $port auth $([ "$mechs" = PLAIN ] && echo password || echo cram-md5)" "nokeep sslproto ''" 0
expect a1 b1 big1 c1
imap <<< 'assert dump("INBOX") == {}'
fill 2
fetch "port $port auth password" "nokeep sslproto 'TLS1.2+' sslcertck sslcertfile '$ca'" 0
expect a2 b2 big2 c2
fill 3
fetch "port $tls_port auth password" "nokeep ssl sslcertck sslcertfile '$ca'" 0
expect a3 b3 big3 c3
imap <<< 'assert dump("INBOX") == {}'
fetch "port $tls_port" "ssl sslcertck sslcertpath /nonexistent" 2
echo "interop: fetchmail $(fetchmail -V 2>/dev/null | sed -n '1s/.*release \([^+ ]*\).*/\1/p'): in plain text, by STARTTLS and TLS"
