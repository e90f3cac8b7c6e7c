package imaptest

import (
	"math/rand/v2"
	"time"

	"github.com/imapstack/imapstack/parser"
)

// Chaos returns a random fault and an occasion for it. The seed alone determines both. A test can run a program against
// hundreds of faults, and print the seed when the program fails. If stalls is false, no fault stalls without end, so
// that a program without timeouts can be tested.
//
//	for seed := range uint64(500) {
//		srv.Inject(imaptest.Chaos(seed, false))
func Chaos(seed uint64, stalls bool) (Fault, When) {
	r := rand.New(rand.NewPCG(seed, 0xc4a05))
	side := Side(r.IntN(4) > 0)
	after := int64(r.IntN(1 << (3 + r.IntN(8))))
	faults := []Fault{
		Cut{From: side, After: after}, Cut{From: side, After: after, Reset: true}, HalfClose{From: side, After: after},
		Slow{Latency: time.Duration(r.IntN(50)) * time.Millisecond, Jitter: 10 * time.Millisecond, Bandwidth: int64(1000 << r.IntN(10))},
		Tear{From: side, Max: 1 + r.IntN(20)},
		Intrude{From: ServerSide, After: after, Data: []string{"\x00", "\r\n", "* ", "{10}\r\n", "\xff\xfe", "+ \r\n", "* BYE\r\n", ")", "\""}[r.IntN(9)]},
		Delay{For: time.Duration(r.IntN(100)) * time.Second}, Bye{}, Bye{Code: parser.CodeUnavailable, Text: "try later"},
		Answer{}, Answer{Status: parser.BAD}, Answer{Code: parser.CodeInUse}, Answer{Status: parser.OK},
		Say{[]string{"* 1000000 EXISTS"}}, Say{[]string{"* 1 EXPUNGE"}}, Say{[]string{"* OK [ALERT] hear"}}, Say{[]string{"* 0 EXISTS", "* FLAGS ()"}},
		Say{[]string{"* CAPABILITY"}}, Say{[]string{"* NEW-THING (1 \"x\" NIL)"}}, Say{[]string{""}}, Say{[]string{"+ unasked"}},
		RefuseLiteral{}, RefuseLiteral{Status: parser.BAD},
		FalseUIDValidity{Value: r.Uint32()}, ChangeUIDValidity{Value: 1 + r.Uint32N(1000)},
		Vanish{Nth: 1 + r.IntN(3), How: VanishHow(r.IntN(4))},
		Duplicate{}, Duplicate{Tagged: true}, Shuffle{}, Overtake{}, WrongTag{}, InvalidUTF8{},
		GiantLiteral{Send: r.IntN(1000)}, EndlessLine{Octets: int64(r.IntN(1 << 20))}, DeepNesting{Depth: 1 + r.IntN(1000)},
	}
	if stalls {
		faults = append(faults, Stall{From: side, After: after}, EndlessLine{}, WrongTag{}, GiantLiteral{Send: r.IntN(1 << 20)})
	}
	f := faults[r.IntN(len(faults))]
	w := When{Times: 1 + r.IntN(2)}
	commands := []string{"", "", "SELECT", "FETCH", "STORE", "APPEND", "SEARCH", "NOOP", "LOGOUT", "LOGIN", "LIST", "STATUS", "COPY", "IDLE", "EXPUNGE"}
	w.Command = commands[r.IntN(len(commands))]
	if o, ok := f.(onlyFor); ok {
		w.Command = o.occasion()
	}
	if _, changes := f.(change); changes {
		return f, w
	}
	switch f.(type) {
	case RefuseLiteral, Vanish:
		return f, w
	case Answer:
		w.Moment = []Moment{Before, After}[r.IntN(2)]
	default:
		w.Moment = Moment(r.IntN(3))
		if w.Moment == During {
			w.Response = r.IntN(4)
		}
	}
	return f, w
}
