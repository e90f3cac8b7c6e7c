#!/usr/bin/env bash
# killed.sh: nine clients fetch a large mailbox through the example proxy. While they do, the proxy's back end, the
# example server, is killed. Each client must end, with or without an error message, and the proxy must survive. When
# the back end is back, the same client fetches the rest.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

need mbsync isync
need offlineimap offlineimap3
need getmail getmail6
need fetchmail fetchmail
need mutt mutt
need neomutt neomutt
need curl curl
SERVER=maildird PROXY=yes serve -user alice:secret
(cd "$here/../../.." && go build -o "$dir/inbox" ./docs/examples/inbox)
export HOME=$dir/home TERM=vt100
mkdir -p "$HOME" "$dir/got" "$dir/offline" "$dir/near"

# Write the mail into the Maildir, because appending it would take long.
many=200
imap <<< 'ok(M.select("INBOX"))'
python3 - "$dir/maildird-mail/alice/new" $many <<'P'
import sys
for n in range(int(sys.argv[2])):
    text = "From: Jo <jo@example.com>\nSubject: message %d\nMessage-ID: <%d@example.com>\n\n" % (n, n) + "0123456789abcdef\n" * 3000
    open("%s/%06d.given" % (sys.argv[1], n), "w").write(text.replace("\n", "\r\n"))
P
cat > "$dir/mda" <<X
#!/bin/sh
f=\$(mktemp "$dir/got/XXXXXX") && cat > "\$f"
X
chmod 755 "$dir/mda"
cat > "$dir/mbsync.rc" <<X
IMAPAccount test
Host localhost
Port $port
User alice
Pass secret
AuthMechs LOGIN
SSLType None

IMAPStore far
Account test

MaildirStore near
Path $dir/near/
Inbox $dir/got

Channel test
Far :far:
Near :near:
Patterns INBOX
Sync Pull
Create Near
SyncState $dir/mbsync-state
X
cat > "$dir/offlineimap.rc" <<X
[general]
accounts = test
metadata = $dir/offline-state
ui = basic
socktimeout = 30
[Account test]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = $dir/offline
[Repository far]
type = IMAP
remotehost = localhost
remoteuser = alice
remotepass = secret
remoteport = $port
ssl = no
starttls = no
auth_mechanisms = LOGIN
folderfilter = lambda name: name == "INBOX"
X
cat > "$dir/getmail.rc" <<X
[retriever]
type = SimpleIMAPRetriever
server = localhost
port = $port
username = alice
password = secret
[destination]
type = MDA_external
path = $dir/mda
allow_root_commands = True
[options]
read_all = false
delivered_to = false
received = false
X
cat > "$dir/fetchmail.rc" <<X
poll localhost protocol IMAP service $port user alice password secret is root here fetchall keep sslproto '' mda "$dir/mda"
X
chmod 600 "$dir/fetchmail.rc"
cat > "$dir/take.py" <<'P'
import imaplib, os, sys
M = imaplib.IMAP4("127.0.0.1", int(sys.argv[1]), timeout=60)
M.login("alice", "secret")
M.select(readonly=True)
for part in M.fetch("1:*", "(BODY.PEEK[])")[1]:
    if isinstance(part, tuple):
        open("%s/%d" % (sys.argv[2], len(os.listdir(sys.argv[2]))), "wb").write(part[1])
P
mutt_run() {
	cat > "$dir/muttrc" <<X
set folder="imap://alice@127.0.0.1:$port" spoolfile="imap://alice@127.0.0.1:$port/INBOX" imap_pass=secret record="" move=no quit=yes wait_key=no
set ssl_starttls=no ssl_force_tls=no imap_authenticators="login" confirmappend=no confirmcreate=no sleep_time=0 mbox_type=Maildir delete=yes auto_tag=yes
push "<tag-pattern>~A<enter><copy-message><kill-line>$dir/got/box<enter><quit>"
X
	script -qefc "stty rows 40 cols 132; $1 -n -F '$dir/muttrc' -f 'imap://alice@127.0.0.1:$port/INBOX'" /dev/null
}
run_mbsync() { mbsync -c "$dir/mbsync.rc" test; }
run_offlineimap() { offlineimap -o -c "$dir/offlineimap.rc"; cp -f "$dir"/offline/INBOX/*/* "$dir/got/"; }
run_getmail() { getmail --getmaildir "$HOME" --rcfile "$dir/getmail.rc"; }
run_fetchmail() { FETCHMAILHOME=$HOME fetchmail -f "$dir/fetchmail.rc" --nosyslog --pidfile "$dir/fetchmail.pid"; }
run_mutt() { mutt_run mutt; }
run_neomutt() { mutt_run neomutt; }
run_curl() { curl -sS --user alice:secret "imap://127.0.0.1:$port/INBOX;UID=[1-$many]" -o "$dir/got/#1"; }
run_imaplib() { python3 "$dir/take.py" "$port" "$dir/got"; }
run_inbox() { IMAP_PASSWORD=secret "$dir/inbox" -ca "$ca" "imap://alice@localhost:$port/INBOX" | sed -n 's/.*\(message [0-9]*\).*/\1/p' > "$dir/got/inbox"; }

# run: runs the client once, within a time limit.
run() {
	export -f "run_$client" mutt_run
	export dir port ca many client
	timeout 90 bash -euo pipefail -c "run_$client" >> "$dir/$client.log" 2>&1 < /dev/null
}
for client in mbsync offlineimap getmail fetchmail mutt neomutt curl imaplib inbox; do
	before=$(grep -c 'msg=command' "$dir/proxy.log" || true) code=0
	run &
	pid=$!
	for _ in $(seq 400); do # until it reads mail, or has gone already
		[ "$(tail -n +$((before + 1)) "$dir/proxy.log" | grep -c 'FETCH')" -lt 2 ] || break
		kill -0 $pid 2>/dev/null || break
		sleep 0.02
	done
	kill -9 $server_pid
	wait $server_pid 2>/dev/null || true
	wait $pid || code=$?
	[ $code != 124 ] || fail "$client hangs when the back end is killed"
	kill -0 $proxy_pid || fail "the proxy has ended"
	run_maildird "$back_port"
	run || fail "$client ended with $? in the run after the back end was killed"
	if [ $client = inbox ]; then
		grep -q "message $((many - 1))" "$dir/got/inbox" || fail "inbox did not read to the end"
	else
		n=$(find "$dir/got" -type f -exec grep -ihm1 '^message-id:' {} + | tr -d '\r' | sort -uf | wc -l)
		[ "$n" = $many ] || fail "$client has $n of $many messages"
	fi
	echo "interop: $client: ended with $code when the back end was killed, and fetched the rest in the next run"
	rm -rf "$dir/got" "$dir/mbsync-state"
	mkdir -p "$dir/got"
done
