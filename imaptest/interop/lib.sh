# Functions for the scripts that start real servers. They source it.

fail() { echo "$*" >&2; exit 1; }

# skip REASON: prints why the server cannot be started, and exits with 77, the code for that.
skip() { echo "SKIP: $*" >&2; exit 77; }

installed() { command -v "$1" >/dev/null 2>&1; }

# directory: makes $dir, which everybody may enter, and makes its name absolute.
directory() {
	mkdir -p "$dir"
	dir=$(cd "$dir" && pwd)
	chmod 755 "$dir"
}

# install_debian PACKAGE...: installs packages from Debian without starting a service. Without apt, it skips the server.
# If there is apt but the packages cannot be fetched, it fails, because a mirror that does not answer is no reason to
# skip a test.
install_debian() {
	installed apt-get || skip "this machine has no apt to install $* with"
	echo "installing $*" >&2
	local policy=/usr/sbin/policy-rc.d made='' code=0
	if [ ! -e $policy ]; then
		printf '#!/bin/sh\nexit 101\n' > $policy && chmod 755 $policy && made=$policy
	fi
	{
		export DEBIAN_FRONTEND=noninteractive
		apt-get update -q && apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=120 "$@"
	} > "$dir/apt.log" 2>&1 < /dev/null || code=$?
	[ -z "$made" ] || rm -f "$made"
	[ $code = 0 ] || { tail -20 "$dir/apt.log" >&2; fail "cannot install $*"; }
}

# unpack_debian PACKAGE...: unpacks packages into $dir/pkg without installing them, because some cannot be installed
# together with those of another server.
unpack_debian() {
	installed apt-get || skip "this machine has no apt to get $* with"
	(
		mkdir -p "$dir/deb" && cd "$dir/deb"
		chmod 777 .
		apt-get download "$@" || { apt-get update && apt-get download "$@"; }
		for package in *.deb; do
			dpkg -x "$package" "$dir/pkg"
		done
	) > "$dir/deb.log" 2>&1 || { tail -20 "$dir/deb.log" >&2; fail "cannot unpack $*"; }
}

# install_npm PACKAGE@VERSION...: installs from npm into $dir/node_modules. If Node is missing, it comes from Debian.
install_npm() {
	installed node || install_debian nodejs npm
	installed npm || install_debian npm
	echo "installing $*" >&2
	(cd "$dir" && npm install --no-audit --no-fund --no-save --ignore-scripts --prefix "$dir" "$@") > "$dir/npm.log" 2>&1 < /dev/null ||
		{ tail -20 "$dir/npm.log" >&2; fail "cannot install $*"; }
}

# free_ports COUNT: prints free ports. It opens all of them at once, so that they differ.
free_ports() {
	python3 - "$1" <<'P'
import socket, sys
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*(s.getsockname()[1] for s in held))
P
}

wait_port() {
	for _ in $(seq 150); do
		(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return 0
		sleep 0.1
	done
	return 1
}

stop_pid() {
	local pid
	pid=$(cat "$1" 2>/dev/null) || return 0
	kill "$pid" 2>/dev/null || return 0
	for _ in $(seq 100); do
		kill -0 "$pid" 2>/dev/null || return 0
		sleep 0.1
	done
	kill -9 "$pid" 2>/dev/null || true
}

# background NAME COMMAND...: starts a command that runs until stop_background. Its output goes to $dir/log.
background() {
	setsid "${@:2}" >> "$dir/log" 2>&1 < /dev/null &
	echo $! > "$dir/$1.pid"
}

stop_background() {
	local file
	for file in "$dir"/*.pid; do
		stop_pid "$file"
	done
}

# proxy start|stop DIR ENV: does what the script of every proxy does first. ENV is the file in which the script of the
# server behind the proxy has described that server; the proxy uses that server's certificates. It sets dir, backend,
# backend_port, port and tls_port.
proxy() {
	local action=${1:-}
	dir=${2:-} backend=${3:-}
	[ -n "$dir" ] || fail "usage: $0 start|stop DIR [ENV]"
	if [ "$action" = stop ]; then
		stop_background
		exit 0
	fi
	{ [ "$action" = start ] && [ -s "$backend" ]; } || fail "usage: $0 start|stop DIR [ENV]"
	directory
	backend_port=$(of "$backend" PORT)
	read -r port tls_port <<< "$(free_ports 2)"
	cp -r "$(dirname "$(of "$backend" CA)")" "$dir/tls"
	cat "$dir"/tls/server.{pem,key} > "$dir/tls/both.pem"
}

# proxied NAME CONF PORT...: does what the script of every proxy does last. It waits until the proxy listens on the
# ports, and describes the proxy with save_env.
proxied() {
	local name=$1 conf=$2 p
	shift 2
	for p; do
		wait_port "$p" || fail "$name does not listen: $(tail -20 "$dir/log")"
	done
	save_env "$name" <<-X
		CONF=$conf
		URLHOST=$(of "$backend" URLHOST)
		BACKEND=$backend
	X
}

# save_env NAME: writes $dir/env, which package imaptest/peer reads, and prints it. Further lines come from standard
# input.
save_env() {
	{
		cat <<X
NAME=$1
HOST=127.0.0.1
PORT=$port
IMAPS_PORT=$tls_port
USER=alice
USER2=bob
PASS=secret
CA=$dir/tls/ca.pem
CLIENT_CERT=$dir/tls/client.pem
CLIENT_KEY=$dir/tls/client.key
X
		cat
	} > "$dir/env"
	cat "$dir/env"
}

# of ENV NAME: prints a value from a file that save_env wrote.
of() { sed -n "s/^$2=//p" "$1"; }

# certificates DIR: makes a CA, a server's certificate for localhost, and a client's for alice.
certificates() {
	mkdir -p "$1"
	(
		cd "$1"
		openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=interop CA" -keyout ca.key -out ca.pem \
			-addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign"
		printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' > server.ext
		printf 'extendedKeyUsage=clientAuth\n' > client.ext
		issue server localhost
		issue client alice
	) > "$1.log" 2>&1 || { cat "$1.log" >&2; fail "cannot make certificates"; }
	chmod 644 "$1"/*
}

issue() {
	openssl req -newkey rsa:2048 -nodes -subj "/CN=$2" -keyout "$1.key" -out "$1.csr"
	openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile "$1.ext" -out "$1.pem"
}

# token USER KEYFILE: makes an OAuth 2.0 token for USER, and the key with which it is checked.
token() {
	python3 - "$1" "$2" <<'P'
import base64, hashlib, hmac, json, sys, time
user, file = sys.argv[1:]
key = b"thirty-two octets of no value..."
open(file, "w").write(base64.b64encode(key).decode())
enc = lambda b: base64.urlsafe_b64encode(b).rstrip(b"=")
claims = {"sub": user, "aud": "interop", "azp": "default", "iat": int(time.time()) - 60, "exp": int(time.time()) + 86400, "scope": "mail"}
body = enc(b'{"alg":"HS256","typ":"JWT","kid":"default"}') + b"." + enc(json.dumps(claims).encode())
print((body + b"." + enc(hmac.new(key, body, hashlib.sha256).digest())).decode(), end="")
P
}
