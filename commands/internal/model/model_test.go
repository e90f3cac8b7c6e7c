package model

import (
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

var (
	seedFlag  = flag.Uint64("model.seed", 1, "the first `seed`")
	countFlag = flag.Int("model.count", 150, "how many programs to run, each from its own seed")
	opsFlag   = flag.Int("model.ops", 0, "run programs until they have executed this many ops")
	fileFlag  = flag.String("model.file", "", "run only the program in `FILE`, in JSON")
	traceFlag = flag.Bool("model.trace", false, "show what is sent")
	forceFlag = flag.String("model.force", "{}", "settings of all programs, in `JSON`, such as {\"Serial\":true,\"Delay\":0}")
	keepFlag  = flag.Int("model.failures", 1, "stop after this many failures")
)

var trace *slog.Logger

// try runs a program in a bubble of its own, and returns its failures.
func try(t *testing.T, p *program) (failed []string) {
	defer func() {
		// The bubble is deadlocked, or a goroutine is left in it.
		if v := recover(); v != nil {
			failed = append(failed, fmt.Sprint("panic: ", v))
		}
	}()
	// If a goroutine in the bubble never blocks, no time passes in the bubble. So this timer is outside the bubble.
	defer time.AfterFunc(time.Minute, func() {
		stack := make([]byte, 1<<20)
		fmt.Fprintf(os.Stderr, "model: a program does not end:\n%v\n%s\n", p, stack[:runtime.Stack(stack, true)])
		os.Exit(2)
	}).Stop()
	synctest.Test(t, func(*testing.T) { failed = execute(p) })
	return failed
}

var details = regexp.MustCompile(`\[[^]]*\]|"[^"]*"|\d+`)

// alike returns the part of a failure's text that is the same for all failures of its kind.
func alike(failure string) string {
	failure, _, _ = strings.Cut(details.ReplaceAllString(failure, ""), "\n")
	return failure
}

// TestModelNotices lets the server make mistakes that the session cannot correct, and checks that the model notices
// them.
func TestModelNotices(t *testing.T) {
	defer func() { mishap = nil }()
	for _, c := range []struct {
		fault   imaptest.Fault
		command string
		want    string
	}{
		{imaptest.Duplicate{}, "FETCH", "tells 2 times"},
		{imaptest.FalseUIDValidity{Value: 5}, "SELECT", "opened"},
		{imaptest.Answer{Status: parser.NO}, "STORE", "was answered NO"},
		{imaptest.Say{Lines: []string{"* 9 FETCH (UID 2009 FLAGS ())", "* 9 FETCH (UID 1009 FLAGS ())"}}, "NOOP", "FETCH response for UID"},
		{imaptest.Say{Lines: []string{"* 1 EXPUNGE"}}, "STATUS", ""},
		{imaptest.Say{Lines: []string{"* 2 EXISTS"}}, "STATUS", ""},
	} {
		mishap = func(srv *imaptest.Server) { srv.Inject(c.fault, imaptest.When{Command: c.command}) }
		noticed := false
		for seed := uint64(1); seed <= 60 && !noticed; seed++ {
			p := draw(seed)
			p.Serial, p.Cancels = true, 0
			noticed = slices.ContainsFunc(try(t, p), func(f string) bool { return strings.Contains(f, c.want) })
		}
		if !noticed {
			t.Errorf("%v of %s: the model has noticed nothing", c.fault, c.command)
		}
	}
}

// TestModel runs random programs.
func TestModel(t *testing.T) {
	if *traceFlag {
		trace = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: session.LevelTrace}))
	}
	if *fileFlag != "" {
		b, err := os.ReadFile(*fileFlag)
		p := new(program)
		if err == nil {
			err = json.Unmarshal(b, p)
		}
		if err != nil {
			t.Fatal(err)
		}
		if failed := try(t, p); len(failed) > 0 {
			t.Fatal(strings.Join(failed, "\n"))
		}
		return
	}
	ops, failures, begin := 0, 0, time.Now()
	for n := 0; *opsFlag > 0 && ops < *opsFlag || *opsFlag == 0 && n < *countFlag; n++ {
		p := draw(*seedFlag + uint64(n))
		if err := json.Unmarshal([]byte(*forceFlag), p); err != nil {
			t.Fatal(err)
		}
		ops += count(p.Ops)
		failed := try(t, p)
		if len(failed) == 0 {
			continue
		}
		small := shrink(p, func(q *program) bool {
			return slices.ContainsFunc(try(t, q), func(f string) bool { return alike(f) == alike(failed[0]) })
		})
		t.Errorf("seed %d: %s\n  the smallest program that fails: %v\n  %s", p.Seed, failed[0], small, strings.Join(try(t, small), "\n  "))
		if failures++; failures >= *keepFlag {
			break
		}
	}
	t.Logf("%d ops in %v, seeds from %d", ops, time.Since(begin).Round(time.Second), *seedFlag)
}
