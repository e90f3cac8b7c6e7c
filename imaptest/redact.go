package imaptest

import "regexp"

// urlTokens finds the tokens of authorized URLs (RFC 4467 §9), which whoever has them can fetch by.
var urlTokens = regexp.MustCompile(`((?i:;URLAUTH=)[^:"\s]+:[^:"\s]+:)[0-9A-Fa-f]+`)
