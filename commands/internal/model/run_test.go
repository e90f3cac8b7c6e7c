package model

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

// The causes of contexts that end a program's waits.
var (
	errOctets = errors.New("model: the octets have passed")
	errTime   = errors.New("model: the time has passed")
	errAtOnce = errors.New("model: ended before it began")
)

// An epoch is the time during which the program intends a mailbox, or none, to be open. It begins with the command
// that opens the mailbox, or closes the previous one.
type epoch struct {
	n    int
	name string // "" means none
	ro   bool
	by   *cmd
}

// run is the execution of a program.
type run struct {
	p      *program
	srv    *imaptest.Server
	link   *end
	s      *session.Session
	others *others
	rng    *rand.Rand // draws the orders of waits, and cancellations

	cmds     []*cmd
	contents [][]byte // the octets of messages, by content; 0 is not used
	epochs   []*epoch
	epoch    *epoch // the newest epoch
	view     *view
	model    *state // set while the commands are executed on it
	depth    int
	ending   bool
	last     []string // the last actions, for a failure's report

	mu     sync.Mutex
	failed []string
}

func (r *run) fail(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.failed) < 20 {
		r.failed = append(r.failed, fmt.Sprintf(format, args...))
	}
}

// orders is the number of values of imaptest.Order, which says in which order the server answers.
const orders = 3

// mishap, if not nil, is called with the server of each program.
var mishap func(*imaptest.Server)

// prepare starts the server and fills its mailboxes. It returns the model's state.
func (r *run) prepare() *state {
	srv, err := imaptest.New(imaptest.WithUser("alice", "secret"), imaptest.Without(r.p.Without...), imaptest.WithOrder(imaptest.Order(r.p.Order)), imaptest.WithSeed(r.p.Seed))
	if err != nil {
		panic(err)
	}
	r.srv = srv
	r.others = newOthers(srv, r.p.Seed)
	st := &state{r: r, boxes: map[string]*mailbox{}}
	rng := rand.New(rand.NewPCG(r.p.Seed, 3))
	r.contents = [][]byte{nil}
	for i, name := range []string{"INBOX", "A", "B"} {
		box := srv.Mailbox("alice", name)
		base := uint32(1000 * (i + 1))
		box.SetUIDNext(base + 1)
		box.SetUIDValidity(uint32(7000 + i))
		m := newMailbox(name, base)
		m.validity = uint32(7000 + i)
		m.pure = !slices.Contains(othersBoxes, name)
		st.boxes[name] = m
		for range 3 + rng.IntN(8) {
			if !m.pure && rng.IntN(3) == 0 {
				r.others.add(name)
			}
			f := drawnFlags(rng.Uint32()) &^ deleted
			c := r.content(60 + rng.IntN(600))
			uid, err := box.Append(r.contents[c], f.names()...)
			if got := st.add(m, c, f); err != nil || got != uid {
				panic(fmt.Sprint(err, uid, got))
			}
		}
	}
	if mishap != nil {
		mishap(srv)
	}
	for i := range r.p.Bad {
		srv.Inject(imaptest.Answer{Status: parser.BAD}, imaptest.When{Command: "SELECT", Skip: 1 + 2*i, Times: 1})
	}
	return st
}

// content makes the octets of a message, and returns their index in r.contents.
func (r *run) content(size int) content {
	n := len(r.contents)
	r.contents = append(r.contents, body("own", n, size))
	return content(n)
}

// connect opens the session.
func (r *run) connect(ctx context.Context) error {
	client, server := newLink(r.p.Seed, time.Duration(r.p.Delay)*time.Microsecond, r.p.Cut, r.p.Room)
	r.link = client
	cfg := &session.Config{StallTimeout: time.Minute, Window: r.p.Window}
	cfg.Limits.Inline = r.p.Inline
	cfg.MaxKept = r.p.Keep
	r.view = &view{r: r}
	r.view.watch(&cfg.Handler)
	if trace != nil {
		cfg.Logger, cfg.TraceText = trace, true
	}
	var conn transport.Conn = client
	var err error
	switch r.p.Layer {
	case layerTLS:
		go r.srv.ServeTLSConn(server)
		if conn, err = transport.StartTLS(r.srv.TLSConfig(), "localhost")(ctx, conn, nil); err != nil {
			return err
		}
	case layerStartTLS, layerStartTLSDeflate:
		go r.srv.ServeConn(server, "")
	default:
		go r.srv.ServeConn(server, "alice")
	}
	if r.s, err = session.Open(ctx, conn, cfg); err != nil {
		return err
	}
	if r.p.Layer == layerStartTLS || r.p.Layer == layerStartTLSDeflate {
		if err := commands.StartTLS(ctx, r.s, r.srv.TLSConfig(), "localhost"); err != nil {
			return err
		}
	}
	if r.s.State() == session.NotAuthenticated {
		if _, err := commands.Login(r.s, "alice", auth.NewSecret("secret")).Wait(ctx); err != nil {
			return err
		}
	}
	if r.p.Layer == layerDeflate || r.p.Layer == layerStartTLSDeflate {
		if err := commands.Compress(ctx, r.s); err != nil {
			return err
		}
	}
	if r.p.QResync && r.s.Caps().Has("QRESYNC") {
		if _, err := commands.Enable(r.s, "QRESYNC").Wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

// execute runs a program and returns its failures. It must be called in a bubble.
func execute(p *program) (failed []string) {
	r := &run{p: p, rng: rand.New(rand.NewPCG(p.Seed, 5)), epoch: &epoch{}}
	r.epochs = append(r.epochs, r.epoch)
	st := r.prepare()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer r.srv.Close()
	if err := r.connect(ctx); err != nil {
		return []string{fmt.Sprint("the session cannot be opened: ", err)}
	}
	defer r.s.Close()
	busy, quit := context.WithCancel(ctx)
	defer quit()
	if p.Others > 0 {
		go r.others.work(busy, p.Others, max(1, time.Duration(p.Delay)*time.Microsecond*4))
	} else {
		close(r.others.done)
	}
	r.do(ctx, p.Ops)
	r.drain(ctx)
	quit()
	<-r.others.done
	r.finish(ctx)
	r.model = st
	r.settle(st)
	if len(r.failed) > 0 {
		r.failed = append(r.failed, "what was done:")
		r.failed = append(r.failed, r.last...)
		r.failed = append(r.failed, "what the server received:")
		for _, x := range r.srv.Received() {
			r.failed = append(r.failed, fmt.Sprintf("  %s %v -> %v", x.Tag, x, x.Status))
		}
	}
	return r.failed
}

func (r *run) log(format string, args ...any) {
	if len(r.last) < 400 {
		r.last = append(r.last, strings.Repeat("  ", r.depth+1)+fmt.Sprintf(format, args...))
	}
}

// do executes ops one by one.
func (r *run) do(ctx context.Context, ops []op) {
	for _, o := range ops {
		if r.s.Err() != nil {
			return
		}
		// Wait until all other goroutines in the bubble are blocked. Otherwise the seed would not determine what
		// happens.
		synctest.Wait()
		r.op(ctx, o)
	}
}

// open returns the commands that the program has not waited for, and whose loop is not running. If want is not nil,
// open returns only those for which want returns true.
func (r *run) open(want func(*cmd) bool) (list []*cmd) {
	for _, c := range r.cmds {
		if !c.waited && !c.busy && (want == nil || want(c)) {
			list = append(list, c)
		}
	}
	return list
}

// pick returns a command from a list: the oldest, the newest, or any.
func pick(list []*cmd, n uint32) *cmd {
	if len(list) == 0 {
		return nil
	}
	switch n % 4 {
	case 0:
		return list[0]
	case 1:
		return list[len(list)-1]
	}
	return list[int(n>>2)%len(list)]
}

func (r *run) op(ctx context.Context, o op) {
	switch o.Kind {
	case opWait:
		if c := pick(r.open(nil), o.A); c != nil {
			r.wait(ctx, c, o)
		}
	case opWaitAll:
		r.waitAll(ctx, o)
	case opLoop:
		if c := pick(r.open(func(c *cmd) bool { return c.loop != nil && !c.discarded }), o.A); c != nil {
			r.loop(ctx, c, o)
		}
	case opDiscard:
		if c := pick(r.open(func(c *cmd) bool { return c.discard != nil }), o.A); c != nil {
			r.log("discard %v", c)
			c.discard()
			c.discarded = true
		}
	case opPoll:
		r.log("poll")
		if err := r.s.Poll(ctx); err != nil && r.s.Err() == nil {
			r.fail("poll: %v", err)
		}
	case opSleep:
		time.Sleep(time.Duration(o.A%20) * time.Millisecond)
	case opLearn:
		r.learn(ctx)
	default:
		n := len(r.cmds)
		r.start(o)
		if r.p.Serial && len(r.cmds) > n && !r.cmds[n].waited {
			r.wait(ctx, r.cmds[n], o)
		}
	}
}

// cancelled returns the context for a wait, and reports whether it will be cancelled.
func (r *run) cancelled(ctx context.Context, o op) (context.Context, context.CancelFunc, bool) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := func() { cancel(nil) }
	if r.p.Cancels == 0 || r.ending || int(o.D)%r.p.Cancels != 0 {
		return ctx, stop, false
	}
	switch o.C % 6 {
	case 0:
		cancel(errAtOnce)
	case 1, 2:
		r.log("cancel after %d octets of the server", o.B%400)
		return r.link.cancelled(ctx, true, int64(o.B%400)), stop, true
	case 3:
		r.log("cancel after %d octets of the client", o.B%200)
		return r.link.cancelled(ctx, false, int64(o.B%200)), stop, true
	case 4:
		r.log("cancel after %d octets of the client", o.B%9000)
		return r.link.cancelled(ctx, false, int64(o.B%9000)), stop, true
	default:
		r.log("cancel after %d µs", o.B%9000)
		ctx, stop2 := context.WithTimeoutCause(ctx, time.Duration(o.B%9000)*time.Microsecond, errTime)
		return ctx, func() { stop2(); stop() }, true
	}
	r.log("cancel at once")
	return ctx, stop, true
}

// patience limits the time that anything may take on the slowest link.
const patience = 50 * time.Second

// wait waits for a command.
func (r *run) wait(ctx context.Context, c *cmd, o op) {
	ctx, stop, cancels := r.cancelled(ctx, o)
	defer stop()
	begin := time.Now()
	c.cancels = c.cancels || cancels
	c.busy = true
	err := c.wait(ctx)
	c.busy = false
	r.outcome(c, err, "wait")
	if d := time.Since(begin); d > patience {
		r.fail("%v: a wait of %v: %v", c, d, err)
	}
}

// waitAll waits for all commands that the program has not waited for yet: one at a time, or with session.WaitAll.
func (r *run) waitAll(ctx context.Context, o op) {
	list := r.open(nil)
	if o.A&1 == 0 {
		for _, c := range list {
			r.wait(ctx, c, op{})
		}
		return
	}
	ctx, stop, cancels := r.cancelled(ctx, o)
	defer stop()
	var all []session.Waiter
	for _, c := range list {
		c.cancels = c.cancels || cancels
		c.discarded = c.loop != nil
		c.busy = true
		all = append(all, c.waiter)
	}
	begin := time.Now()
	err := session.WaitAll(ctx, all...)
	r.log("wait for all: %s", short(err))
	if d := time.Since(begin); d > patience {
		r.fail("a wait for all of %v: %v", d, err)
	}
	failed := false
	for _, c := range list {
		c.busy = false
		err := c.again(ctx)
		failed = failed || err != nil
		r.outcome(c, err, "waited for all:")
	}
	if failed != (err != nil) {
		r.fail("a wait for all ended with %v, but the waits for its commands did not", err)
	}
}

// outcome records the result of a wait for a command.
func (r *run) outcome(c *cmd, err error, how string) {
	c.waited, c.err, c.after = true, err, r.view.gone
	r.log("%s %v: %v", how, c, short(err))
	r.view.update()
}

func short(err error) string {
	s := fmt.Sprint(err)
	return s[:min(len(s), 160)]
}

// loop runs the loop over a stream, with ops in its body.
func (r *run) loop(ctx context.Context, c *cmd, o op) {
	lctx, stop, cancels := r.cancelled(ctx, o)
	defer stop()
	c.cancels = c.cancels || cancels
	c.busy = true
	turns, leave := 0, int(o.B%12)
	r.log("loop %v {", c)
	r.depth++
	begin := time.Now()
	var inside time.Duration
	err := c.loop(lctx, func() bool {
		turns++
		if turns <= 3 && r.depth < 4 {
			at := time.Now()
			r.do(ctx, o.Body)
			inside += time.Since(at)
		}
		if o.C&64 != 0 && turns > leave {
			c.left = true
			return false
		}
		return true
	})
	r.depth--
	c.busy = false
	r.outcome(c, err, fmt.Sprintf("} %d turns of", turns))
	if d := time.Since(begin) - inside; d > patience {
		r.fail("%v: a loop of %v: %v", c, d, err)
	}
}

// drain waits for all remaining commands, in random order.
func (r *run) drain(ctx context.Context) {
	r.ending = true
	for {
		list := r.open(nil)
		if len(list) == 0 {
			break
		}
		r.wait(ctx, list[r.rng.IntN(len(list))], op{})
	}
}

// finish lets the server send what it has not sent yet, and waits for all commands again.
func (r *run) finish(ctx context.Context) {
	for range 2 { // the server may answer the first NOOP before a command that was abandoned
		r.start(op{Kind: opNoop})
		r.wait(ctx, r.cmds[len(r.cmds)-1], op{})
		synctest.Wait()
	}
	for _, c := range r.cmds {
		if c.again == nil {
			continue
		}
		if err := c.again(ctx); !sameError(err, c.err) {
			r.fail("%v: the first wait ended with %v, and a second one with %v", c, c.err, err)
		}
	}
}

// sameError reports whether two errors have the same text.
func sameError(a, b error) bool {
	return a == b || a != nil && b != nil && a.Error() == b.Error() || reflect.DeepEqual(a, b)
}
