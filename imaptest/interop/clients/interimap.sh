#!/usr/bin/env bash
# interimap.sh: InterIMAP keeps the mailboxes of two users of the test server in step with QRESYNC: new mail, flags and
# deletions in both directions, over STARTTLS, and over TLS with COMPRESS. A further run finds nothing to do.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

need interimap interimap libdbd-sqlite3-perl
serve -user alice:secret -user bob:secret
cat > "$dir/config" <<X
database = $dir/state.db

[local]
type = imap
host = localhost
port = $port
STARTTLS = YES
username = alice
password = secret
SSL_CAfile = $ca

[remote]
type = imaps
host = localhost
port = $tls_port
username = bob
password = secret
compress = YES
SSL_CAfile = $ca
X
# both < PYTHON: like imap, runs Python. The Python also has B, a connection as the other user, and same(), which
# compares all mail of the two users.
both() {
	{
		cat <<'P'
def as_bob():
    c = imaplib.IMAP4("127.0.0.1", int(sys.argv[1]), timeout=60)
    c.login("bob", "secret")
    return c
A, B = M, as_bob()
def on(c, f, *args):
    global M
    M = c
    try:
        return f(*args)
    finally:
        M = A
def all_of(c):
    names = [l.decode().rsplit(' "/" ', 1)[1].strip('"') for l in ok(c.list()) if b"NonExistent" not in l]
    return {n: on(c, dump, '"%s"' % n) for n in names}
def same():
    a, b = all_of(A), all_of(B)
    assert a.keys() == b.keys(), (a.keys(), b.keys())
    for box in a:
        assert a[box] == b[box], (box, {k: (a[box].get(k, [None])[0], b[box].get(k, [None])[0]) for k in a[box].keys() | b[box].keys() if a[box].get(k) != b[box].get(k)})
    return a
P
		cat
		echo 'B.logout()'
	} | imap
}
# After at most two runs both users have the same mail, and one more run changes nothing.
sync() {
	quietly interimap --config="$dir/config"
	quietly interimap --config="$dir/config"
	cp "$dir/server.log" "$dir/server.before"
	quietly interimap --config="$dir/config"
	if tail -n "+$(($(wc -l < "$dir/server.before") + 1))" "$dir/server.log" | grep -E 'cmd="?(UID )?(APPEND|STORE|COPY|MOVE|EXPUNGE|CREATE|DELETE)'; then
		fail "the last run changes the server"
	fi
}
both <<'P'
for box in ("Work", "Work/2026", "Entw&APw-rfe"):
    ok(M.create('"%s"' % box))
for n in range(30):
    append("INBOX", n, r"(\Seen)" if n % 3 == 0 else r"(\Flagged $Work)" if n % 3 == 1 else "")
append('"Work/2026"', "w", body="x\r\n" * 100000)
for n in range(5):
    on(B, append, "INBOX", "b%d" % n, r"(\Answered)")
ok(B.create("Theirs"))
on(B, append, "Theirs", "t")
P
sync
both <<'P'
a = same()
assert len(a["INBOX"]) == 35 and len(a["Theirs"]) == 1 and len(a["Work/2026"]) == 1, {k: len(v) for k, v in a.items()}
ok(A.select("INBOX"))
ok(A.store("1:3", "+FLAGS.SILENT", r"(\Deleted)"))
ok(A.expunge())
ok(A.store("1:2", "+FLAGS.SILENT", r"(\Flagged $Later)"))
ok(A.unselect())
append("INBOX", "new")
ok(B.select("INBOX"))
ok(B.uid("STORE", "1:5", "-FLAGS.SILENT", r"(\Answered)"))
ok(B.uid("STORE", ok(B.uid("SEARCH", "HEADER", "Message-ID", "<20@example.com>"))[0].decode(), "+FLAGS.SILENT", r"(\Deleted)"))
ok(B.expunge())
ok(B.unselect())
on(B, append, "Work", "wb")
P
sync
both <<'P'
a = same()
inbox = a["INBOX"]
assert len(inbox) == 32 and "<20@example.com>" not in inbox and "<0@example.com>" not in inbox and "<new@example.com>" in inbox, sorted(inbox)
assert "$Later" in inbox["<3@example.com>"][0] and not inbox["<b1@example.com>"][0], inbox["<3@example.com>"][0]
assert len(a["Work"]) == 1
P
echo "interop: InterIMAP $(dpkg-query -W -f='${Version}' interimap 2>/dev/null || true): both ways, by STARTTLS and TLS"
