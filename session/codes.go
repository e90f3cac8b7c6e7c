package session

import "github.com/imapstack/imapstack/parser"

// registeredCode reports whether package parser knows the response code c. The name of such a code is never scrubbed,
// even if a part of the name happens to be a user's password: the name is public, and programs depend on it.
func registeredCode(c parser.CodeName) bool {
	switch c {
	case parser.CodeAlert, parser.CodeAlreadyExists, parser.CodeAnnotate, parser.CodeAnnotations,
		parser.CodeAppendUID, parser.CodeAuthenticationFailed, parser.CodeAuthorizationFailed,
		parser.CodeBadCharset, parser.CodeBadComparator, parser.CodeBadEvent, parser.CodeBadURL, parser.CodeCannot,
		parser.CodeCapability, parser.CodeClientBug, parser.CodeClosed, parser.CodeCompressionActive,
		parser.CodeContactAdmin, parser.CodeCopyUID, parser.CodeCorruption, parser.CodeExpired,
		parser.CodeExpungeIssued, parser.CodeHasChildren, parser.CodeHighestModSeq, parser.CodeInProgress,
		parser.CodeInUse, parser.CodeLimit, parser.CodeMailboxID, parser.CodeMaxConvertMessages,
		parser.CodeMaxConvertParts, parser.CodeMessageLimit, parser.CodeMetadata, parser.CodeModified,
		parser.CodeNewName, parser.CodeNoModSeq, parser.CodeNonExistent, parser.CodeNoPerm,
		parser.CodeNotificationOverflow, parser.CodeNotSaved, parser.CodeNoUpdate, parser.CodeObjectID,
		parser.CodeOverQuota, parser.CodeParse, parser.CodePermanentFlags, parser.CodePrivacyRequired,
		parser.CodeReadOnly, parser.CodeReadWrite, parser.CodeReferral, parser.CodeServerBug, parser.CodeTempFail,
		parser.CodeTooBig, parser.CodeTooFew, parser.CodeTooMany, parser.CodeTryCreate, parser.CodeUIDNext,
		parser.CodeUIDNotSticky, parser.CodeUIDRequired, parser.CodeUIDValidity, parser.CodeUnavailable,
		parser.CodeUndefinedFilter, parser.CodeUnknownCTE, parser.CodeUnseen, parser.CodeURLMech,
		parser.CodeUseAttr, parser.CodeWebAlert:
		return true
	}
	return false
}
