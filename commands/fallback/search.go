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

// Search searches for key, and for wider if the server does not take text in UTF-8: if it says BADCHARSET, or BAD. Microsoft 365 knows US-ASCII only.
// wider is without such text and finds what key does, and perhaps more: search.All, or what else key asks for. The way is Wider then, and the
// caller has to look at what was found. The result is the caller's.
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
