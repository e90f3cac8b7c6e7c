#!/usr/bin/env bash
# imapfilter.sh: imapfilter sorts mail on the test server by sender, subject, size, age and body, into folders and with
# flags, and deletes some; in plain text and over TLS.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

need imapfilter imapfilter
serve -user alice:secret
export HOME=$dir
cat > "$dir/config.lua" <<'LUA'
options.timeout = 60
options.create = true
options.subscribe = true
options.certificates = true
options.truststore = os.getenv("CA")
options.starttls = os.getenv("STARTTLS") == "yes"
local server = os.getenv("PORT_TLS") ~= "" and { server = "localhost", port = tonumber(os.getenv("PORT_TLS")), username = "alice", password = "secret", ssl = "auto" }
  or { server = "localhost", port = tonumber(os.getenv("PORT_PLAIN")), username = "alice", password = "secret" }
local account = IMAP(server)
local folders, all = account:list_all()
local exist, recent, unread, uidnext = account.INBOX:check_status()
assert(exist == 12, "exist " .. tostring(exist))
assert(unread == 12, "unread " .. tostring(unread))

local inbox = account.INBOX
local lists = inbox:contain_from("list@example.com")
assert(#lists == 4, "lists " .. #lists)
lists:move_messages(account["Lists/Go"])
local big = inbox:is_larger(50000) * inbox:contain_subject("big")
assert(#big == 1)
big:copy_messages(account["Big"])
local spam = inbox:contain_body("lottery") + inbox:match_subject("WIN.*NOW")
assert(#spam == 2, "spam " .. #spam)
spam:delete_messages()
local rest = inbox:is_unseen() - inbox:contain_subject("big")
rest:mark_flagged()
inbox:contain_subject("message 5"):mark_seen()
inbox:contain_subject("message 6"):add_flags({ "$Work" })
assert(#inbox:has_keyword("$Work") == 1)
assert(#inbox:is_older(1) == 0)
for _, m in ipairs(inbox:contain_subject("message 5")) do
  local box, uid = table.unpack(m)
  assert(box[uid]:fetch_field("Subject"):find("message 5"))
  assert(box[uid]:fetch_body():find("body of 5"))
  assert(box[uid]:fetch_size() > 0)
end
account:rename_mailbox("Big", "Bigger")
LUA
fill() {
	imap <<'P'
for box in ("Lists/Go", "Lists", "Bigger"):
    M.delete('"%s"' % box)
ok(M.select("INBOX"))
if ok(M.search(None, "ALL"))[0]:
    ok(M.store("1:*", "+FLAGS.SILENT", r"(\Deleted)"))
ok(M.close())
for n in range(8):
    append("INBOX", n)
raw = lambda who, subject, id, body: ok(M.append("INBOX", None, None, ("From: %s@example.com\r\nSubject: %s\r\nMessage-ID: <%s@example.com>\r\n\r\n%s\r\n" % (who, subject, id, body)).encode()))
ok(M.select("INBOX"))
for n in (0, 1, 2, 3):
    raw("list", "about Go %d" % n, "l%d" % n, "go")
ok(M.store("1:4", "+FLAGS.SILENT", r"(\Deleted)"))
ok(M.close())
raw("jo", "big one", "big", "x\r\n" * 40000)
raw("jo", "you have won", "s1", "the lottery")
raw("jo", "WIN this NOW", "s2", "yes")
raw("jo", "quiet", "q", "no")
P
}
check() {
	imap <<'P'
id = lambda box: {k[1:k.index("@")]: v for k, (v, _) in dump(box).items()}
inbox = id("INBOX")
assert sorted(inbox) == ["4", "5", "6", "7", "big", "q"], inbox
assert sorted(id('"Lists/Go"')) == ["l0", "l1", "l2", "l3"] and list(id("Bigger")) == ["big"]
assert "\\Seen" in inbox["5"] and "$Work" in inbox["6"] and "\\Flagged" in inbox["q"] and "\\Flagged" not in inbox["big"], inbox
P
}
for way in plain starttls tls; do
	fill
	quietly env CA="$ca" PORT_PLAIN="$port" PORT_TLS="$([ $way != tls ] || echo "$tls_port")" STARTTLS="$([ $way != starttls ] || echo yes)" imapfilter -c "$dir/config.lua" -t "$ca"
	check
done
echo "interop: imapfilter $(imapfilter -V 2>&1 | sed -n '1s/^IMAPFilter \([0-9.]*\).*/\1/p'): in plain text, by STARTTLS and TLS"
