#!/usr/bin/env bash
# offlineimap.sh: OfflineIMAP keeps a Maildir and the test server in step, both ways. A further run finds nothing to do.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

need offlineimap offlineimap3
serve -user alice:secret
mkdir -p "$dir/home" "$dir/mail"
config() {
	cat <<X
[general]
accounts = test
metadata = $dir/meta
ui = basic
socktimeout = 60
[Account test]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = $dir/mail
sep = /
[Repository far]
type = IMAP
remotehost = localhost
remoteuser = alice
remotepass = secret
$1
X
}
config "$(printf 'remoteport = %s\nssl = no\nstarttls = no\nauth_mechanisms = LOGIN' "$port")" > "$dir/plain.rc"
config "$(printf 'remoteport = %s\nssl = no\nstarttls = no\nauth_mechanisms = %s' "$port" "$([ "$mechs" = PLAIN ] && echo LOGIN || echo CRAM-MD5)")" > "$dir/cram.rc"
config "$(printf 'remoteport = %s\nssl = yes\nsslcacertfile = %s' "$tls_port" "$ca")" > "$dir/tls.rc"
imap <<'P'
for box in ("Work", "Work/2026"):
    ok(M.create(box))
for n in range(12):
    append("INBOX", n, r"(\Seen)" if n % 2 else r"(\Flagged)")
append("Work", "w1", r"(\Draft \Answered)")
append("Work/2026", "w2", body="x\r\n" * 100000)
P
cat > "$dir/same.py" <<'P'
import os
letters = {"S": "\\Seen", "R": "\\Answered", "F": "\\Flagged", "D": "\\Draft", "T": "\\Deleted"}
near, far = {}, {}
for path, dirs, files in os.walk(args[0]):
    if "cur" not in dirs:
        continue
    box = near[os.path.relpath(path, args[0])] = {}
    for sub in ("cur", "new"):
        for name in os.listdir(os.path.join(path, sub)):
            text = open(os.path.join(path, sub, name), "rb").read()
            box[email.message_from_bytes(text)["Message-ID"]] = (frozenset(letters[c] for c in name.partition(":2,")[2] if c in letters), text)
for line in ok(M.list()):
    name = line.decode().rsplit(' "/" ', 1)[1].strip('"')
    far[name] = dump('"%s"' % name)
strip = lambda text: re.sub(rb"X-OfflineIMAP: .*\n", b"", text)
show = lambda boxes: {box: {id: (flags, strip(text)) for id, (flags, text) in all.items()} for box, all in boxes.items()}
near, far = show(near), show(far)
assert near.keys() == far.keys(), (near.keys(), far.keys())
for box in near:
    assert near[box] == far[box], (box, {k: v[0] for k, v in near[box].items()}, {k: v[0] for k, v in far[box].items()})
P
sync_with() {
	HOME=$dir/home quietly offlineimap -c "$dir/$1.rc" -o
	imap "$dir/mail" < "$dir/same.py"
	local before
	before=$(cd "$dir/mail" && find . -type f | sort)
	lines=$(wc -l < "$dir/server.log")
	HOME=$dir/home quietly offlineimap -c "$dir/$1.rc" -o
	[ "$before" = "$(cd "$dir/mail" && find . -type f | sort)" ] || fail "the second run changes the Maildir"
	if tail -n "+$((lines + 1))" "$dir/server.log" | grep -E 'cmd="?(UID )?(APPEND|STORE|COPY|MOVE|EXPUNGE|CREATE|DELETE)'; then
		fail "the second run changes the server"
	fi
}
sync_with plain
near=$dir/mail/INBOX
file() { grep -l "^Message-ID: <$1@example.com>" "$near"/cur/* "$near"/new/* 2>/dev/null; }
rm "$(file 2)"
f=$(file 4) && mv "$f" "${f%%:2,*}:2,FS"
printf 'From: alice@example.com\nSubject: from here\nMessage-ID: <near@example.com>\n\nhello\n' > "$near/new/1.near"
imap <<'P'
ok(M.select("INBOX"))
def find(n):
    return ok(M.uid("SEARCH", "HEADER", "Message-ID", "<%s@example.com>" % n))[0].decode()
ok(M.uid("STORE", find(7), "+FLAGS", r"(\Deleted)"))
ok(M.uid("STORE", find(9), "+FLAGS", r"(\Flagged)"))
ok(M.uid("STORE", find(5), "-FLAGS", r"(\Seen)"))
ok(M.expunge())
append("INBOX", "far", r"(\Seen)")
ok(M.create("Late"))
append("Late", "late")
P
sync_with cram
imap <<'P'
inbox = {id[1:id.index("@")]: flags for id, (flags, _) in dump("INBOX").items()}
assert "2" not in inbox and "7" not in inbox and "near" in inbox and "far" in inbox, inbox
assert inbox["4"] == {"\\Flagged", "\\Seen"} and inbox["9"] == {"\\Seen", "\\Flagged"} and inbox["5"] == set(), inbox
P
find "$near" -name '*:2,*F*' -delete
sync_with tls
echo "interop: offlineimap $(dpkg-query -W -f='${Version}' offlineimap3 2>/dev/null || true): both ways, in plain text and by TLS"
