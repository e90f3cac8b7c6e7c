"""twisted_server.py PORT TLS_PORT KEY CERTIFICATE: Twisted's IMAP server with mailboxes in memory, for the users alice and bob."""
import email
import io
import sys
import time

from twisted.cred import checkers, portal
from twisted.internet import defer, protocol, reactor, ssl
from twisted.mail import imap4
from zope.interface import implementer


@implementer(imap4.IMessagePart)
class Part:
    def __init__(self, part):
        self.part = part

    def getHeaders(self, negate, *names):
        names = {n.decode() if isinstance(n, bytes) else n for n in map(lambda n: n.lower(), names)}
        return {k.lower(): str(v) for k, v in self.part.items() if bool(names) and (k.lower() in names) != negate or not names}

    def getBodyFile(self):
        raw = self.part.as_bytes(policy=self.part.policy.clone(linesep="\r\n"))
        return io.BytesIO(raw.partition(b"\r\n\r\n")[2])

    def getSize(self):
        return len(self.getBodyFile().getvalue())

    def isMultipart(self):
        return self.part.is_multipart()

    def getSubPart(self, n):
        if not self.part.is_multipart():
            raise TypeError
        return Part(self.part.get_payload()[n])


@implementer(imap4.IMessage)
class Message(Part):
    def __init__(self, uid, raw, flags, date):
        super().__init__(email.message_from_bytes(raw))
        self.uid, self.raw, self.flags, self.date = uid, raw, set(flags), date

    def getUID(self):
        return self.uid

    def getFlags(self):
        return list(self.flags)

    def getInternalDate(self):
        return self.date or time.strftime("%d-%b-%Y %H:%M:%S +0000")

    def getBodyFile(self):
        return io.BytesIO(self.raw.partition(b"\r\n\r\n")[2])

    def getSize(self):
        return len(self.raw)


@implementer(imap4.IMailbox, imap4.IMessageCopier)
class Mailbox:
    def __init__(self, number):
        self.messages, self.next, self.listeners, self.validity = [], 1, [], 1000 + number

    def getUIDValidity(self):
        return self.validity

    def getUIDNext(self):
        return self.next

    def getUID(self, n):
        return self.messages[n - 1].uid

    def getMessageCount(self):
        return len(self.messages)

    def getRecentCount(self):
        return 0

    def getUnseenCount(self):
        return sum("\\Seen" not in m.flags for m in self.messages)

    def isWriteable(self):
        return True

    def destroy(self):
        pass

    def requestStatus(self, names):
        return imap4.statusRequestHelper(self, names)

    def addListener(self, listener):
        self.listeners.append(listener)

    def removeListener(self, listener):
        self.listeners.remove(listener)

    def getFlags(self):
        return ["\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft"]

    def getHierarchicalDelimiter(self):
        return "/"

    def addMessage(self, file, flags=(), date=None):
        raw = file if isinstance(file, bytes) else file.read()
        self.messages.append(Message(self.next, raw, flags, date))
        self.next += 1
        for listener in self.listeners:
            listener.newMessages(len(self.messages), None)
        return defer.succeed(self.next - 1)

    def copy(self, message):
        return self.addMessage(message.raw, message.flags, message.date)

    def expunge(self):
        gone = [n for n, m in enumerate(self.messages, 1) if "\\Deleted" in m.flags]
        self.messages = [m for m in self.messages if "\\Deleted" not in m.flags]
        # The server reports one expunge after the other, and each shifts the numbers of the messages after it.
        return [n - i for i, n in enumerate(gone)]

    def _chosen(self, messages, uid):
        messages.last = self.next - 1 if uid else len(self.messages)
        return [(n, m) for n, m in enumerate(self.messages, 1) if (m.uid if uid else n) in messages]

    def fetch(self, messages, uid):
        return self._chosen(messages, uid)

    def store(self, messages, flags, mode, uid):
        out = {}
        for n, m in self._chosen(messages, uid):
            m.flags = set(flags) if mode == 0 else m.flags | set(flags) if mode > 0 else m.flags - set(flags)
            out[n] = m.getFlags()
        return out


class Account(imap4.MemoryAccount):
    def _emptyMailbox(self, name, number):
        return Mailbox(number)


class Realm:
    def __init__(self):
        self.accounts = {}

    def requestAvatar(self, avatar, mind, *interfaces):
        if avatar not in self.accounts:
            self.accounts[avatar] = Account(avatar)
            self.accounts[avatar].addMailbox("INBOX")
        return imap4.IAccount, self.accounts[avatar], lambda: None


class Factory(protocol.Factory):
    def __init__(self, portal, context):
        self.portal, self.context = portal, context

    def buildProtocol(self, address):
        server = imap4.IMAP4Server(contextFactory=self.context)
        server.portal = self.portal
        for make in (imap4.LOGINCredentials, imap4.PLAINCredentials):
            server.challengers[b"LOGIN" if make is imap4.LOGINCredentials else b"PLAIN"] = make
        return server


port, tls_port, key, certificate = sys.argv[1:]
context = ssl.DefaultOpenSSLContextFactory(key, certificate)
users = portal.Portal(Realm(), [checkers.InMemoryUsernamePasswordDatabaseDontUse(alice=b"secret", bob=b"secret")])
# If the connection cannot begin TLS, users may log in in plain text.
reactor.listenTCP(int(port), Factory(users, context), interface="127.0.0.1")
reactor.listenSSL(int(tls_port), Factory(users, None), context, interface="127.0.0.1")
reactor.run()
