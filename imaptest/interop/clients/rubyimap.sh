#!/usr/bin/env bash
# rubyimap.sh: tests the server with Ruby's Net::IMAP: mailboxes, mail, envelopes, structures, parts, searches, SORT,
# THREAD, flags, copies, moves, rights and IDLE. The connections are in plain text, with STARTTLS and over TLS, and the
# logins are with LOGIN, PLAIN and CRAM-MD5.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

need ruby ruby
serve -user alice:secret -user bob:secret
cat > "$dir/client.rb" <<'RUBY'
require 'net/imap'
port, tls_port, ca, *mechanisms = ARGV

def same(want, got)
  raise "want #{want.inspect}, got #{got.inspect}" unless want == got
end

def message(n)
  "From: \"Jo\" <jo@example.com>\r\nTo: alice@example.com\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= #{n}\r\nDate: #{n + 1} Mar 2026 09:30:00 +0000\r\nMessage-ID: <#{n}@example.com>\r\n" +
    (n > 0 ? "References: <0@example.com>\r\n" : '') + "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhello #{n}\r\n" +
    "--b\r\nContent-Type: application/octet-stream; name=\"x.bin\"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--b--\r\n"
end

work = lambda do |imap, name|
  box = Net::IMAP.encode_utf7("Ruby #{name} & Grüße")
  caps = imap.capability
  raise caps.inspect unless caps.include?('IMAP4REV1')
  same('/', imap.namespace.personal[0].delim)
  imap.create(box)
  imap.subscribe(box)
  same([box], imap.lsub('', "Ruby #{name}*").map(&:name))
  4.times { |n| imap.append(box, message(n), n.odd? ? [:Seen, '$Work'] : [], Time.utc(2026, 1, 2, 3, 4, 5)) }
  same({ 'MESSAGES' => 4, 'UIDNEXT' => 5, 'UNSEEN' => 2 }, imap.status(box, %w[MESSAGES UIDNEXT UNSEEN]))
  imap.select(box)
  same(4, imap.responses['EXISTS'].last)
  all = imap.uid_fetch(1..-1, %w[UID FLAGS ENVELOPE BODYSTRUCTURE INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS\ (SUBJECT)]])
  same([1, 2, 3, 4], all.map { |m| m.attr['UID'] })
  all.each_with_index do |m, n|
    e = m.attr['ENVELOPE']
    same(["=?utf-8?q?Gr=C3=BC=C3=9Fe?= #{n}", 'jo', 'example.com', 'Jo', "<#{n}@example.com>"], [e.subject, e.from[0].mailbox, e.from[0].host, e.from[0].name, e.message_id])
    b = m.attr['BODYSTRUCTURE']
    same([true, 'MIXED', %w[PLAIN OCTET-STREAM], 'x.bin'], [b.multipart?, b.subtype, b.parts.map(&:subtype), b.parts[1].param['NAME']])
    same(message(n).bytesize, m.attr['RFC822.SIZE'])
    same(n.odd?, m.attr['FLAGS'].include?('$Work'))
    same(" 2-Jan-2026 03:04:05 +0000", m.attr['INTERNALDATE'])
  end
  same(message(2), imap.fetch(3, 'BODY.PEEK[]')[0].attr['BODY[]'])
  same('hello', imap.fetch(3, 'BODY.PEEK[1]<0.5>')[0].attr['BODY[1]<0>'])
  same([1, 3], imap.search(%w[UNSEEN]))
  same([2], imap.uid_search(['HEADER', 'Message-ID', '<1@example.com>']))
  same([1, 2, 3, 4], imap.search(['SUBJECT', 'Grüße'.b], 'UTF-8'))
  same([4, 3, 2, 1], imap.sort(%w[REVERSE DATE], ['ALL'], 'UTF-8'))
  thread = imap.thread('REFERENCES', 'ALL', 'UTF-8')
  same([1, [2, 3, 4]], [thread[0].seqno, thread[0].children.map(&:seqno).sort])
  same([[:Flagged], ['$Later']], [imap.store(1, '+FLAGS', [:Flagged]), imap.uid_store(1, 'FLAGS', ['$Later'])].map { |m| m[0].attr['FLAGS'] - [:Recent] })
  other = "#{box} 2"
  imap.create(other)
  imap.copy(1..2, other)
  imap.uid_move(3, other)
  same(3, imap.status(other, %w[MESSAGES])['MESSAGES'])
  imap.store(1, '+FLAGS', [:Deleted])
  imap.responses.delete('EXPUNGE') # of the move
  same([1], imap.expunge)
  same([2, 4], imap.fetch(1..-1, 'UID').map { |m| m.attr['UID'] })
  imap.setacl(box, 'bob', 'lr')
  same('lr', imap.getacl(box).find { |a| a.user == 'bob' }.rights)
  imap.setacl(box, 'bob', nil)
  Thread.new { sleep 0.2; imap2 = Net::IMAP.new('127.0.0.1', port: PORT); imap2.login('alice', 'secret'); imap2.append(box, message(7), [], nil); imap2.logout }
  imap.idle(60) { |r| imap.idle_done if r.is_a?(Net::IMAP::UntaggedResponse) && r.name == 'EXISTS' && r.data == 3 }
  same(3, imap.responses['EXISTS'].last)
  imap.close
  begin
    imap.select('nowhere')
    raise 'nowhere is there'
  rescue Net::IMAP::NoResponseError
    imap.noop
  end
  imap.rename(other, "#{box} 3")
  [box, "#{box} 3"].each { |b| imap.delete(b) }
  imap.unsubscribe(box)
  imap.logout
  imap.disconnect
end

PORT = port.to_i
imap = Net::IMAP.new('127.0.0.1', port: PORT)
imap.login('alice', 'secret')
work.call(imap, 'plain')
imap = Net::IMAP.new('localhost', port: PORT)
imap.starttls(ca_file: ca)
imap.authenticate('PLAIN', 'alice', 'secret')
work.call(imap, 'starttls')
imap = Net::IMAP.new('localhost', port: tls_port.to_i, ssl: { ca_file: ca })
imap.authenticate(mechanisms.include?('CRAM-MD5') ? 'CRAM-MD5' : 'PLAIN', 'alice', 'secret')
work.call(imap, 'tls')
RUBY
quietly ruby "$dir/client.rb" "$port" "$tls_port" "$ca" $mechs
imap <<'P'
assert all(b"Ruby" not in line for line in ok(M.list())), "something is left"
P
echo "interop: Net::IMAP $(ruby -rnet/imap -e 'print Net::IMAP::VERSION') of Ruby $(ruby -e 'print RUBY_VERSION'): in plain text, by STARTTLS and TLS"
