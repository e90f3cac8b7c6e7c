package message

import (
	"testing"

	"github.com/imapstack/imapstack/wire"
)

const typical = "Return-Path: <alice@example.org>\r\nReceived: from mx.example.org (mx.example.org [192.0.2.1])\r\n" +
	"\tby mail.example.com with ESMTPS id 4711\r\n\tfor <bob@example.com>; Mon, 2 Mar 2026 10:00:00 +0100\r\n" +
	"DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=a; h=from:to:subject; bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=;\r\n" +
	"\tb=dzdVyOfAKCdLXdJOc9G2q8LoXSlEniSbav+yuU4zGeeruD00lszZVoG4ZHRNiYzR\r\n" +
	"Date: Mon, 2 Mar 2026 10:00:00 +0100\r\nFrom: =?utf-8?q?Alice_M=C3=BCller?= <alice@example.org>\r\n" +
	"To: Bob <bob@example.com>, \"Carol, C.\" <carol@example.com>\r\nSubject: Re: [team] the plan\r\n" +
	"Message-ID: <abc.123@example.org>\r\nIn-Reply-To: <def@example.com>\r\nReferences: <1@x> <2@x> <def@example.com>\r\n" +
	"MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"=_b\"\r\n\r\n" +
	"--=_b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nHello Bob,\r\n\r\nyes.\r\n\r\n" +
	"--=_b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hello Bob,</p><p>yes.</p>\r\n--=_b--\r\n"

func BenchmarkStructure(b *testing.B) {
	b.ReportAllocs()
	b.SetBytes(int64(len(typical)))
	for b.Loop() {
		m := New([]byte(typical))
		m.Envelope()
		m.BodyStructure()
	}
}

// BenchmarkStructureAgain asks for a result that has already been computed.
func BenchmarkStructureAgain(b *testing.B) {
	m := New([]byte(typical))
	b.ReportAllocs()
	for b.Loop() {
		m.Envelope()
		m.BodyStructure()
	}
}

func BenchmarkThreadIDs(b *testing.B) {
	m := New([]byte(typical))
	b.ReportAllocs()
	for b.Loop() {
		m.ThreadIDs()
	}
}

// BenchmarkScan finds the parts of a large message.
func BenchmarkScan(b *testing.B) {
	big := []byte(typical[:len(typical)-len("--=_b--\r\n")])
	for len(big) < 10<<20 {
		big = append(big, "0123456789012345678901234567890123456789012345678901234567890123456789012345\r\n"...)
	}
	b.SetBytes(int64(len(big)))
	for b.Loop() {
		New(big).Root()
	}
}

// BenchmarkEncoded measures ENVELOPE and BODYSTRUCTURE after they have been sent once.
func BenchmarkEncoded(b *testing.B) {
	m := New([]byte("From: a <a@example.com>\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b--\r\n"))
	e := wire.NewEncoder(wire.Mode{Server: true})
	b.ReportAllocs()
	for b.Loop() {
		e.Reset(e.Mode())
		m.EncodeEnvelope(e)
		m.EncodeBodyStructure(e)
	}
}
