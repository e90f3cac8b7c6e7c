package parser

import (
	"bytes"

	"github.com/imapstack/imapstack/wire"
)

// A CodeName is the name of a response code, in upper case (RFC 9051 §7.1). It implements error, so that
// errors.Is(err, parser.CodeOverQuota) tells why a command failed.
type CodeName string

// Error returns the name. No function returns a CodeName as its error. A CodeName is an error only so that it can be
// the target of errors.Is.
func (c CodeName) Error() string { return string(c) }

// These are the response codes of RFC 9051, RFC 5530 and the registered extensions.
const (
	CodeAlert                CodeName = "ALERT"
	CodeAlreadyExists        CodeName = "ALREADYEXISTS"
	CodeAnnotate             CodeName = "ANNOTATE"    // RFC 5257
	CodeAnnotations          CodeName = "ANNOTATIONS" // RFC 5257
	CodeAppendUID            CodeName = "APPENDUID"
	CodeAuthenticationFailed CodeName = "AUTHENTICATIONFAILED"
	CodeAuthorizationFailed  CodeName = "AUTHORIZATIONFAILED"
	CodeBadCharset           CodeName = "BADCHARSET"
	CodeBadComparator        CodeName = "BADCOMPARATOR" // RFC 5255
	CodeBadEvent             CodeName = "BADEVENT"      // RFC 5465
	CodeBadURL               CodeName = "BADURL"        // RFC 4469
	CodeCannot               CodeName = "CANNOT"
	CodeCapability           CodeName = "CAPABILITY"
	CodeClientBug            CodeName = "CLIENTBUG"
	CodeClosed               CodeName = "CLOSED"
	CodeCompressionActive    CodeName = "COMPRESSIONACTIVE" // RFC 4978
	CodeContactAdmin         CodeName = "CONTACTADMIN"
	CodeCopyUID              CodeName = "COPYUID"
	CodeCorruption           CodeName = "CORRUPTION"
	CodeExpired              CodeName = "EXPIRED"
	CodeExpungeIssued        CodeName = "EXPUNGEISSUED"
	CodeHasChildren          CodeName = "HASCHILDREN"
	CodeHighestModSeq        CodeName = "HIGHESTMODSEQ" // RFC 7162
	CodeInProgress           CodeName = "INPROGRESS"    // RFC 9585
	CodeInUse                CodeName = "INUSE"
	CodeLimit                CodeName = "LIMIT"
	CodeMailboxID            CodeName = "MAILBOXID"          // RFC 8474
	CodeMaxConvertMessages   CodeName = "MAXCONVERTMESSAGES" // RFC 5259
	CodeMaxConvertParts      CodeName = "MAXCONVERTPARTS"    // RFC 5259
	CodeMessageLimit         CodeName = "MESSAGELIMIT"       // RFC 9738
	CodeMetadata             CodeName = "METADATA"           // RFC 5464
	CodeModified             CodeName = "MODIFIED"           // RFC 7162
	CodeNewName              CodeName = "NEWNAME"            // RFC 2060
	CodeNoModSeq             CodeName = "NOMODSEQ"           // RFC 7162
	CodeNonExistent          CodeName = "NONEXISTENT"
	CodeNoPerm               CodeName = "NOPERM"
	CodeNotificationOverflow CodeName = "NOTIFICATIONOVERFLOW" // RFC 5465
	CodeNotSaved             CodeName = "NOTSAVED"
	CodeNoUpdate             CodeName = "NOUPDATE" // RFC 5267
	CodeObjectID             CodeName = "OBJECTID"
	CodeOverQuota            CodeName = "OVERQUOTA"
	CodeParse                CodeName = "PARSE"
	CodePermanentFlags       CodeName = "PERMANENTFLAGS"
	CodePrivacyRequired      CodeName = "PRIVACYREQUIRED"
	CodeReadOnly             CodeName = "READ-ONLY"
	CodeReadWrite            CodeName = "READ-WRITE"
	CodeReferral             CodeName = "REFERRAL" // RFC 2221
	CodeServerBug            CodeName = "SERVERBUG"
	CodeTempFail             CodeName = "TEMPFAIL" // RFC 5259
	CodeTooBig               CodeName = "TOOBIG"
	CodeTooFew               CodeName = "TOOFEW"  // RFC 10022
	CodeTooMany              CodeName = "TOOMANY" // RFC 10022
	CodeTryCreate            CodeName = "TRYCREATE"
	CodeUIDNext              CodeName = "UIDNEXT"
	CodeUIDNotSticky         CodeName = "UIDNOTSTICKY"
	CodeUIDRequired          CodeName = "UIDREQUIRED" // RFC 9586
	CodeUIDValidity          CodeName = "UIDVALIDITY"
	CodeUnavailable          CodeName = "UNAVAILABLE"
	CodeUndefinedFilter      CodeName = "UNDEFINED-FILTER" // RFC 5466
	CodeUnknownCTE           CodeName = "UNKNOWN-CTE"
	CodeUnseen               CodeName = "UNSEEN"  // RFC 3501
	CodeURLMech              CodeName = "URLMECH" // RFC 4467
	CodeUseAttr              CodeName = "USEATTR" // RFC 6154
	CodeWebAlert             CodeName = "WEBALERT"
)

// Code is a response code, which a server sends in brackets before the text of a status response. The zero Code
// means that the server sent none.
type Code struct {
	Name CodeName
	Args []byte // what follows the name, undecoded; valid until the next response is read
}

// Decode calls f to decode the arguments. It returns an error if they cannot be read or if something follows them.
func (c Code) Decode(f func(d *wire.Decoder)) error {
	d := wire.NewDecoder(c.Args)
	f(d)
	if d.Err() == nil && !d.AtEnd() {
		d.Expected("the end of the response code")
	}
	return at(string(c.Name), d.Err())
}

// Clone returns a copy that the caller owns.
func (c Code) Clone() Code { return Code{c.Name, bytes.Clone(c.Args)} }

// Encode writes the code with its brackets. It writes nothing for the zero Code.
func (c Code) Encode(e *wire.Encoder) {
	if c.Name == "" {
		return
	}
	e.Byte('[').Atom(string(c.Name))
	if len(c.Args) > 0 {
		e.SP().RawBytes(c.Args)
	}
	e.Byte(']')
}
