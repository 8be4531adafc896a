package study

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// eachTrial goes through all trials that have ended, in the plan's order: tuning, final runs, timed ones.
func (p Plan) eachTrial(done Records, f func(Record)) {
	tell := func(t Trial) {
		if r, ok := done[t.ID()]; ok {
			f(r)
		}
	}
	p.each(func(task Task, c Contender) {
		for k := range p.Tunings {
			for r := 0; r < len(p.Rounds()) && len(c.Space) > 0; r++ {
				for _, t := range p.tuning(task, c, k, r, p.alive(done, task, c, k, r)) {
					tell(t)
				}
			}
		}
		for _, phase := range []Phase{Final, Time} {
			for i := range p.Seeds {
				t := p.final(task, c, i, nil)
				t.Phase = phase
				tell(t)
			}
		}
	})
}

// settingNames lists the settings of all contenders, searched and fixed.
func (p Plan) settingNames() []string {
	var names []string
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, c := range p.Contenders {
		for name := range c.Settings {
			add(name)
		}
		for _, r := range c.Space {
			add(r.Name)
		}
	}
	slices.Sort(names)
	return names
}

// WriteCSV writes study.csv: a row for each tuning trial and final run in the plan's order, with every setting of the contenders.
// It holds no times, so that the same plan gives the same bytes. An empty loss is one of a run that diverged or failed, or of a part
// that was not looked at.
func WriteCSV(w io.Writer, p Plan, done Records) error {
	names := p.settingNames()
	head := []string{"task", "contender", "phase", "tuning", "round", "index", "seed", "order", "share", "status", "epochs", "best_epoch", "evaluations", "valid", "test", "chosen"}
	out := csv.NewWriter(w)
	_ = out.Write(append(append(head, names...), "reason")) // Error reports it
	chosen := map[string]bool{}
	p.each(func(task Task, c Contender) {
		for k := range p.Tunings {
			if t, ok := p.chosen(done, task, c, k); ok {
				chosen[t.ID()] = true
			}
		}
	})
	p.eachTrial(done, func(r Record) {
		t, o := r.Trial, r.Outcome
		if t.Phase == Time {
			return
		}
		row := []string{
			t.Task, t.Contender, string(t.Phase), strconv.Itoa(t.Tuning), strconv.Itoa(t.Round), strconv.Itoa(t.Index),
			strconv.FormatUint(t.Seed, 10), strconv.FormatUint(t.Order, 10), strconv.Itoa(t.Share), string(o.Status),
			strconv.Itoa(o.Epochs), strconv.Itoa(o.BestEpoch), strconv.Itoa(o.Evaluations), o.Valid.text(), o.Test.text(),
			strconv.FormatBool(chosen[t.ID()]),
		}
		for _, n := range names {
			row = append(row, t.Settings[n])
		}
		_ = out.Write(append(row, o.Reason))
	})
	return flush(out)
}

// WriteCurves writes curves.csv: losses at the end of each epoch of the final runs. It holds no times.
func WriteCurves(w io.Writer, p Plan, done Records) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"task", "contender", "index", "epoch", "evaluations", "train", "valid"})
	p.eachTrial(done, func(r Record) {
		if r.Trial.Phase != Final {
			return
		}
		for i, c := range r.Outcome.Curve {
			_ = out.Write([]string{r.Trial.Task, r.Trial.Contender, strconv.Itoa(r.Trial.Index), strconv.Itoa(i + 1), strconv.Itoa(c.Evaluations), c.Train.text(), c.Valid.text()})
		}
	})
	return flush(out)
}

// WriteTimes writes study-times.csv: the seconds of every run, and whether it ran alone.
func WriteTimes(w io.Writer, p Plan, done Records) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"task", "contender", "phase", "tuning", "round", "index", "alone", "seconds"})
	p.eachTrial(done, func(r Record) {
		t := r.Trial
		_ = out.Write([]string{t.Task, t.Contender, string(t.Phase), strconv.Itoa(t.Tuning), strconv.Itoa(t.Round), strconv.Itoa(t.Index),
			strconv.FormatBool(t.Phase == Time), strconv.FormatFloat(r.Outcome.Seconds, 'f', 4, 64)})
	})
	return flush(out)
}

func flush(w *csv.Writer) error {
	w.Flush()
	if err := w.Error(); err != nil {
		return fmt.Errorf("study: %w", err)
	}
	return nil
}
