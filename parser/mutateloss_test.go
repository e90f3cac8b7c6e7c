package parser

// loss is a kind of damage by which more is lost than what is damaged, because it must be. docs/quirks.md has them.
type loss struct {
	name   string // of the kind, as a sentence's subject
	why    string // the rest of the sentence
	before bool   // what stood before the damage may be lost too
	covers func(m *mutant) bool
}

var losses = []loss{}
