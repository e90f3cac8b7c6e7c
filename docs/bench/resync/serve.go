package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"strings"

	"github.com/imapstack/imapstack/commands/resync"
	"github.com/imapstack/imapstack/parser"
)

// serve answers one client as the server that has the mailbox would, from octets that are made before, and tells how many it has sent.
func serve(l net.Listener, caps string, saved resync.State, sent chan<- int64) {
	// What there is now: each message's FETCH, and where it begins.
	var fetches []byte
	var starts []int
	var uids []uint32
	var changed []byte
	var vanished []string
	seq := 0
	line := func(uid uint32, flags []parser.Flag) []byte {
		names := make([]string, len(flags))
		for i, f := range flags {
			names[i] = string(f)
		}
		return fmt.Appendf(nil, "* %d FETCH (UID %d FLAGS (%s))\r\n", seq, uid, strings.Join(names, " "))
	}
	for uid := uint32(1); uid <= messages+arrived; uid++ {
		flags := flagsOf(uid)
		switch {
		case isGone(uid):
			vanished = append(vanished, fmt.Sprint(uid))
			continue
		case uid > messages:
			flags = nil
		case isFlagged(uid):
			flags = append(flags, "$Changed")
		}
		seq++
		b := line(uid, flags)
		if isFlagged(uid) && uid <= messages {
			changed = append(changed, bytes.Replace(b, []byte("(UID"), []byte("(MODSEQ (1001) UID"), 1)...)
		}
		starts = append(starts, len(fetches))
		fetches = append(fetches, b...)
		uids = append(uids, uid)
	}
	starts = append(starts, len(fetches))
	c, err := l.Accept()
	if err != nil {
		sent <- 0
		return
	}
	defer c.Close()
	total := int64(0)
	defer func() { sent <- total }()
	say := func(b []byte) {
		total += int64(len(b))
		c.Write(b)
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
			say(fmt.Appendf(nil, "* FLAGS (\\Answered \\Flagged \\Draft \\Deleted \\Seen $Changed)\r\n* %d EXISTS\r\n* OK [UIDVALIDITY 1] valid\r\n* OK [UIDNEXT %d] next\r\n", len(uids), messages+arrived+1))
			if caps != "" {
				say([]byte("* OK [HIGHESTMODSEQ 1001] highest\r\n"))
			}
			if strings.Contains(cmd, "QRESYNC") {
				say([]byte("* VANISHED (EARLIER) " + strings.Join(vanished, ",") + "\r\n"))
				say(changed)
			}
		case strings.Contains(cmd, "CHANGEDSINCE"):
			say(changed)
		case strings.HasPrefix(cmd, "UID FETCH"):
			fmt.Sscanf(cmd, "UID FETCH %d:", &a)
			for i := len(uids) - 1; i >= 0 && uids[i] >= uint32(a); i-- {
				say(fetches[starts[i]:starts[i+1]])
			}
		case strings.HasPrefix(cmd, "FETCH"):
			fmt.Sscanf(cmd, "FETCH %d:%d", &a, &z)
			say(fetches[starts[a-1]:starts[z]])
		case strings.Contains(cmd, "SEARCH RETURN"):
			parts, from := []string{}, uint32(1)
			for _, v := range vanished {
				var n uint32
				fmt.Sscan(v, &n)
				parts, from = append(parts, fmt.Sprintf("%d:%d", from, n-1)), n+1
			}
			parts = append(parts, fmt.Sprintf("%d:%d", from, messages+arrived))
			say(fmt.Appendf(nil, "* ESEARCH (TAG \"%s\") UID ALL %s\r\n", tag, strings.Join(parts, ",")))
		case strings.Contains(cmd, "SEARCH"):
			b := []byte("* SEARCH")
			for _, uid := range uids {
				b = fmt.Appendf(b, " %d", uid)
			}
			say(append(b, "\r\n"...))
		}
		say([]byte(tag + " OK done\r\n"))
	}
}
