package fallback

import (
	"context"
	"errors"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// Search searches for key. If the server answers BADCHARSET or BAD, it may not accept text in UTF-8 (Microsoft 365
// accepts only US-ASCII). Search then sends a second search, with wider in place of key. wider must match every message
// that key matches, and contain only US-ASCII: it may be search.All, or key without the text. After a second search,
// Search returns the Way Wider, and the caller has to check which of the messages match. The result is the caller's.
func Search(ctx context.Context, s *session.Session, kind numset.Kind, key, wider search.Key, options ...search.Return) (commands.SearchResult, Way, error) {
	found, err := commands.Search(s, kind, key, options...).Wait(ctx)
	if err == nil {
		return found, Direct, nil
	}
	if !errors.Is(err, parser.CodeBadCharset) && !errors.Is(err, parser.BAD) || s.Err() != nil {
		return found, None, err
	}
	if found, err = commands.Search(s, kind, wider, options...).Wait(ctx); err != nil {
		return found, None, err
	}
	return found, Wider, nil
}
