package imaptest

import "regexp"

// urlTokens finds the tokens of authorized URLs (RFC 4467 §9). Whoever has such a token can fetch the message.
var urlTokens = regexp.MustCompile(`((?i:;URLAUTH=)[^:"\s]+:[^:"\s]+:)[0-9A-Fa-f]+`)
