.PHONY: all test lint race long torture bench fuzz ci

all: lint test

test:            ## what the README says
	go test ./...

lint:            ## formatting, vet, staticcheck
	@test -z "$$(gofmt -l .)" || { gofmt -l .; exit 1; }
	go vet ./...
	go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...

race:            ## packages that share work between goroutines
	go test -race -short ./graph/... ./train ./train/study ./cmd/...

long:            ## the slow experiments: adding problem, copy memory, large files
	LENZ_LONG=1 LENZ_LARGE=1 go test -timeout 60m ./...

torture:         ## the long forms of what must not be lost: kills, signals, 10^6 steps, every resumption; then all under the race detector and checkptr
	LENZ_TORTURE=1 go test -count=1 -timeout 120m -run 'Kill|Signal|Power|Fault|Operation|Disk|Soak|Rollback|BlowUp|Hostile|Dirty|Damage|Resume|Seed|OldRuns|Versions' ./train ./models/catalog ./cmd/... ./datasets ./internal/...
	go test -race -short -timeout 60m -gcflags=all=-d=checkptr ./...

bench:           ## kernels, ops and the training step
	go test -run '^$$' -bench . -benchmem ./graph/... ./optim/...

fuzz:            ## every parser, 20,000 executions
	.ci/fuzz 20000

ci:
	bash .ci/run
