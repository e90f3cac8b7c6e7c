package parser

// BodyStructure is the MIME structure of a message or of a part of it (RFC 9051 §7.5.2, BODY and BODYSTRUCTURE).
//
// Media types, names of parameters, dispositions and encodings are in lower case, as in package mime. Other text is
// as the server sent it; nil means NIL. All slices and pointers are valid until the next response is read; Clone
// returns a copy that the caller owns. The zero BodyStructure means that the server does not know the structure.
type BodyStructure struct {
	Type        string          // "text", "multipart", "message", …
	Subtype     string          // "plain", "mixed", "rfc822", …
	Params      []Param         // of Content-Type; valid until the next response is read
	ID          []byte          // Content-ID with its angle brackets; valid until the next response is read
	Description []byte          // Content-Description; valid until the next response is read
	Encoding    string          // "7bit", "base64", …; "" if the server sent none, which means "7bit"
	Size        uint64          // number of octets before decoding; 0 for a multipart
	Lines       uint64          // number of lines before decoding; only for text and messages
	Parts       []BodyStructure // of a multipart, which may have none; valid until the next response is read

	// Envelope and Body are only for message/rfc822 and message/global. They are nil if the server has not parsed
	// the message.
	Envelope *Envelope
	Body     *BodyStructure

	// The following fields are extension data, which only BODYSTRUCTURE has.
	Extended    bool
	MD5         []byte // Content-MD5; valid until the next response is read
	Disposition Disposition
	Language    []string // Content-Language; valid until the next response is read
	Location    []byte   // Content-Location; valid until the next response is read
	Extensions  []byte   // values that future extensions add, undecoded; valid until the next response is read

	// Invalid holds the octets of the part if not all of it can be understood. If only one value is malformed and all
	// others are of the kinds that their positions require, the other fields are set. Otherwise only the fields before
	// the first malformed value are set. Invalid is valid until the next response is read.
	Invalid []byte

	odd   bool            // whether Envelope has a field that could not be read
	parts []BodyStructure // backing array of Parts
	env   *Envelope       // the Envelope of an earlier message, for reuse
	body  *BodyStructure
	mem   *bodyMemory
}

// Param is a parameter of a Content-Type or a Content-Disposition.
type Param struct {
	Name  string // in lower case; RFC 2231 forms such as "filename*0*" are kept
	Value []byte // valid until the next response is read
}

// Disposition is a Content-Disposition (RFC 2183). The zero Disposition means none.
type Disposition struct {
	Type   string  // "attachment", "inline", …
	Params []Param // valid until the next response is read
}

// IsMultipart reports whether x is a multipart. A multipart without parts is still a multipart.
func (x *BodyStructure) IsMultipart() bool { return x.Type == "multipart" }

// IsMessage reports whether x contains a message: message/rfc822 or message/global (RFC 6532).
func (x *BodyStructure) IsMessage() bool {
	return x.Type == "message" && (x.Subtype == "rfc822" || x.Subtype == "global")
}

// MediaType returns type/subtype in lower case, or "" if the server does not know the structure.
func (x *BodyStructure) MediaType() string {
	if x.Type == "" {
		return ""
	}
	return x.Type + "/" + x.Subtype
}

// Param returns the value of a parameter of the Content-Type, or nil if there is none. The name is in lower case. The
// value is valid until the next response is read.
func (x *BodyStructure) Param(name string) []byte { return param(x.Params, name) }

// Param returns the value of a parameter of the disposition, or nil if there is none. The name is in lower case. The
// value is valid until the next response is read.
func (x *Disposition) Param(name string) []byte { return param(x.Params, name) }

func param(list []Param, name string) []byte {
	for _, p := range list {
		if p.Name == name {
			return p.Value
		}
	}
	return nil
}

// Walk calls visit with x and with each part in it, in order. It also passes the path of the part: the part numbers by
// which the section specifications of FETCH name the part (RFC 9051 §6.4.5.1). If the message is not a multipart, its
// only part has the path 1. A multipart that is the body of a message has the path of that message. If x itself is a
// multipart, its path is empty. The path is valid until visit returns. If visit returns false, Walk skips the parts
// within that part.
func (x *BodyStructure) Walk(visit func(path []uint32, part *BodyStructure) bool) {
	var path []uint32
	if x.mem != nil {
		// If visit calls Walk on x again, that inner Walk finds nil here, and allocates a path of its own.
		path, x.mem.path = x.mem.path, nil
	}
	if path == nil {
		path = make([]uint32, 0, 16)
	}
	if x.IsMultipart() {
		x.walk(path, visit)
	} else {
		x.walk(append(path, 1), visit)
	}
	if x.mem != nil {
		x.mem.path = path
	}
}

func (x *BodyStructure) walk(path []uint32, visit func([]uint32, *BodyStructure) bool) {
	if !visit(path, x) {
		return
	}
	for i := range x.Parts {
		x.Parts[i].walk(append(path, uint32(i)+1), visit)
	}
	switch {
	case x.Body == nil:
	case x.Body.IsMultipart():
		x.Body.walk(path, visit)
	default:
		x.Body.walk(append(path, 1), visit)
	}
}

// Part returns the part with a path as Walk passes it to visit, or nil if there is no such part. If a message and the
// multipart in it have the same path, Part returns the message.
func (x *BodyStructure) Part(path ...uint32) *BodyStructure {
	if !x.IsMultipart() && len(path) > 0 {
		if path[0] != 1 {
			return nil
		}
		path = path[1:]
	}
	for _, n := range path {
		if x.Body != nil {
			if x = x.Body; !x.IsMultipart() {
				if n != 1 {
					return nil
				}
				continue
			}
		}
		if n == 0 || uint64(n) > uint64(len(x.Parts)) {
			return nil
		}
		x = &x.Parts[n-1]
	}
	return x
}
