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

// Search searches for key, and then for wider if the server does not accept text in UTF-8: if it says BADCHARSET or
// BAD. Microsoft 365 accepts only US-ASCII. wider must not hold such text, and must match whatever key matches:
// search.All, for example, or the rest of key. Then the way is Wider, and the caller has to check the messages that
// were found. The result is the caller's.
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
