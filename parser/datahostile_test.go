package parser

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// hostileData has values that could take more memory or time than their length suggests. The function in returns a
// value of roughly n octets.
var hostileData = map[string]struct {
	v  func() value
	in func(n int) string
}{
	"body: parentheses":   {newOf[BodyStructure], func(n int) string { return strings.Repeat("(", n) }},
	"body: parts":         {newOf[BodyStructure], func(n int) string { return "(" + strings.Repeat(`("a")`, n/5) + `"x")` }},
	"body: invalid parts": {newOf[BodyStructure], func(n int) string { return "(" + strings.Repeat(`(1(2))`, n/6) + `"x")` }},
	"body: parameters":    {newOf[BodyStructure], func(n int) string { return `("x" "y" (` + strings.Repeat(`a b `, n/4) + `a b) NIL NIL "7bit" 1)` }},
	"body: languages": {newOf[BodyStructure], func(n int) string {
		return `("x" "y" NIL NIL NIL "7bit" 1 NIL NIL (` + strings.Repeat(`a `, n/2) + `a))`
	}},
	"body: extensions": {newOf[BodyStructure], func(n int) string {
		return `("x" "y" NIL NIL NIL "7bit" 1 NIL NIL NIL NIL ` + strings.Repeat(`(`, n/2) + strings.Repeat(`)`, n/2) + `)`
	}},
	"body: long parts": {newOf[BodyStructure], func(n int) string { return strings.Repeat("(", 60) + strings.Repeat(`("a" `, n/5) }},
	"body: an error at each level": {newOf[BodyStructure], func(n int) string {
		return strings.Repeat("(", 60) + `("` + strings.Repeat("a", n) + `")` + strings.Repeat(` "x" 1 2 (3)) `, 60)
	}},
	"body: envelopes NIL": {newOf[BodyStructure], func(n int) string {
		return strings.Repeat(`("message" "rfc822" NIL NIL NIL "7bit" 1 NIL `, 60) + `("a" "b" ("c" "` + strings.Repeat("x", n) + `") NIL NIL "7bit" 1)` + strings.Repeat(" 1)", 60)
	}},
	"body: escapes": {newOf[BodyStructure], func(n int) string { return `("x" "y" NIL NIL "` + strings.Repeat(`\"`, n/2) + `" "7bit" 1)` }},
	"envelope: addresses": {newOf[Envelope], func(n int) string {
		return `(NIL NIL (` + strings.Repeat(`("" "" "" "")`, n/13) + `) NIL NIL NIL NIL NIL NIL NIL)`
	}},
	"envelope: no addresses": {newOf[Envelope], func(n int) string {
		return `(NIL NIL (` + strings.Repeat(`NIL `, n/4) + `) NIL NIL NIL NIL NIL NIL NIL)`
	}},
	"envelope: tokens": {newOf[Envelope], func(n int) string {
		return `(NIL NIL ((` + strings.Repeat(`a `, n/2) + `)) NIL NIL NIL NIL NIL NIL NIL)`
	}},
	"envelope: fields":      {newOf[Envelope], func(n int) string { return `(` + strings.Repeat(`NIL `, n/4) + `)` }},
	"envelope: quotes":      {newOf[Envelope], func(n int) string { return `("` + strings.Repeat(`"`, n) + `)` }},
	"list: attributes":      {newOf[ListData], func(n int) string { return `(` + strings.Repeat(`\a `, n/3) + `\a) "/" x` }},
	"list: children":        {newOf[ListData], func(n int) string { return `() "/" "x" (CHILDINFO (` + strings.Repeat(`a `, n/2) + `a))` }},
	"list: extensions":      {newOf[ListData], func(n int) string { return `() "/" x (` + strings.Repeat(`a 1 `, n/4) + `a 1)` }},
	"list: name":            {newOf[ListData], func(n int) string { return `() "/" ` + strings.Repeat(`a (`, n/3) }},
	"status: items":         {newOf[StatusData], func(n int) string { return `x (` + strings.Repeat(`A 1 `, n/4) + `A 1)` }},
	"status: name":          {newOf[StatusData], func(n int) string { return strings.Repeat(`a (`, n/6) + strings.Repeat(`)`, n/6) }},
	"search":                {newOf[SearchData], func(n int) string { return strings.Repeat(`1 `, n/2) + `1` }},
	"search: spaces":        {newOf[SearchData], func(n int) string { return strings.Repeat(`1  `, n/3) + `1` }},
	"search: zeros":         {newOf[SearchData], func(n int) string { return strings.Repeat(`0 `, n/2) + `1` }},
	"search: digits":        {newOf[SearchData], func(n int) string { return strings.Repeat(`1`, n) }},
	"esearch: ranges":       {newOf[ESearch], func(n int) string { return `ALL ` + strings.Repeat(`1,`, n/2) + `1` }},
	"esearch: items":        {newOf[ESearch], func(n int) string { return strings.Repeat(`A 1 `, n/4) + `A 1` }},
	"esearch: updates":      {newOf[ESearch], func(n int) string { return `ADDTO (` + strings.Repeat(`1 1 `, n/4) + `1 1)` }},
	"thread: row":           {newOf[ThreadData], func(n int) string { return `(` + strings.Repeat(`1 `, n/2) + `1)` }},
	"thread: lists":         {newOf[ThreadData], func(n int) string { return strings.Repeat(`(1)`, n/3) }},
	"thread: nesting":       {newOf[ThreadData], func(n int) string { return strings.Repeat(`(`, n) }},
	"capabilities":          {newOf[Capabilities], func(n int) string { return strings.Repeat(`A `, n/2) + `A` }},
	"namespaces":            {newOf[Namespace], func(n int) string { return `(` + strings.Repeat(`("" NIL)`, n/8) + `) NIL NIL` }},
	"namespace: extensions": {newOf[Namespace], func(n int) string { return `(("" NIL` + strings.Repeat(` "" ()`, n/6) + `)) NIL NIL` }},
	"id":                    {newOf[ID], func(n int) string { return `(` + strings.Repeat(`a b `, n/4) + `a b)` }},
	"acl":                   {newOf[ACL], func(n int) string { return `x` + strings.Repeat(` a b`, n/4) }},
	"list rights":           {newOf[ListRights], func(n int) string { return `x y z` + strings.Repeat(` a`, n/2) }},
	"quota":                 {newOf[Quota], func(n int) string { return `x (` + strings.Repeat(`A 1 1 `, n/6) + `A 1 1)` }},
	"quota roots":           {newOf[QuotaRoot], func(n int) string { return `x` + strings.Repeat(` a`, n/2) }},
	"metadata":              {newOf[Metadata], func(n int) string { return `x (` + strings.Repeat(`a NIL `, n/6) + `a NIL)` }},
	"metadata: changes":     {newOf[Metadata], func(n int) string { return `x` + strings.Repeat(` a`, n/2) }},
	"annotations":           {newOf[Annotation], func(n int) string { return `x` + strings.Repeat(` a ()`, n/5) }},
	"annotation: values":    {newOf[Annotation], func(n int) string { return `x a (` + strings.Repeat(`b "" `, n/5) + `b "")` }},
	"languages":             {newOf[Language], func(n int) string { return `(` + strings.Repeat(`a `, n/2) + `a)` }},
	"URLs":                  {newOf[GenURLAuth], func(n int) string { return strings.Repeat(`a `, n/2) + `a` }},
	"URL data":              {newOf[URLFetchData], func(n int) string { return strings.Repeat(`a NIL `, n/6) + `a NIL` }},
	"URL data: values":      {newOf[URLFetchData], func(n int) string { return `a` + strings.Repeat(` (A 1)`, n/6) }},
	"push fields":           {newOf[ApplePush], func(n int) string { return strings.Repeat(`a b `, n/4) + `a b` }},
	"conversion":            {newOf[Conversion], func(n int) string { return `a b (` + strings.Repeat(`a `, n/2) + `a)` }},
	"converted":             {newOf[Converted], func(n int) string { return `(TAG "a") (` + strings.Repeat(`a 1 `, n/4) + `a 1)` }},
	"batches":               {newOf[UIDBatches], func(n int) string { return `(TAG "a") ` + strings.Repeat(`1,`, n/2) + `1` }},
	"vanished":              {newOf[Vanished], func(n int) string { return strings.Repeat(`1,3,`, n/4) + `1` }},
	"flags":                 {newOf[flagList], func(n int) string { return `(` + strings.Repeat(`a `, n/2) + `a)` }},
	"flags: words":          {newOf[flagList], func(n int) string { return `(` + strings.Repeat(`] `, n/2) + `a)` }},
}

func newOf[T any, P interface {
	*T
	value
}]() value {
	return P(new(T))
}

// flagList is a list of flags with the methods of value.
type flagList struct{ list []Flag }

func (x *flagList) Decode(d *wire.Decoder) error {
	x.list = DecodeFlags(d, x.list[:0])
	return d.Err()
}

func (x *flagList) Encode(e *wire.Encoder) { EncodeFlags(e, x.list) }

// TestHostileData checks that the memory for decoding a value is proportional to the length of the value, or limited by
// a fixed amount, even if the value is refused. Each value is a megabyte long, so a decoder that takes quadratic time
// would not finish.
func TestHostileData(t *testing.T) {
	const n = 1 << 20
	for name, test := range hostileData {
		t.Run(name, func(t *testing.T) {
			b := []byte(test.in(n))
			v, d := test.v(), wire.NewDecoder(b)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := v.Decode(d)
			runtime.ReadMemStats(&after)
			var limit *wire.LimitError
			if err != nil && !isSyntax(err) && !errors.As(err, &limit) {
				t.Errorf("error %v, want none, a SyntaxError or a LimitError", err)
			}
			if err != nil && len(err.Error()) > 300 {
				t.Errorf("the error has %d octets, want at most 300", len(err.Error()))
			}
			// Count everything that was allocated, including slices that have been replaced by larger ones.
			if got := after.TotalAlloc - before.TotalAlloc; got > uint64(40<<20+16*len(b)) {
				t.Errorf("decoding %d octets allocated %d bytes", len(b), got)
			}
		})
	}
}
