package kernel

import (
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// helpers carries out all calls of Parallel.
var helpers crew

const (
	// patience is how long a helper waits awake for the next work before it sleeps.
	patience = time.Millisecond
	// crowded is how long the crew stays out of the way after two calls have overlapped.
	crowded = 50 * time.Millisecond
	// spins is how many looks at the work there are between looks at the clock.
	spins = 64
)

// crew is goroutines that help the caller of Parallel. It serves one call at a time.
type crew struct {
	mu      sync.Mutex // held by the call that the crew serves
	members []*member
	until   atomic.Int64 // the time, in nanoseconds, until which the crew stays out of the way

	work                       // changes only while nobody has joined
	left   atomic.Int64        // pieces that nobody has claimed; at most 0 when there is nothing to do
	back   atomic.Int64        // pieces that members have claimed
	joined atomic.Int64        // members at work; far below zero while nobody may join
	failed atomic.Pointer[any] // what a piece of a member panicked with
}

// work is what a call of Parallel asks for.
type work struct {
	n, grain, pieces int
	f                func(piece, lo, hi int)
}

// member is one goroutine of the crew.
type member struct {
	asleep atomic.Bool
	wake   chan struct{}
}

// closed is added to crew.joined while nobody may join.
const closed = math.MinInt64 / 2

// run carries the work out with up to the given number of helpers, or returns false if the crew is not to be had.
func (c *crew) run(w work, help int) bool {
	if !c.mu.TryLock() {
		c.until.Store(time.Now().Add(crowded).UnixNano())
		return false
	}
	defer c.mu.Unlock()
	if until := c.until.Load(); until != 0 {
		if time.Now().UnixNano() < until {
			return false
		}
		c.until.Store(0)
	}
	if c.members == nil {
		c.joined.Store(closed)
	}
	for len(c.members) < help {
		m := &member{wake: make(chan struct{}, 1)}
		c.members = append(c.members, m)
		go c.serve(m)
	}
	c.share(w, help)
	if r := c.failed.Swap(nil); r != nil {
		panic(*r)
	}
	return true
}

// share opens the work to members, takes part in it, and ends it, also when a piece panics.
func (c *crew) share(w work, help int) {
	defer func() {
		c.left.Store(0)
		c.joined.Add(closed)
		c.await()
		c.work = work{} // what f holds may be collected
	}()
	c.work = w
	c.back.Store(0)
	c.left.Store(int64(w.pieces))
	c.joined.Add(-closed)
	for _, m := range c.members[:help] {
		if m.asleep.CompareAndSwap(true, false) {
			m.wake <- struct{}{}
		}
	}
	for p := 0; c.claim(); p++ {
		c.piece(p)
	}
}

// claim tells whether there is a piece for the caller. The goroutine that called Parallel takes pieces from the front, members
// take them from the back: one call after another over the same memory then finds most of it in the cache of the same core.
func (c *crew) claim() bool { return c.left.Add(-1) >= 0 }

func (c *crew) piece(p int) { c.f(p, p*c.grain, min(c.n, (p+1)*c.grain)) }

// await returns when no member is at work.
func (c *crew) await() {
	for i := 0; c.joined.Load() != closed; i++ {
		pause()
		if i > 1<<12 { // a member has lost its processor, perhaps to this loop
			time.Sleep(20 * time.Microsecond)
		}
	}
}

// join tells whether the caller has become one of those at work.
func (c *crew) join() bool {
	for {
		n := c.joined.Load()
		if n < 0 {
			return false
		}
		if c.joined.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// serve is the life of a member.
func (c *crew) serve(m *member) {
	for {
		if !c.look() {
			m.asleep.Store(true)
			// Work that came before asleep was set woke nobody.
			if c.left.Load() <= 0 || !m.asleep.CompareAndSwap(true, false) {
				<-m.wake
			}
		}
		if c.join() {
			c.help()
		}
	}
}

// help carries out pieces for the caller, who gets a panic as if it had been its own.
func (c *crew) help() {
	defer func() {
		if r := recover(); r != nil {
			c.left.Store(0)
			c.failed.CompareAndSwap(nil, &r)
		}
		c.joined.Add(-1)
	}()
	for c.claim() {
		c.piece(c.pieces - int(c.back.Add(1)))
	}
}

// look waits awake for work, and returns false when that takes too long.
func (c *crew) look() bool {
	for start := time.Now(); ; {
		for range spins {
			if c.left.Load() > 0 {
				return true
			}
			pause()
		}
		if time.Since(start) > patience {
			return false
		}
	}
}
