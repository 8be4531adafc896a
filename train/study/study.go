package study

import (
	"context"
	"fmt"
	"maps"
)

// Study carries out a plan.
type Study struct {
	Plan   Plan
	Runner Runner
	// Known are the trials that ended before, such as a Journal's: they are not run again.
	Known Records
	// Keep is told of each trial that ends, one at a time, before anything is built on it: a Journal's Keep. Nil keeps nothing.
	Keep func(Trial, Outcome) error
	// Watch is told of each trial that ends, with the number done and the number planned. Nil for none.
	Watch func(r Record, done, planned int)

	records Records
	planned int
}

// Run carries out what is not known yet: all tunings, round by round, then the final runs of the settings chosen on the
// validation part, then those to be timed, one after the other. It returns everything that has ended, also with an
// error, which is the context's after an interrupt.
func (s *Study) Run(ctx context.Context) (Records, error) {
	if err := s.Plan.Check(); err != nil {
		return nil, err
	}
	s.records = Records{}
	tuning, final, timed := s.Plan.Runs()
	s.planned = tuning + final + timed
	if err := s.tune(ctx); err != nil {
		return s.records, err
	}
	var finals, alone []Trial
	s.Plan.each(func(task Task, c Contender) {
		for i := range s.Plan.Seeds {
			chosen, _ := s.Plan.chosen(s.records, task, c, i%s.Plan.Tunings)
			t := s.Plan.final(task, c, i, chosen.Settings)
			finals = append(finals, t)
			if i < s.Plan.Timed {
				t.Phase = Time
				alone = append(alone, t)
			}
		}
	})
	if err := s.carryOut(ctx, finals); err != nil {
		return s.records, err
	}
	for _, t := range alone { // one call each: nothing runs beside it
		if err := s.carryOut(ctx, []Trial{t}); err != nil {
			return s.records, err
		}
	}
	return s.records, nil
}

// each goes through tasks and contenders in the plan's order.
func (p Plan) each(f func(Task, Contender)) {
	for _, task := range p.Tasks {
		for _, c := range p.Contenders {
			f(task, c)
		}
	}
}

// tune carries out all rounds of all tunings.
func (s *Study) tune(ctx context.Context) error {
	for r := range s.Plan.Rounds() {
		var trials []Trial
		s.Plan.each(func(task Task, c Contender) {
			for k := range s.Plan.Tunings {
				if len(c.Space) > 0 {
					trials = append(trials, s.Plan.tuning(task, c, k, r, s.Plan.alive(s.records, task, c, k, r))...)
				}
			}
		})
		if err := s.carryOut(ctx, trials); err != nil {
			return err
		}
	}
	return nil
}

// alive lists the numbers of the trials that take part in a round of a tuning.
func (p Plan) alive(done Records, task Task, c Contender, tuning, round int) []int {
	if round == 0 {
		return count(p.Trials)
	}
	n := 1 // after the last round
	if rounds := p.Rounds(); round < len(rounds) {
		n = rounds[round].Trials
	}
	before := p.alive(done, task, c, tuning, round-1)
	losses := map[int]float64{}
	for _, t := range p.tuning(task, c, tuning, round-1, before) {
		o := done[t.ID()].Outcome
		losses[t.Index] = o.rank(o.Valid)
	}
	return best(n, before, func(i int) float64 { return losses[i] })
}

// chosen is the trial with the lowest validation loss of a tuning; without a space there is nothing to choose.
func (p Plan) chosen(done Records, task Task, c Contender, tuning int) (Trial, bool) {
	if len(c.Space) == 0 {
		return Trial{Settings: c.Settings}, false
	}
	rounds := len(p.Rounds())
	return p.tuning(task, c, tuning, rounds-1, p.alive(done, task, c, tuning, rounds))[0], true
}

// carryOut runs the trials that are not known yet.
func (s *Study) carryOut(ctx context.Context, trials []Trial) error {
	var left []Trial
	for _, t := range trials {
		r, ok := s.Known[t.ID()]
		if !ok {
			left = append(left, t)
			continue
		}
		if !maps.Equal(r.Trial.Settings, t.Settings) || r.Trial.Seed != t.Seed || r.Trial.Order != t.Order || r.Trial.Share != t.Share {
			return fmt.Errorf("study: the trial %s on record was made by another plan: it has %v, seed %d; the plan has %v, seed %d. Begin a new study",
				t.ID(), r.Trial.Settings, r.Trial.Seed, t.Settings, t.Seed)
		}
		s.records[t.ID()] = Record{t, r.Outcome}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(left) == 0 {
		return nil
	}
	return s.Runner.Run(ctx, left, func(t Trial, o Outcome) error {
		if s.Keep != nil {
			if err := s.Keep(t, o); err != nil {
				return err
			}
		}
		r := Record{t, o}
		s.records[t.ID()] = r
		if s.Watch != nil {
			s.Watch(r, len(s.records), s.planned)
		}
		return nil
	})
}

func count(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}
