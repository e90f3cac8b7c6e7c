#!/usr/bin/env bash
# curl.sh: curl lists, appends, fetches, searches and changes mail on the test server, in plain text, with STARTTLS and
# with TLS.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

need curl curl
serve -user alice:secret

# c URL-PATH ARGUMENT...: runs one curl command and prints its output without CR.
c() {
	local path=$1
	shift
	timeout 60 curl -sS --user alice:secret "${how[@]}" "$base/$path" "$@" 2>> "$dir/curl.log" | tr -d '\r'
}
# same WANT GOT WHAT: fails, with a message about WHAT, if the first two differ.
same() {
	[ "$1" = "$2" ] || { diff <(echo "$1") <(echo "$2") >&2 || true; fail "$3 over $base differs"; }
}
message() {
	printf 'From: Jo <jo@example.com>\r\nTo: alice@example.com\r\nSubject: %s\r\nMessage-ID: <%s@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext of %s\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>%s\r\n--b--\r\n' "$1" "$1" "$1" "$1"
}
try() {
	base=$1
	shift
	how=("$@")
	local box=Box.$((++tries)) one two
	c "" -X "CREATE $box" > /dev/null
	same '* LIST (\HasNoChildren) "/" '"$box" "$(c "" -X "LIST \"\" $box")" "LIST"
	c "" | grep -q '"/" INBOX$' || fail "no INBOX is listed"
	for n in one two three; do
		message "$n" > "$dir/$n"
		c "$box" -T "$dir/$n"
	done
	head -c 3000000 /dev/zero | tr '\0' 'x' | fold -w 76 | sed 's/$/\r/' > "$dir/big"
	{ message big; cat "$dir/big"; } > "$dir/huge"
	c "$box" -T "$dir/huge"
	same "* STATUS $box (MESSAGES 4 UIDNEXT 5)" "$(c "" -X "STATUS $box (MESSAGES UIDNEXT)")" "STATUS"
	for n in one:1 two:2 huge:4; do
		c "$box;UID=${n#*:}" > "$dir/got"
		tr -d '\r' < "$dir/${n%:*}" | cmp - "$dir/got" || fail "message ${n%:*} has changed"
	done
	one=$(c "$box;MAILINDEX=1;SECTION=HEADER.FIELDS%20(SUBJECT)")
	same "Subject: one" "$one" "a header field"
	same "<p>two" "$(c "$box;UID=2;SECTION=2")" "a part"
	same "text" "$(c "$box;UID=2;SECTION=1;PARTIAL=0.4")" "the beginning of a part"
	same "* SEARCH 2" "$(c "$box?SUBJECT%20two")" "SEARCH"
	same "* SEARCH 1 2 3" "$(c "$box?NOT%20LARGER%2010000")" "SEARCH"
	same '* 2 FETCH (FLAGS (\Flagged \Seen))' "$(c "$box" -X 'STORE 2 +FLAGS.SILENT \Flagged' > /dev/null; c "$box" -X 'FETCH 2 FLAGS')" "FLAGS"
	two=$(c "$box" -X 'UID STORE 1,3 +FLAGS (\Deleted)')
	grep -q '^\* 3 FETCH (.*\\Deleted' <<< "$two" || fail "STORE does not answer: $two"
	same "$(printf '* 1 EXPUNGE\n* 2 EXPUNGE')" "$(c "$box" -X EXPUNGE)" "EXPUNGE"
	same "* SEARCH 2 4" "$(c "$box" -X 'UID SEARCH ALL')" "what is left"
	# Errors: curl exits with 78 for a mailbox or message that does not exist, and with 67 for a refused login.
	code=0; c "$box;UID=99" > /dev/null || code=$?
	[ $code = 78 ] || fail "for a message that does not exist, curl ended with $code, not 78"
	code=0; c "" --user alice:wrong > /dev/null || code=$?
	[ $code = 67 ] || fail "after a wrong password, curl ended with $code, not 67"
}
tries=0
try "imap://127.0.0.1:$port" --login-options AUTH=LOGIN
for mech in $mechs; do
	# Only some builds of curl support SCRAM.
	[ $mech != SCRAM-SHA-256 ] || curl --version | grep -qi gsasl || continue
	try "imap://localhost:$port" --login-options "AUTH=$mech"
done
try "imap://localhost:$port" --ssl-reqd --cacert "$ca"
try "imaps://localhost:$tls_port" --cacert "$ca"
try "imaps://127.0.0.1:$tls_port" --cacert "$ca" --sasl-ir
how=() base=imaps://localhost:$tls_port code=0
c "" > /dev/null || code=$?
[ $code = 60 ] || fail "without the CA, curl ended with $code, not 60"
echo "interop: $(curl --version | sed -n '1s/^\(curl [^ ]*\).*/\1/p'): $tries ways"
