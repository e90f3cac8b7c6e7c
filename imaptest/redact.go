package imaptest

import "regexp"

// urlTokens finds the tokens of authorized URLs (RFC 4467 §9), with which anybody can fetch.
var urlTokens = regexp.MustCompile(`((?i:;URLAUTH=)[^:"\s]+:[^:"\s]+:)[0-9A-Fa-f]+`)
