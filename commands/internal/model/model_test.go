package model

import (
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/session"
)

var (
	seedFlag   = flag.Uint64("model.seed", 1, "the first `seed`")
	countFlag  = flag.Int("model.count", 0, "so many programs, of as many seeds")
	opsFlag    = flag.Int("model.ops", 0, "as many programs as it takes for so many ops")
	fileFlag   = flag.String("model.file", "", "run the program in `FILE`, in JSON, instead")
	traceFlag  = flag.Bool("model.trace", false, "show what is said")
	serialFlag = flag.Bool("model.serial", false, "wait for each command as soon as it is started")
	keepFlag   = flag.Int("model.failures", 1, "stop after so many failures")
)

var trace *slog.Logger

// try runs a program in a bubble of its own, and returns what was wrong with it.
func try(t *testing.T, p *program) (failed []string) {
	defer func() {
		// A bubble in which nothing can go on, or which leaves a goroutine behind.
		if v := recover(); v != nil {
			failed = append(failed, fmt.Sprint("panic: ", v))
		}
	}()
	synctest.Test(t, func(*testing.T) { failed = execute(p) })
	return failed
}

var details = regexp.MustCompile(`\[[^]]*\]|"[^"]*"|\d+`)

// alike returns what a failure has in common with others of its kind.
func alike(failure string) string {
	failure, _, _ = strings.Cut(details.ReplaceAllString(failure, ""), "\n")
	return failure
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
		p.Serial = p.Serial || *serialFlag
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
