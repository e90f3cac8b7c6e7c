package commands_test

import (
	"context"
	"testing"
	"time"
)

// FuzzArguments passes any text as arguments to some rows of TestEveryStringArgument. Each row sends one command with
// that text, or is refused before an octet is sent.
func FuzzArguments(f *testing.F) {
	for i, s := range nasty {
		f.Add(s, "y", uint16(i*37))
		f.Add("y", s, uint16(i*53))
	}
	f.Fuzz(func(t *testing.T, a, b string, which uint16) {
		if len(a)+len(b) > 3000 {
			return
		}
		w := serverKinds[int(which)%len(serverKinds)]
		rows, heards := rowsOf(t, w)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		s, j := newRecorder(t, ctx, w)
		defer s.Close()
		for n := range min(len(rows), 24) {
			i := (int(which)/len(serverKinds) + n) % len(rows)
			if _, err := j.play(ctx, s, &rows[i], heards[i], a, b); err != nil {
				t.Fatalf("%s: %s of %q and %q: %v", w.name, rows[i].covers, a, b, err)
			}
		}
	})
}
