package parser

// A keeper copies octets for the Clone methods. It puts many slices into one allocation.
type keeper struct{ b []byte }

// bytes returns a copy of b. The copy is nil if b is nil, and empty but not nil if b is empty.
func (k *keeper) bytes(b []byte) []byte {
	if b == nil {
		return nil
	}
	if len(b) > cap(k.b)-len(k.b) || k.b == nil {
		k.b = make([]byte, 0, max(len(b), min(2*cap(k.b), 4096), 64))
	}
	at := len(k.b)
	k.b = append(k.b, b...)
	return k.b[at:len(k.b):len(k.b)]
}

func (k *keeper) address(a *Address) Address {
	return Address{k.bytes(a.Name), k.bytes(a.Route), k.bytes(a.Mailbox), k.bytes(a.Host)}
}

func (k *keeper) addresses(list []Address) []Address {
	if list == nil {
		return nil
	}
	c := make([]Address, len(list))
	for i := range list {
		c[i] = k.address(&list[i])
	}
	return c
}

func (k *keeper) params(list []Param) []Param {
	if list == nil {
		return nil
	}
	c := make([]Param, len(list))
	for i, p := range list {
		c[i] = Param{p.Name, k.bytes(p.Value)}
	}
	return c
}
