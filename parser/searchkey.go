package parser

import (
	"iter"
	"slices"
	"time"

	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// These are names for search keys that have no word in the grammar.
const (
	KeyAnd = "AND" // all of Keys: a parenthesised list, or several keys in sequence
	KeySet = "SET" // a sequence-set without a word before it
)

// SearchKey is one key of a search, and the keys within it (RFC 9051 §6.4.4 search-key). The caller owns it, except
// for Args.
//
// The Name, which is in upper case, determines which fields the key has:
//
//	KeyAnd                                       Keys
//	OR                                           Keys, two or more: OR a OR b c has three
//	NOT, FUZZY (RFC 6203)                        Keys, one
//	KeySet, UID                                  Set
//	BCC BODY CC FROM SUBJECT TEXT TO             Text
//	HEADER                                       Field, Text
//	KEYWORD UNKEYWORD                            Text, a keyword
//	BEFORE ON SINCE SENTBEFORE SENTON SENTSINCE  Date
//	LARGER SMALLER                               Number, in octets
//	OLDER YOUNGER (RFC 5032)                     Number, in seconds
//	SAVEDBEFORE SAVEDON SAVEDSINCE (RFC 8514)    Date
//	MODSEQ (RFC 7162 §3.1.5)                     Number; Field, the entry, and Type if they were given
//	ANNOTATION (RFC 5257 §4.7)                   Field, the entry; Type, the attribute; Text or Null
//	EMAILID THREADID (RFC 8474), FILTER (5466)   Text
//	UIDAFTER UIDBEFORE (RFC 9738)                Number
//	X-GM-MSGID X-GM-THRID                        Number
//	X-GM-RAW X-GM-LABELS                         Text
//
// Other keys have no fields: ALL ANSWERED DELETED DRAFT FLAGGED SEEN UNANSWERED UNDELETED UNDRAFT UNFLAGGED UNSEEN,
// SAVEDATESUPPORTED (RFC 8514), and NEW OLD RECENT, which only RFC 3501 has.
//
// Text is in the charset of the search, undecoded.
type SearchKey struct {
	Name   string
	Keys   []SearchKey
	Set    numset.Set
	Text   string
	Field  string
	Type   string // for MODSEQ: "priv", "shared" or "all"; for ANNOTATION: "value", "value.priv" or "value.shared"
	Number uint64
	Date   time.Time // midnight UTC of the day, which has no time zone
	Null   bool      // for ANNOTATION: whether the value is NIL
	// Args is for a key that SearchArgs.Unknown has read. It has the octets that Unknown stored. If they are part
	// of the command, they are valid until the next command is read.
	Args []byte
}

// keyForm says what follows the name of a search key.
type keyForm uint8

const (
	formUnknown keyForm = iota
	formNone
	formText
	formHeader
	formFlag
	formDate
	formNumber
	formNumber64 // Gmail's identifiers have 64 bits
	formNonZero
	formUniqueID
	formID
	formFilter
	formSet
	formKey
	formKeys
	formModSeq
	formAnnotation
)

var keyForms = map[string]keyForm{
	"ALL": formNone, "ANSWERED": formNone, "DELETED": formNone, "DRAFT": formNone, "FLAGGED": formNone, "SEEN": formNone,
	"UNANSWERED": formNone, "UNDELETED": formNone, "UNDRAFT": formNone, "UNFLAGGED": formNone, "UNSEEN": formNone,
	"NEW": formNone, "OLD": formNone, "RECENT": formNone, "SAVEDATESUPPORTED": formNone,
	"BCC": formText, "BODY": formText, "CC": formText, "FROM": formText, "SUBJECT": formText, "TEXT": formText,
	"TO": formText, "X-GM-RAW": formText, "X-GM-LABELS": formText,
	"HEADER": formHeader, "KEYWORD": formFlag, "UNKEYWORD": formFlag,
	"BEFORE": formDate, "ON": formDate, "SINCE": formDate, "SENTBEFORE": formDate, "SENTON": formDate,
	"SENTSINCE": formDate, "SAVEDBEFORE": formDate, "SAVEDON": formDate, "SAVEDSINCE": formDate,
	"LARGER": formNumber, "SMALLER": formNumber, "X-GM-MSGID": formNumber64, "X-GM-THRID": formNumber64,
	"OLDER": formNonZero, "YOUNGER": formNonZero, "UIDAFTER": formUniqueID, "UIDBEFORE": formUniqueID,
	"EMAILID": formID, "THREADID": formID, "FILTER": formFilter,
	"UID": formSet, KeySet: formSet, "NOT": formKey, "FUZZY": formKey, "OR": formKeys, KeyAnd: formKeys,
	"MODSEQ": formModSeq, "ANNOTATION": formAnnotation,
}

// maxKeys is the largest number of keys in one search, on all levels together. A key can take much more space in
// memory than in the protocol.
const maxKeys = 1 << 13

// Decode reads one search key and its arguments. A sequence-set in it holds sequence numbers, even in UID SEARCH.
// If a word is not a search key, the error is an UnknownError.
func (k *SearchKey) Decode(d *wire.Decoder) error {
	r := keyReader{left: maxKeys}
	r.key(d, k)
	return at("search-key", d.Err())
}

// DecodeProgram reads search keys up to the end of the line, or up to the end of d. If there are several, k becomes a
// KeyAnd of all of them. A stored filter has this form (RFC 5466 §3.1).
func (k *SearchKey) DecodeProgram(d *wire.Decoder) error {
	r := keyReader{left: maxKeys}
	r.program(d, k)
	return at("search-key", d.Err())
}

// All yields k and every key within it.
func (k *SearchKey) All() iter.Seq[*SearchKey] {
	return func(yield func(*SearchKey) bool) { k.walk(yield) }
}

func (k *SearchKey) walk(yield func(*SearchKey) bool) bool {
	if !yield(k) {
		return false
	}
	for i := range k.Keys {
		if !k.Keys[i].walk(yield) {
			return false
		}
	}
	return true
}

// Uses reports whether k or a key within it has one of the names.
func (k *SearchKey) Uses(names ...string) bool {
	for key := range k.All() {
		if slices.Contains(names, key.Name) {
			return true
		}
	}
	return false
}

// UsesSaved reports whether k or a key within it has "$" (RFC 9051 §6.4.4.1).
func (k *SearchKey) UsesSaved() bool {
	for key := range k.All() {
		if key.Set.IsSaved() {
			return true
		}
	}
	return false
}

// String returns the key in the form of the protocol. It does not split literals.
func (k *SearchKey) String() string {
	e := wire.NewEncoder(wire.Mode{Server: true, UTF8: true, Binary: true})
	k.Encode(e)
	return string(e.Bytes())
}

// Encode writes the key. It makes e fail if a field is missing or has a value that the grammar does not allow.
func (k *SearchKey) Encode(e *wire.Encoder) {
	switch form := keyForms[k.Name]; form {
	case formKey, formKeys:
		k.encodeKeys(e)
	case formSet:
		if k.Name == "UID" {
			e.Atom(k.Name).SP()
		}
		encodeSet(e, k.Set, kindOf(k.Name == "UID"))
	case formUnknown:
		e.Atom(k.Name)
		if k.Args != nil {
			e.SP()
			encodeValue(e, k.Args)
		}
	default:
		e.Atom(k.Name)
		k.encodeArgs(e, form)
	}
}

func (k *SearchKey) encodeArgs(e *wire.Encoder, form keyForm) {
	switch form {
	case formText:
		e.SP().AString(k.Text)
	case formHeader:
		e.SP().AString(k.Field).SP().AString(k.Text)
	case formFlag, formID, formFilter:
		e.SP().Atom(k.Text)
	case formDate:
		e.SP()
		encodeDate(e, k.Date)
	case formNumber, formNumber64, formNonZero, formUniqueID:
		e.SP().Number64(k.Number)
	case formModSeq:
		if k.Field != "" {
			e.SP().Quoted(k.Field).SP().Atom(k.Type)
		}
		e.SP().Number64(k.Number)
	case formAnnotation:
		e.SP().ListMailbox(k.Field).SP().Atom(k.Type).SP()
		if k.Null {
			e.NIL()
		} else {
			e.String(k.Text)
		}
	}
}

func (k *SearchKey) encodeKeys(e *wire.Encoder) {
	n := len(k.Keys)
	switch {
	case n == 0 || k.Name == "OR" && n < 2 || keyForms[k.Name] == formKey && n > 1:
		e.Fail(&wire.ArgumentError{What: "search-key", Value: k.Name, Reason: "has the wrong number of keys"})
	case k.Name == KeyAnd:
		e.List(n, func(i int) { k.Keys[i].Encode(e) })
	case k.Name == "OR":
		for i := range k.Keys {
			if i > 0 {
				e.SP()
			}
			if i < n-1 {
				e.Atom("OR").SP()
			}
			k.Keys[i].Encode(e)
		}
	default:
		e.Atom(k.Name).SP()
		k.Keys[0].Encode(e)
	}
}

// EncodeProgram writes the keys of a search. A KeyAnd is written without parentheses.
func (k *SearchKey) EncodeProgram(e *wire.Encoder) {
	if k.Name != KeyAnd || len(k.Keys) < 2 {
		k.Encode(e)
		return
	}
	for i := range k.Keys {
		if i > 0 {
			e.SP()
		}
		k.Keys[i].Encode(e)
	}
}
