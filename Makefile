GO ?= go
FUZZTIME ?= 30s
# Directories with modules of their own, which ./... does not include.
NESTED := $(patsubst %/go.mod,%,$(wildcard docs/bench/go.mod docs/differential/go.mod docs/examples/*/go.mod))

.DEFAULT_GOAL := help
MODELOPS ?= 1000000
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
.PHONY: help demo test race cut model check mutate fuzz fuzz-ci bench cover interop

help:
	@echo 'make demo     read a mailbox of a server in memory'
	@echo 'make test     run every test that needs nothing but Go'
	@echo 'make race     run the tests of the main module under the race detector (needs a C compiler)'
	@echo 'make cut      end sessions after every octet, through TLS, STARTTLS and DEFLATE too (takes minutes; make test tries only some octets there)'
	@echo 'make model    run random programs, a million operations on sessions in all, and compare each result with a model'
	@echo 'make check    check formatting, vet, staticcheck, and the rules of the project'
	@echo 'make interop  try the client on real servers and through proxies, and the server with real clients (Debian, as root)'
	@echo 'make mutate   damage every token of each test response in many ways, and print how much is still read'
	@echo 'make fuzz     run each fuzz target for FUZZTIME ($(FUZZTIME)); make fuzz-ci runs each for 3 seconds'
	@echo 'make bench    compare with other libraries; BENCH="-n 1 flags huge" does a part of it'
	@echo 'make cover    write coverage to cover.out'

demo:
	$(GO) run ./docs/examples/inbox

test:
	$(GO) test -timeout 20m ./...
	cd docs/differential && $(GO) test -timeout 20m ./...
	cd docs/examples/goimap && $(GO) test -timeout 20m ./...
	cd docs/examples/gomessage && $(GO) test -timeout 20m ./...
	cd docs/bench && $(GO) test -run '^TestServer' .
	@[ -n "$$IMAPSTACK_DOVECOT" ] || echo 'SKIPPED: the tests on real servers; "make interop" installs Dovecot and Cyrus (Debian) and runs them'
	@command -v python3 >/dev/null || echo 'SKIPPED: the example of docs/testing.md that needs Python'

race:
	$(GO) test -race -timeout 25m ./...

cut:
	$(GO) test -count=1 -timeout 60m -run TestCutTranscripts ./commands -cut.every

model:
	$(GO) test -count=1 -timeout 120m -v ./commands/internal/model -run TestModel -model.ops $(MODELOPS) -model.seed $$(date +%s)000

check:
	@out=$$(gofmt -s -l .); if [ -n "$$out" ]; then echo "gofmt -s would change:"; echo "$$out"; exit 1; fi
	$(GO) vet ./...
	$(GO) mod tidy -diff
	$(GO) run $(STATICCHECK) ./...
	@set -e; for dir in $(NESTED); do \
		echo "in $$dir"; (cd "$$dir" && $(GO) vet ./... && $(GO) mod tidy -diff && $(GO) run $(STATICCHECK) ./...); \
	done
	$(GO) test -count=1 -run '^TestRule' ./imaptest

interop:
	cd docs/bench && $(GO) test -count=1 -run '^TestServer' .
	./imaptest/interop/run.sh

mutate:
	$(GO) test ./parser -run '^TestMutations$$' -mutate -v -count=1 | grep 'mutants\|responses;'

fuzz:
	GO='$(GO)' ./.ci/fuzz $(FUZZTIME)

fuzz-ci:
	@$(MAKE) --no-print-directory fuzz FUZZTIME=3s

bench:
	cd docs/bench && $(GO) run . $(BENCH)
	@[ -n "$(BENCH)" ] || { cd docs/bench && for what in idle signin upload; do echo; $(GO) run ./$$what || exit 1; done; }

cover:
	$(GO) test -coverprofile=cover.out -coverpkg=./... ./...
	$(GO) tool cover -func=cover.out | tail -1
