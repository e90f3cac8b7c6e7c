package parser

import "github.com/imapstack/imapstack/wire"

// Data is the payload of an untagged response, decoded into a type of this package. It is valid until the next
// response is read.
type Data interface {
	// Decode reads what follows the response's name.
	Decode(d *wire.Decoder) error
	// Encode writes what Decode reads.
	Encode(e *wire.Encoder)
}

func data[T any, P interface {
	*T
	Data
}]() Data {
	return P(new(T))
}

var dataNames = map[string]func() Data{
	"CAPABILITY": data[Capabilities], "ENABLED": data[Capabilities],
	"LIST": data[ListData], "LSUB": data[ListData], "XLIST": data[ListData], "RLIST": data[ListData], "RLSUB": data[ListData],
	"STATUS": data[StatusData], "NAMESPACE": data[Namespace], "ID": data[ID],
	"SEARCH": data[SearchData], "SORT": data[SortData], "ESEARCH": data[ESearch], "THREAD": data[ThreadData],
	"QUOTA": data[Quota], "QUOTAROOT": data[QuotaRoot], "ACL": data[ACL], "LISTRIGHTS": data[ListRights], "MYRIGHTS": data[MyRights],
	"METADATA": data[Metadata], "ANNOTATION": data[Annotation], "LANGUAGE": data[Language], "COMPARATOR": data[Comparator],
	"JMAPACCESS": data[JMAPAccess], "UIDBATCHES": data[UIDBatches], "XAPPLEPUSHSERVICE": data[ApplePush],
	"CONVERSION": data[Conversion], "GENURLAUTH": data[GenURLAuth], "URLFETCH": data[URLFetchData], "VANISHED": data[Vanished],
}

// NewData returns a value that decodes the payload of an untagged response, such as a *ListData for "LIST". The name is
// in upper case. NewData returns nil for unknown names, for responses with a number before the name, such as FETCH and
// EXISTS, and for FLAGS, which DecodeFlags reads.
func NewData(name string) Data {
	if f := dataNames[name]; f != nil {
		return f()
	}
	return nil
}
