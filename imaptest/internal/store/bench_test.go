package store

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/imapstack/imapstack/parser/message"
)

var sizes = []int{1_000, 10_000, 100_000}

// fill returns a user whose INBOX has n messages.
func fill(b *testing.B, n int) (*User, *Mailbox) {
	b.Helper()
	u, m := newUser(b, Options{})
	c := message.New([]byte("Message-ID: <a@b>\r\n\r\nhi\r\n"))
	batch := make([]NewMessage, n)
	for i := range batch {
		batch[i] = NewMessage{Content: c}
	}
	if _, err := m.Append(batch...); err != nil {
		b.Fatal(err)
	}
	return u, m
}

func each(b *testing.B, f func(b *testing.B, n int)) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			f(b, n)
		})
	}
}

func open(b *testing.B, u *User) *View {
	b.Helper()
	v, err := u.Select("INBOX", SelectOptions{})
	if err != nil {
		b.Fatal(err)
	}
	return v
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		newUser(b, Options{})
	}
}

// BenchmarkAppend adds a message to a mailbox. Another view of the mailbox gets the change.
func BenchmarkAppend(b *testing.B) {
	each(b, func(b *testing.B, n int) {
		u, m := fill(b, n)
		v := open(b, u)
		c := message.New([]byte("Message-ID: <a@b>\r\n\r\nhi\r\n"))
		for b.Loop() {
			if _, err := m.Append(NewMessage{Content: c}); err != nil {
				b.Fatal(err)
			}
			v.Sync(true)
		}
	})
}

// BenchmarkStore flags one message. Another view gets the change.
func BenchmarkStore(b *testing.B) {
	each(b, func(b *testing.B, n int) {
		u, _ := fill(b, n)
		v, w := open(b, u), open(b, u)
		seq := uint32(1)
		op := AddFlags
		for b.Loop() {
			if _, err := v.Store([]Range{span(seq, seq)}, op, []string{Seen}, StoreOptions{}); err != nil {
				b.Fatal(err)
			}
			v.Sync(true)
			w.Sync(true)
			if seq++; int(seq) > n {
				seq = 1
				op = SetFlags + RemoveFlags - op + 1
			}
		}
	})
}

// BenchmarkExpunge expunges one message and adds one. Another view gets the changes.
func BenchmarkExpunge(b *testing.B) {
	each(b, func(b *testing.B, n int) {
		u, m := fill(b, n)
		v, w := open(b, u), open(b, u)
		c := message.New([]byte("\r\nhi\r\n"))
		for i := 0; b.Loop(); i++ {
			seq := uint32(i*7919%v.Len() + 1)
			if _, err := v.Store([]Range{span(seq, seq)}, AddFlags, []string{Deleted}, StoreOptions{Silent: true}); err != nil {
				b.Fatal(err)
			}
			if k, err := v.Expunge(v.All()); k != 1 || err != nil {
				b.Fatal(k, err)
			}
			if _, err := m.Append(NewMessage{Content: c}); err != nil {
				b.Fatal(err)
			}
			v.Sync(true)
			w.Sync(true)
		}
	})
}

// BenchmarkExpungeAll expunges all messages at once. Another view gets the changes.
func BenchmarkExpungeAll(b *testing.B) {
	each(b, func(b *testing.B, n int) {
		for b.Loop() {
			b.StopTimer()
			u, m := fill(b, n)
			v, w := open(b, u), open(b, u)
			b.StartTimer()
			if _, err := v.Store(v.All(), AddFlags, []string{Deleted}, StoreOptions{Silent: true}); err != nil {
				b.Fatal(err)
			}
			if k, err := v.Expunge(v.All()); k != n || err != nil {
				b.Fatal(k, err)
			}
			v.Sync(true)
			if got := len(w.Sync(true)); got < n || m.Status().Messages != 0 {
				b.Fatal(got)
			}
		}
	})
}

func BenchmarkSelect(b *testing.B) {
	each(b, func(b *testing.B, n int) {
		u, _ := fill(b, n)
		for b.Loop() {
			open(b, u).Close()
		}
	})
}

// BenchmarkItems reads all messages, as FETCH 1:* (FLAGS) does. The time per operation is for all messages together.
func BenchmarkItems(b *testing.B) {
	each(b, func(b *testing.B, n int) {
		u, _ := fill(b, n)
		v := open(b, u)
		for b.Loop() {
			k := 0
			for it := range v.Items(v.All()) {
				if it.Flags != nil {
					k++
				}
			}
			if k != n {
				b.Fatal(k)
			}
		}
	})
}

// BenchmarkStoreAll flags all messages at once.
func BenchmarkStoreAll(b *testing.B) {
	each(b, func(b *testing.B, n int) {
		u, _ := fill(b, n)
		v := open(b, u)
		op := AddFlags
		for b.Loop() {
			if _, err := v.Store(v.All(), op, []string{Seen, "$x"}, StoreOptions{}); err != nil {
				b.Fatal(err)
			}
			op = AddFlags + RemoveFlags - op
		}
	})
}

// BenchmarkTell1000 adds a message to a mailbox with 1,000 views, which all get the change.
func BenchmarkTell1000(b *testing.B) {
	each(b, func(b *testing.B, n int) {
		u, m := fill(b, n)
		views := make([]*View, 1000)
		woken := 0
		for i := range views {
			var err error
			if views[i], err = u.Select("INBOX", SelectOptions{Notify: func() { woken++ }}); err != nil {
				b.Fatal(err)
			}
		}
		c := message.New([]byte("\r\nhi\r\n"))
		rounds := 0
		for b.Loop() {
			if _, err := m.Append(NewMessage{Content: c}); err != nil {
				b.Fatal(err)
			}
			for _, v := range views {
				v.Sync(true)
			}
			rounds++
		}
		if woken != rounds*len(views) {
			b.Fatalf("%d views were woken in %d rounds", woken, rounds)
		}
	})
}

// BenchmarkIdleView reports as B/op how much memory an open view takes when it has no pending changes.
func BenchmarkIdleView(b *testing.B) {
	each(b, func(b *testing.B, n int) {
		u, _ := fill(b, n)
		views := make([]*View, 0, 1<<20)
		for b.Loop() {
			views = append(views, open(b, u))
		}
		runtime.KeepAlive(views)
	})
}
