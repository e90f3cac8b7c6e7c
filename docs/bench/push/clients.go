package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// startTest starts the test server in its own process.
func startTest() (host, port string, stop func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return "", "", nil, err
	}
	cmd := exec.Command(self, "-serve")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", "", nil, err
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return "", "", nil, err
	}
	stop = func() { cmd.Process.Kill(); cmd.Wait() }
	line, err := bufio.NewReader(out).ReadString('\n')
	if err == nil {
		host, port, err = net.SplitHostPort(strings.TrimSpace(line))
	}
	return host, port, stop, err
}

func ourAppends(b *bench) (time.Duration, error) { return b.ours(messages, octets) }
func ourPiped(b *bench) (time.Duration, error)   { return b.ours(2000, 10<<10) }

func (b *bench) ours(n, size int) (d time.Duration, err error) {
	if err := b.fresh(0); err != nil {
		return 0, err
	}
	list := texts(n, size)
	ctx := context.Background()
	begin := time.Now()
	s, err := b.open(ctx, b.link)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	calls := make([]*session.Call[commands.AppendUID], n)
	for i := range calls {
		calls[i] = commands.Append(s, box, strings.NewReader(list[i]), -1)
	}
	for _, c := range calls {
		if _, err := c.Wait(ctx); err != nil {
			return 0, err
		}
	}
	if _, err := commands.Logout(s).Wait(ctx); err != nil {
		return 0, err
	}
	return time.Since(begin), b.holds(n)
}

func texts(n, size int) (list []string) {
	for i := range n {
		list = append(list, text(i, size))
	}
	return list
}

func theirAppends(b *bench) (time.Duration, error) { return b.theirs(messages, octets) }
func theirPiped(b *bench) (time.Duration, error)   { return b.theirs(2000, 10<<10) }

// dial opens a session with go-imap.
func (b *bench) dial(user string) (*imapclient.Client, error) {
	conn, err := net.Dial("tcp", b.link)
	if err != nil {
		return nil, err
	}
	c := imapclient.New(conn, nil)
	return c, c.Login(user, b.env.Password).Wait()
}

func (b *bench) theirs(n, size int) (d time.Duration, err error) {
	if err := b.fresh(0); err != nil {
		return 0, err
	}
	list := texts(n, size)
	begin := time.Now()
	c, err := b.dial(b.env.User)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	calls := make([]*imapclient.AppendCommand, n)
	for i := range calls {
		calls[i] = c.Append(box, int64(size), nil)
		if _, err := io.WriteString(calls[i], list[i]); err != nil {
			return 0, err
		}
		if err := calls[i].Close(); err != nil {
			return 0, err
		}
	}
	for _, x := range calls {
		if _, err := x.Wait(); err != nil {
			return 0, err
		}
	}
	if err := c.Logout().Wait(); err != nil {
		return 0, err
	}
	return time.Since(begin), b.holds(n)
}

// onlyWriting writes all commands, and reads at the same time until it finds the last tag.
func onlyWriting(b *bench) (time.Duration, error) {
	const n, size = 2000, 10 << 10
	if err := b.fresh(0); err != nil {
		return 0, err
	}
	list := texts(n, size)
	begin := time.Now()
	c, err := net.Dial("tcp", b.link)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	wrote := make(chan error, 1)
	go func() {
		w := bufio.NewWriterSize(c, 64<<10)
		fmt.Fprintf(w, "L LOGIN %s %s\r\n", b.env.User, b.env.Password)
		for i, s := range list {
			fmt.Fprintf(w, "A%d APPEND %s {%d+}\r\n%s\r\n", i, box, len(s), s)
		}
		fmt.Fprintf(w, "Z LOGOUT\r\n")
		wrote <- w.Flush()
	}()
	lines := bufio.NewScanner(c)
	good := 0
	for lines.Scan() {
		if line := lines.Text(); strings.HasPrefix(line, "A") && strings.Contains(line, " OK ") {
			good++
		} else if strings.HasPrefix(line, "Z ") {
			break
		}
	}
	if err := <-wrote; err != nil || good != n {
		return 0, fmt.Errorf("%d of %d APPENDs succeeded; writing: %v", good, n, err)
	}
	return time.Since(begin), b.holds(n)
}

const stores = 50

func ourStores(b *bench) (d time.Duration, err error) {
	if err := b.fresh(stores); err != nil {
		return 0, err
	}
	ctx := context.Background()
	s, err := b.open(ctx, b.link)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	if _, err := commands.Select(s, box).Wait(ctx); err != nil {
		return 0, err
	}
	begin := time.Now()
	calls := make([]*session.Stream[parser.Fetch], stores)
	for i := range calls {
		calls[i] = commands.Store(s, numset.Of(numset.UID, uint32(i+1)), commands.AddFlags.Silent(), parser.FlagFlagged)
	}
	for _, c := range calls {
		if err := c.Wait(ctx); err != nil {
			return 0, err
		}
	}
	return time.Since(begin), nil
}

func theirStores(b *bench) (time.Duration, error) {
	if err := b.fresh(stores); err != nil {
		return 0, err
	}
	c, err := b.dial(b.env.User)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	if _, err := c.Select(box, nil).Wait(); err != nil {
		return 0, err
	}
	begin := time.Now()
	calls := make([]*imapclient.FetchCommand, stores)
	for i := range calls {
		calls[i] = c.Store(imap.UIDSetNum(imap.UID(i+1)), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagFlagged}}, nil)
	}
	for _, x := range calls {
		if err := x.Close(); err != nil {
			return 0, err
		}
	}
	return time.Since(begin), nil
}

const statuses = 500

func ourStatus(b *bench) (time.Duration, error) {
	if err := b.many(); err != nil {
		return 0, err
	}
	ctx := context.Background()
	s, err := b.openAs(ctx, b.link, b.env.Other)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	begin := time.Now()
	calls := make([]*session.Call[parser.StatusData], statuses)
	for i := range calls {
		calls[i] = commands.Status(s, name(i), status.Messages, status.UIDNext)
	}
	for _, c := range calls {
		if _, err := c.Wait(ctx); err != nil {
			return 0, err
		}
	}
	return time.Since(begin), nil
}

// name returns the name of the mailbox in the i-th STATUS command.
func name(i int) string { return fmt.Sprintf("Status-%03d", i) }

// many creates the mailboxes whose STATUS the commands ask for, if they do not exist. They belong to the second user,
// because so many mailboxes would slow down all commands of the first user.
func (b *bench) many() error {
	ctx := context.Background()
	s, err := b.openAs(ctx, b.addr, b.env.Other)
	if err != nil {
		return err
	}
	defer s.Close()
	var calls []*session.Call[string]
	for i := range statuses {
		calls = append(calls, commands.Create(s, name(i)))
	}
	for _, c := range calls {
		if _, err := c.Wait(ctx); err != nil && !errors.Is(err, parser.NO) {
			return err
		}
	}
	return nil
}

func theirStatus(b *bench) (time.Duration, error) {
	if err := b.many(); err != nil {
		return 0, err
	}
	c, err := b.dial(b.env.Other)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	begin := time.Now()
	calls := make([]*imapclient.StatusCommand, statuses)
	for i := range calls {
		calls[i] = c.Status(name(i), &imap.StatusOptions{NumMessages: true, UIDNext: true})
	}
	for _, x := range calls {
		if _, err := x.Wait(); err != nil {
			return 0, err
		}
	}
	return time.Since(begin), nil
}

// mbsync does the task append with the program mbsync, which uploads the messages from a Maildir.
func mbsync(b *bench) (time.Duration, error) {
	program, err := exec.LookPath("mbsync")
	if err != nil {
		return 0, fmt.Errorf("is not installed")
	}
	if err := b.fresh(0); err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "push")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	host, port, _ := net.SplitHostPort(b.link)
	rc := filepath.Join(dir, "rc")
	config := fmt.Sprintf("IMAPAccount far\nHost %s\nPort %s\nUser %s\nPass %s\nAuthMechs LOGIN\nSSLType None\n\nIMAPStore far\nAccount far\n\n"+
		"MaildirStore near\nPath %s/\nInbox %s/inbox\nSubFolders Verbatim\n\nChannel all\nFar :far:%s\nNear :near:%s\nCreate Near\nSync Push\nSyncState *\n",
		host, port, b.env.User, b.env.Password, dir, dir, box, box)
	if err := os.WriteFile(rc, []byte(config), 0o600); err != nil {
		return 0, err
	}
	sync := func() error {
		if out, err := exec.Command(program, "-c", rc, "all").CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %.200s", err, out)
		}
		return nil
	}
	if err := sync(); err != nil { // the first run uploads nothing, and creates the Maildir
		return 0, err
	}
	for i, s := range texts(messages, octets) {
		file := filepath.Join(dir, box, "new", fmt.Sprintf("%d.%d.bench", time.Now().Unix(), i))
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(s, "\r\n", "\n")), 0o600); err != nil {
			return 0, err
		}
	}
	begin := time.Now()
	if err := sync(); err != nil {
		return 0, err
	}
	return time.Since(begin), b.holds(messages)
}
