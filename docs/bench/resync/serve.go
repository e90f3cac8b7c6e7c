package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"strings"
)

// canned is the mailbox after the changes: the FETCH response of each message, and where it begins.
type canned struct {
	fetches  []byte
	starts   []int
	uids     []uint32
	changed  []byte
	vanished []string
}

func newCanned() *canned {
	b := new(canned)
	for uid := uint32(1); uid <= messages+arrived; uid++ {
		flags := flagsOf(uid)
		switch {
		case isGone(uid):
			b.vanished = append(b.vanished, fmt.Sprint(uid))
			continue
		case uid > messages:
			flags = nil
		case isFlagged(uid):
			flags = append(flags, "$Changed")
		}
		names := make([]string, len(flags))
		for i, f := range flags {
			names[i] = string(f)
		}
		line := fmt.Appendf(nil, "* %d FETCH (UID %d FLAGS (%s))\r\n", len(b.uids)+1, uid, strings.Join(names, " "))
		if isFlagged(uid) && uid <= messages {
			b.changed = append(b.changed, bytes.Replace(line, []byte("(UID"), []byte("(MODSEQ (1001) UID"), 1)...)
		}
		b.starts = append(b.starts, len(b.fetches))
		b.fetches = append(b.fetches, line...)
		b.uids = append(b.uids, uid)
	}
	b.starts = append(b.starts, len(b.fetches))
	return b
}

// serve answers one client as a server with this mailbox would, and sends on the channel how many octets it has
// written.
func (b *canned) serve(l net.Listener, caps string, sent chan<- int64) {
	c, err := l.Accept()
	if err != nil {
		sent <- 0
		return
	}
	defer c.Close()
	total := int64(0)
	defer func() { sent <- total }()
	say := func(text []byte) {
		total += int64(len(text))
		c.Write(text)
	}
	say(fmt.Appendf(nil, "* PREAUTH [CAPABILITY IMAP4rev1 %s] ready\r\n", caps))
	r := bufio.NewReader(c)
	for {
		text, err := r.ReadString('\n')
		if err != nil {
			return
		}
		tag, cmd, _ := strings.Cut(strings.TrimSpace(text), " ")
		var a, z int
		switch {
		case strings.HasPrefix(cmd, "ENABLE"):
			say([]byte("* ENABLED QRESYNC\r\n"))
		case strings.HasPrefix(cmd, "SELECT"):
			say(fmt.Appendf(nil, "* FLAGS (\\Answered \\Flagged \\Draft \\Deleted \\Seen $Changed)\r\n* %d EXISTS\r\n* OK [UIDVALIDITY 1] valid\r\n* OK [UIDNEXT %d] next\r\n", len(b.uids), messages+arrived+1))
			if caps != "" {
				say([]byte("* OK [HIGHESTMODSEQ 1001] highest\r\n"))
			}
			if strings.Contains(cmd, "QRESYNC") {
				say([]byte("* VANISHED (EARLIER) " + strings.Join(b.vanished, ",") + "\r\n"))
				say(b.changed)
			}
		case strings.Contains(cmd, "CHANGEDSINCE"):
			say(b.changed)
		case strings.HasPrefix(cmd, "UID FETCH"):
			fmt.Sscanf(cmd, "UID FETCH %d:", &a)
			for i := len(b.uids) - 1; i >= 0 && b.uids[i] >= uint32(a); i-- {
				say(b.fetches[b.starts[i]:b.starts[i+1]])
			}
		case strings.HasPrefix(cmd, "FETCH"):
			fmt.Sscanf(cmd, "FETCH %d:%d", &a, &z)
			say(b.fetches[b.starts[a-1]:b.starts[z]])
		case strings.Contains(cmd, "SEARCH RETURN"):
			parts, from := []string{}, uint32(1)
			for _, v := range b.vanished {
				var n uint32
				fmt.Sscan(v, &n)
				parts, from = append(parts, fmt.Sprintf("%d:%d", from, n-1)), n+1
			}
			parts = append(parts, fmt.Sprintf("%d:%d", from, messages+arrived))
			say(fmt.Appendf(nil, "* ESEARCH (TAG \"%s\") UID ALL %s\r\n", tag, strings.Join(parts, ",")))
		case strings.Contains(cmd, "SEARCH"):
			line := []byte("* SEARCH")
			for _, uid := range b.uids {
				line = fmt.Appendf(line, " %d", uid)
			}
			say(append(line, "\r\n"...))
		}
		say([]byte(tag + " OK done\r\n"))
	}
}
