// Package numset holds sets of message numbers: sequence numbers or UIDs, as ranges that are never
// expanded (RFC 9051 §9 sequence-set).
package numset
