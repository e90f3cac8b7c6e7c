#!/usr/bin/env bash
# getmail.sh: getmail6 takes new mail from several mailboxes of the test server and passes it to a program, once, with
# and without TLS.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

need getmail getmail6
serve -user alice:secret
mkdir -p "$dir/home" "$dir/mail/new"
cat > "$dir/mda" <<X
#!/bin/sh
f=\$(mktemp "$dir/mail/new/XXXXXX") && cat > "\$f"
X
chmod 755 "$dir/mda"
config() {
	cat <<X
[retriever]
type = $1
server = localhost
port = $2
username = alice
password = secret
mailboxes = ("INBOX", "Lists/Go", "Entwürfe")
$3

[destination]
type = MDA_external
path = $dir/mda
allow_root_commands = True

[options]
verbose = 2
read_all = $4
delete = $5
delivered_to = false
received = false
X
}
getmail_with() {
	config "$@" > "$dir/rc"
	HOME=$dir/home quietly getmail --getmaildir "$dir/home" --rcfile "$dir/rc"
	! grep -iE 'error|traceback' "$dir/getmail.log" || fail "getmail has printed an error"
}
# expect WORD...: checks that exactly these messages were fetched.
expect() {
	local got
	got=$( (cat "$dir"/mail/new/* 2>/dev/null || true) | sed -n 's/^Message-ID: <\(.*\)@.*/\1/p' | sort | tr '\n' ' ')
	[ "$got" = "${*:+$* }" ] || fail "got: $got, want: $*"
	rm -f "$dir"/mail/new/*
}
imap <<'P'
for box in ("Lists", "Lists/Go", "Entw&APw-rfe"):
    ok(M.create(box))
for n in range(3):
    append("INBOX", "in%d" % n)
append("Lists/Go", "list", r"(\Seen)", body="x" * 70 + "\r\n" + "y\r\n" * 300000)
append("Entw&APw-rfe", "draft")
P
getmail_with SimpleIMAPRetriever "$port" "" false false
expect draft in0 in1 in2 list
imap <<< 'append("INBOX", "in3")'
# getmail remembers by UIDVALIDITY and UID which messages it has.
getmail_with SimpleIMAPRetriever "$port" "" false false
expect in3
imap <<'P'
ok(M.delete("Lists/Go")); ok(M.create("Lists/Go"))
append("Lists/Go", "again")
P
getmail_with SimpleIMAPRetriever "$port" "" false false
expect again
getmail_with SimpleIMAPSSLRetriever "$tls_port" "ca_certs = $ca" true true
expect again draft in0 in1 in2 in3
imap <<< 'assert dump("INBOX") == {} == dump("Lists/Go") == dump("Entw&APw-rfe")'
echo "interop: $(getmail --version): in plain text and by TLS"
