#!/usr/bin/env bash
# mbsync.sh: isync's mbsync keeps a Maildir and the test server in step: new mail, flags and deletions, in both
# directions, over plain text, STARTTLS and TLS. A further run finds nothing to do.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

need mbsync isync
serve -user alice:secret
imap <<'P'
for box in ("Work", "Work/2026", "Entw&APw-rfe"):
    ok(M.create('"%s"' % box))
for n in range(40):
    append("INBOX", n, r"(\Seen)" if n % 3 == 0 else r"(\Flagged \Answered)" if n % 3 == 1 else "")
append("Work", "w1", r"(\Draft)")
append("Work/2026", "w2", body="x\r\n" * 200000)
append("Entw&APw-rfe", "d1")
P

config() {
	cat <<X
IMAPAccount test
Host localhost
Port $1
User alice
Pass secret
AuthMechs $2
SSLType $3
CertificateFile $ca

IMAPStore far
Account test

MaildirStore near
Path $dir/mail/
Inbox $dir/mail/INBOX
SubFolders Verbatim

Channel test
Far :far:
Near :near:
Patterns *
Create Both
Remove Both
Expunge Both
Sync All
SyncState *
X
}
mkdir -p "$dir/mail"
config "$port" LOGIN None > "$dir/plain.rc"
config "$port" PLAIN STARTTLS > "$dir/starttls.rc"
config "$tls_port" '*' IMAPS > "$dir/tls.rc"

# Prints the contents of the Maildir, in the form in which dump returns those of the server.
cat > "$dir/same.py" <<'P'
import os
root = args[0]
letters = {"S": "\\Seen", "R": "\\Answered", "F": "\\Flagged", "D": "\\Draft", "T": "\\Deleted"}
def maildir(path):
    out = {}
    for sub in ("cur", "new"):
        for name in os.listdir(os.path.join(path, sub)):
            text = open(os.path.join(path, sub, name), "rb").read()
            info = name.partition(":2,")[2]
            out[email.message_from_bytes(text)["Message-ID"]] = (frozenset(letters[c] for c in info if c in letters), text)
    return out
near = {}
for path, dirs, files in os.walk(root):
    if "cur" in dirs:
        near[os.path.relpath(path, root)] = maildir(path)
far = {}
for line in ok(M.list()):
    name = line.decode().rsplit(' "/" ', 1)[1].strip('"')
    if "\\NonExistent" not in line.decode():
        far[name] = dump('"%s"' % name)
assert near.keys() == far.keys(), (near.keys(), far.keys())
for box in near:
    assert near[box].keys() == far[box].keys(), (box, near[box].keys() ^ far[box].keys())
    for id in near[box]:
        assert near[box][id][0] == far[box][id][0], (box, id, near[box][id][0], far[box][id][0])
        # mbsync records in the header which messages it has stored.
        strip = lambda text: re.sub(rb"X-TUID: .*\n", b"", text)
        assert strip(near[box][id][1]) == strip(far[box][id][1]), (box, id)
print("interop: mbsync: %d mailboxes with %d messages are the same" % (len(near), sum(map(len, near.values()))))
P
sync_with() {
	quietly mbsync -V -c "$dir/$1.rc" -a
	imap "$dir/mail" < "$dir/same.py"
	# Nothing is left to do.
	(cd "$dir/mail" && find . -type f ! -name '.mbsyncstate*' ! -name '.uidvalidity' | sort) > "$dir/before"
	cp "$dir/server.log" "$dir/server.before"
	quietly mbsync -V -c "$dir/$1.rc" -a
	(cd "$dir/mail" && find . -type f ! -name '.mbsyncstate*' ! -name '.uidvalidity' | sort) > "$dir/after"
	diff "$dir/before" "$dir/after" || fail "the second run changes the Maildir"
	if tail -n "+$(($(wc -l < "$dir/server.before") + 1))" "$dir/server.log" | grep -E 'cmd="?(UID )?(APPEND|STORE|COPY|MOVE|EXPUNGE|CREATE|DELETE)'; then
		fail "the second run changes the server"
	fi
}
sync_with plain

# Both sides change: deletions, flags and new mail must reach the other side.
near=$dir/mail/INBOX
file() { grep -l "^Message-ID: <$1@example.com>" "$near"/cur/* "$near"/new/* 2>/dev/null; }
rm "$(file 2)"
f=$(file 5) && mv "$f" "$near/cur/$(basename "${f%%:*}"):2,FS"
f=$(file 6) && mv "$f" "$near/cur/$(basename "${f%%:*}"):2,"
printf 'From: alice@example.com\nSubject: from here\nMessage-ID: <near@example.com>\n\nhello\n' > "$near/new/1.near"
printf 'From: alice@example.com\nSubject: from here\nMessage-ID: <near2@example.com>\n\nhello\n' > "$near/cur/2.near:2,FS"
mkdir -p "$dir/mail/Here/cur" "$dir/mail/Here/new" "$dir/mail/Here/tmp"
printf 'From: alice@example.com\nSubject: a new folder\nMessage-ID: <here@example.com>\n\nhello\n' > "$dir/mail/Here/cur/3.near:2,S"
imap <<'P'
ok(M.select("INBOX"))
def find(n):
    return ok(M.uid("SEARCH", "HEADER", "Message-ID", "<%s@example.com>" % n))[0].decode()
for n, flags in ((7, r"\Deleted"), (9, r"\Flagged")):
    ok(M.uid("STORE", find(n), "+FLAGS", "(%s)" % flags))
ok(M.uid("STORE", find(10), "-FLAGS", r"(\Answered)"))
ok(M.uid("MOVE", find(11), "Work"))
ok(M.expunge())
append("INBOX", "far", r"(\Seen)")
P
sync_with starttls
imap <<'P'
inbox = dump("INBOX")
has = lambda n: "<%s@example.com>" % n in inbox
assert not has(2) and not has(7) and not has(11) and has("near") and has("near2") and has("far"), sorted(inbox)
flags = lambda n: inbox["<%s@example.com>" % n][0]
assert flags(5) == {"\\Flagged", "\\Seen"} and flags(6) == set() and flags(9) == {"\\Seen", "\\Flagged"} and flags(10) == {"\\Flagged"} and flags("near2") == {"\\Flagged", "\\Seen"}
assert len(dump("Work")) == 2 and len(dump("Here")) == 1
P

# Everything is deleted, on one side and then on the other.
find "$near" -name '*:2,*F*' -delete
imap <<'P'
ok(M.select("Work"))
ok(M.store("1:*", "+FLAGS.SILENT", r"(\Deleted)"))
ok(M.close())
P
sync_with tls
echo "interop: mbsync $(dpkg-query -W -f='${Version}' isync 2>/dev/null || true): both ways, in plain text, by STARTTLS and TLS"
