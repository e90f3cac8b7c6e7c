package parser

import "github.com/imapstack/imapstack/wire"

// EncodeData writes an untagged response, line end included: its name, in upper case, and the payload that data writes,
// if it has one. It is for the types of this package whose Encode writes a payload, such as ListData and Capabilities.
func EncodeData(e *wire.Encoder, name string, data interface{ Encode(e *wire.Encoder) }) {
	e.Raw("* ").Atom(name)
	if x, ok := data.(interface{ empty() bool }); data != nil && !(ok && x.empty()) {
		data.Encode(e.SP())
	}
	e.CRLF()
}

func (x *SearchData) empty() bool   { return len(x.Nums) == 0 && x.ModSeq == 0 }
func (x *ThreadData) empty() bool   { return len(x.Nodes) == 0 }
func (x *Capabilities) empty() bool { return len(x.Names) == 0 }
func (x *ESearch) empty() bool {
	if x.Tag != nil || x.UID || len(x.Ext) > 0 {
		return false
	}
	for i := range esearchNames {
		if item := ESearchItems(1) << i; x.Has(item) && x.tells(item) {
			return false
		}
	}
	return true
}
