package disk

import (
	"fmt"
	"slices"
	"strings"

	"github.com/imapstack/imapstack/parser"
)

// Keywords are the flags of a mailbox other than the system flags, numbered in the order of their first use. A file
// stores them. The caller's lock guards the Keywords.
type Keywords struct {
	file  string
	names []string
	max   int
}

// OpenKeywords reads keywords from a file, which need not exist yet. The mailbox can have at most max keywords.
func OpenKeywords(file string, max int) (*Keywords, error) {
	names, err := ReadLines(file)
	return &Keywords{file, names, max}, err
}

// Names returns all keywords; the index of each is its number. The slice does not change later.
func (k *Keywords) Names() []string { return slices.Clip(k.names) }

// Number returns the number of a keyword, from 0. A new keyword gets the next number, which never changes. Case does
// not matter.
func (k *Keywords) Number(name string) (int, error) {
	if i := slices.IndexFunc(k.names, func(x string) bool { return strings.EqualFold(x, name) }); i >= 0 {
		return i, nil
	}
	if len(k.names) >= k.max {
		return 0, fmt.Errorf("%w: no more than %d keywords", parser.CodeLimit, k.max)
	}
	names := append(slices.Clip(k.names), name)
	if err := WriteLines(k.file, names); err != nil {
		return 0, err
	}
	k.names = names
	return len(names) - 1, nil
}
