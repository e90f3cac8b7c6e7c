# Functions for the scripts that test the server with real clients. The scripts in this directory source it.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

client=$(basename "$0" .sh)
dir=$(TMPDIR='' mktemp -d -t "client-$client.XXXXXX")
server_pid='' proxy_pid=''
finish() {
	local code=$? pid
	for pid in $proxy_pid $server_pid; do
		{ kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; } || true
	done
	if [ $code != 0 ] && [ $code != 77 ]; then
		echo "interop: $client FAILED; the ends of its logs:"
		for log in "$dir"/*.log; do
			[ ! -s "$log" ] || { echo "--- ${log##*/}"; tail -40 "$log"; }
		done
	fi >&2
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# need PROGRAM PACKAGE...: installs the packages if the program is missing. If that is impossible, the script skips the
# client with a message; if CI=true, it fails.
need() {
	local program=$1
	shift
	if ! installed "$program"; then
		if [ "${CI:-}" = true ] && ! installed apt-get; then
			fail "in CI nothing is skipped: $client needs $*"
		fi
		install_debian "$@"
	fi
}

# A minimal Debian may have Python without its standard library.
python3 -c 'import email, imaplib' 2>/dev/null || need no-python3 python3

# serve FLAG...: starts the test server. Then $port and $tls_port are its ports, and $ca is the file with its CA's
# certificate. With SERVER=maildird in the environment, it is the example server that keeps mail on disk. With
# PROXY=yes, the example proxy is in front of it.
serve() {
	local root=$here/../../..
	if [ "${SERVER:-}" = maildird ]; then
		serve_maildird
		behind_proxy
		return
	fi
	(cd "$root" && go build -o "$dir/imaptestd" ./imaptest/imaptestd)
	: > "$dir/server.out" # the loop below reads this file, perhaps before the server has started
	TMPDIR=$dir "$dir/imaptestd" -v -addr 127.0.0.1:0 -tls-addr 127.0.0.1:0 "$@" > "$dir/server.out" 2> "$dir/server.log" &
	server_pid=$!
	for _ in $(seq 150); do
		[ "$(wc -l < "$dir/server.out")" -lt 3 ] || break
		kill -0 $server_pid 2>/dev/null || fail "the server does not start"
		sleep 0.05
	done
	port=$(sed -n 's/^ADDR=.*://p' "$dir/server.out")
	tls_port=$(sed -n 's/^TLS_ADDR=.*://p' "$dir/server.out")
	ca=$(sed -n 's/^CA=//p' "$dir/server.out")
	[ -n "$port" ] && [ -n "$tls_port" ] && [ -s "$ca" ] || fail "the server has not printed its ports and its CA"
	behind_proxy
}

# The mechanisms with which clients try to log in. Through the example proxy, only PLAIN works.
mechs='PLAIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-256'
[ "${PROXY:-}" != yes ] || mechs=PLAIN

behind_proxy() {
	[ "${PROXY:-}" = yes ] || return 0
	(cd "$root" && go build -o "$dir/proxy" ./docs/examples/proxy)
	back_port=$port
	ca=$dir/proxy-ca.pem
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' \
		-keyout "$dir/proxy-key.pem" -out "$ca" 2> "$dir/openssl.log"
	"$dir/proxy" -v -plaintext -addr 127.0.0.1:0 -tls-addr 127.0.0.1:0 -cert "$ca" -key "$dir/proxy-key.pem" -back "*=imap+insecure://127.0.0.1:$port" \
		> "$dir/proxy.out" 2> "$dir/proxy.log" &
	proxy_pid=$!
	for _ in $(seq 150); do
		! grep -qs '^ready' "$dir/proxy.out" || break
		kill -0 $proxy_pid 2>/dev/null || fail "the proxy does not start"
		sleep 0.05
	done
	port=$(sed -n 's/^ADDR=.*://p' "$dir/proxy.out")
	tls_port=$(sed -n 's/^TLS_ADDR=.*://p' "$dir/proxy.out")
	[ -n "$port" ] && [ -n "$tls_port" ] || fail "the proxy has not printed its ports"
}

serve_maildird() {
	(cd "$root" && go build -o "$dir/maildird" ./docs/examples/maildird)
	ca=$dir/ca.pem
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' \
		-keyout "$dir/key.pem" -out "$ca" 2> "$dir/openssl.log"
	run_maildird 0
	port=$(sed -n 's/^listening on .*:\([0-9]*\),.*/\1/p' "$dir/server.out")
	tls_port=$(sed -n 's/^listening for TLS on .*://p' "$dir/server.out")
	[ -n "$port" ] && [ -n "$tls_port" ] || fail "maildird has not printed its ports"
}

# run_maildird PORT: starts maildird on a port, and waits until it listens.
run_maildird() {
	: > "$dir/server.out"
	"$dir/maildird" -user alice:secret -dir "$dir/maildird-mail" -listen "127.0.0.1:$1" -tls-listen 127.0.0.1:0 -cert "$dir/ca.pem" -key "$dir/key.pem" \
		-plaintext-password > "$dir/server.out" 2>> "$dir/server.log" &
	server_pid=$!
	for _ in $(seq 150); do
		[ "$(wc -l < "$dir/server.out")" -lt 2 ] || break
		kill -0 $server_pid 2>/dev/null || fail "maildird does not start"
		sleep 0.05
	done
}

# quietly COMMAND...: runs a command, and ends it if it takes too long. Its output goes to a log, which is shown if the
# script fails.
quietly() {
	timeout 90 "$@" >> "$dir/$client.log" 2>&1 < /dev/null || fail "$* ended with $?"
}

# imap < PYTHON: runs Python that inspects or changes the server without the client's knowledge. M is an imaplib
# connection as alice; dump(mailbox) returns {Message-ID: (flags, text)}, text without CR.
imap() {
	python3 - "$port" "$@" <<P || fail "the mail on the server is not as expected"
import email, imaplib, re, sys, time
M = imaplib.IMAP4("127.0.0.1", int(sys.argv[1]), timeout=60)
M.login("alice", "secret")
args = sys.argv[2:]

def ok(answer):
    assert answer[0] == "OK", answer
    return answer[1]

def dump(mailbox):
    ok(M.select(mailbox, readonly=True))
    out = {}
    for part in ok(M.fetch("1:*", "(FLAGS BODY.PEEK[])")) if ok(M.status(mailbox, "(MESSAGES)"))[0].split()[-1] != b"0)" else []:
        if isinstance(part, tuple):
            flags = frozenset(f.decode() for f in imaplib.ParseFlags(part[0])) - {"\\\\Recent"}
            text = part[1].replace(b"\r\n", b"\n")
            out[email.message_from_bytes(text)["Message-ID"]] = (flags, text)
    ok(M.unselect())
    return out

def message(n, body="body"):
    return ("From: Jo <jo@example.com>\r\nTo: alice@example.com\r\nSubject: message %s\r\nDate: Mon, 2 Mar 2026 09:30:00 +0000\r\nMessage-ID: <%s@example.com>\r\n\r\n%s of %s\r\n" % (n, n, body, n)).encode()

def append(mailbox, n, flags="", body="body"):
    ok(M.append(mailbox, flags, None, message(n, body)))

$(cat)
M.logout()
P
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
