#!/usr/bin/env bash
# Dovecot: SEARCH on an open mailbox does not find a message whose APPEND by another connection was answered OK before the SEARCH was sent.
#
# The assumption: once a server has answered an APPEND with OK, the message is in the mailbox, and a SEARCH that is sent
# after that OK finds it, on any connection.
#
# What happens (Dovecot 2.3.19.1, Debian 1:2.3.19.1+dfsg1-2.1+deb12u7): the first SEARCH of the connection that has had
# the mailbox open finds nothing, and is answered OK. Dovecot searches the mailbox as it was when Dovecot last reported
# changes on this connection, and sends the new EXISTS only after the result. The same SEARCH, sent again, finds the
# message. A SEARCH after a NOOP finds it at once. RFC 9051 §5.2 and §7.4.1 allow this behavior. A pool of connections that
# searches for a message before it appends the message again may therefore append it twice.
#
# Output seen:
#   Dovecot 2.3.19.1 (9b53102964)
#   APPEND by b: OK
#   SEARCH by a: nothing
#   SEARCH by a: 1
#   APPEND by b: OK
#   NOOP by a: OK
#   SEARCH by a: 2
#
# Exit status: 0 if Dovecot behaves as described, 1 if it does not, 2 if it cannot be run, for example because the packages
# are not available. This script needs root (for chroot), apt-get and Python, and installs nothing.
set -euo pipefail
version=1:2.3.19.1+dfsg1-2.1+deb12u7

[ "$(id -u)" = 0 ] || { echo "this needs root, to change the root directory" >&2; exit 2; }
for tool in apt-get dpkg-deb chroot python3; do
	command -v "$tool" > /dev/null || { echo "there is no $tool" >&2; exit 2; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
root=$dir/root
mkdir -p "$dir/debs/partial" "$root"/{dev,tmp,mail,etc,run/dovecot}

# Unpack everything that the package needs, as if nothing were installed, into a root directory of its own.
: > "$dir/status"
apt-get -qq -y -o Dir::State::status="$dir/status" -o Dir::Cache::archives="$dir/debs" -o Debug::NoLocking=1 --no-install-recommends --download-only \
	install dovecot-imapd="$version" dovecot-core="$version" > "$dir/log" 2>&1 || { tail -3 "$dir/log" >&2; exit 2; }
for deb in "$dir"/debs/*.deb; do
	dpkg-deb -x "$deb" "$root"
done
mknod -m 666 "$root/dev/null" c 1 3 && mknod -m 666 "$root/dev/urandom" c 1 9 || exit 2
echo 'nobody:x:65534:65534::/mail:/bin/sh' > "$root/etc/passwd"
echo 'nogroup:x:65534:' > "$root/etc/group"
chmod 777 "$root/mail" "$root/tmp"
cat > "$root/dovecot.conf" <<X
mail_location = maildir:/mail
first_valid_uid = 1
ssl = no
protocols = imap
X
echo "Dovecot $(chroot "$root" /usr/sbin/dovecot --version)"

# Two connections to the same mailbox: processes that speak IMAP on their standard input and output.
python3 - "$root" <<'X'
import os, subprocess, sys

class Conn:
    def __init__(self):
        self.p = subprocess.Popen(
            ["chroot", "--userspec=65534:65534", sys.argv[1], "/usr/lib/dovecot/imap", "-c", "/dovecot.conf"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={"PATH": "/usr/sbin:/usr/bin", "USER": "u", "HOME": "/mail"})
        self.tag = 0
        if not self.p.stdout.readline().startswith(b"* PREAUTH"):
            sys.exit(2)

    def do(self, command, literal=None):
        self.tag += 1
        tag = b"A%d " % self.tag
        self.p.stdin.write(tag + command + b"\r\n" + (literal + b"\r\n" if literal is not None else b""))
        self.p.stdin.flush()
        lines = []
        while True:
            line = self.p.stdout.readline()
            if not line:
                sys.exit(2)
            if line.startswith(tag):
                return lines, line.split()[1].decode()
            lines.append(line)

    def search(self, name):
        lines, status = self.do(b"SEARCH HEADER Message-ID " + name)
        found = [l.split()[2:] for l in lines if l.startswith(b"* SEARCH")]
        text = b" ".join(found[0]).decode() if found and found[0] else "nothing"
        print("SEARCH by a:", text)
        return text

def append(conn, name):
    message = b"Message-ID: <" + name + b"@example.com>\r\n\r\nx\r\n"
    print("APPEND by b:", conn.do(b"APPEND INBOX {%d+}" % len(message), message)[1])

a, b = Conn(), Conn()
a.do(b"SELECT INBOX")
append(b, b"one")
got = [a.search(b"one"), a.search(b"one")]
append(b, b"two")
print("NOOP by a:", a.do(b"NOOP")[1])
got.append(a.search(b"two"))
for c in (a, b):
    c.do(b"LOGOUT")
sys.exit(0 if got == ["nothing", "1", "2"] else 1)
X
