package parser

import (
	"github.com/imapstack/imapstack/wire"
)

// codeForms has a function for each code whose arguments have only one form. The function reads the arguments and drops
// the result. The decoder then tells whether the arguments have that form, and which rules were needed to read them.
var codeForms = map[CodeName]func(p *Reader, d *wire.Decoder){
	CodeAlreadyExists: noArgs, CodeAuthenticationFailed: noArgs, CodeAuthorizationFailed: noArgs, CodeBadComparator: noArgs,
	CodeCannot: noArgs, CodeClientBug: noArgs, CodeClosed: noArgs, CodeCompressionActive: noArgs, CodeContactAdmin: noArgs,
	CodeCorruption: noArgs, CodeExpired: noArgs, CodeExpungeIssued: noArgs, CodeHasChildren: noArgs, CodeInUse: noArgs,
	CodeLimit: noArgs, CodeNoModSeq: noArgs, CodeNonExistent: noArgs, CodeNoPerm: noArgs, CodeNotificationOverflow: noArgs,
	CodeNotSaved: noArgs, CodeOverQuota: noArgs, CodeParse: noArgs, CodePrivacyRequired: noArgs, CodeReadOnly: noArgs,
	CodeReadWrite: noArgs, CodeServerBug: noArgs, CodeTryCreate: noArgs, CodeUIDNotSticky: noArgs, CodeUIDRequired: noArgs,
	CodeUnavailable: noArgs, CodeUnknownCTE: noArgs, CodeUseAttr: noArgs, CodeAlert: noArgs,

	CodeUIDNext:       func(_ *Reader, d *wire.Decoder) { nzNumber(d) },
	CodeUIDValidity:   func(_ *Reader, d *wire.Decoder) { nzNumber(d) },
	CodeUnseen:        func(_ *Reader, d *wire.Decoder) { nzNumber(d) },
	CodeHighestModSeq: func(_ *Reader, d *wire.Decoder) { modSeq(d) },
	CodeAppendUID: func(_ *Reader, d *wire.Decoder) {
		d.NzNumber()
		d.SP()
		uidSet(d)
	},
	CodeCopyUID: func(_ *Reader, d *wire.Decoder) {
		d.NzNumber()
		d.SP()
		src := uidSet(d)
		d.SP()
		if uidSet(d) != src {
			d.Expected("as many UIDs as in the first set")
		}
	},
	CodeModified:       func(_ *Reader, d *wire.Decoder) { uidSet(d) },
	CodePermanentFlags: func(p *Reader, d *wire.Decoder) { p.flags = DecodePermanentFlags(d, reuse(p.flags)) },
	CodeCapability: func(_ *Reader, d *wire.Decoder) {
		for !d.AtEnd() {
			d.Atom()
			if !d.GotSP() {
				return
			}
		}
	},
	CodeBadCharset: func(_ *Reader, d *wire.Decoder) {
		if !d.AtEnd() {
			for range d.List {
				d.AString()
			}
		}
	},
	CodeMailboxID: func(_ *Reader, d *wire.Decoder) {
		for range d.List {
			d.Atom()
		}
	},
}

func noArgs(_ *Reader, _ *wire.Decoder) {}

// uidSet reads a sequence-set without "*", and returns how many numbers it has (RFC 9051 §9 uid-set).
func uidSet(d *wire.Decoder) (n uint64) {
	for {
		a := d.NzNumber()
		b := a
		if d.Got(':') {
			b = d.NzNumber()
		}
		n += uint64(max(a, b)) - uint64(min(a, b)) + 1
		if !d.Got(',') {
			return n
		}
	}
}
