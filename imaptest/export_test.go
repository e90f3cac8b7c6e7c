package imaptest

// Hear gives a recorder what a side sends.
func Hear(r *Recorder, from Side, b []byte) { r.hear(from, b) }
