package job

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"time"

	"lenz/models/boltzmann"
	"lenz/models/spin"
	"lenz/train"
	"lenz/train/report"
)

// How much is spent on what a finished run shows.
const (
	aisRuns         = 100
	aisTemperatures = 5000 // where nothing else is asked for
	mostAISError    = 0.5  // nats, above which a run says how to lower it
	shownTiles      = 64
	progressEvery   = 5 * time.Second
	sampleSteps     = 1000
	mostMeasured    = 20000 // rows of a part whose likelihood is measured
)

// measure fills in the scores on the test part: log_likelihood in nats a row, with its error where log Z is estimated, beside that of
// independent units; of a classifier, accuracy.
func (k *density) measure(ctx context.Context, s *session, out *Outcome) error {
	if k.test == nil {
		return nil
	}
	rows, n, err := gather(k.test, asItIs)
	if err != nil || n == 0 {
		return err
	}
	temperatures := s.Config.Train.AIS
	ais := boltzmann.AIS{Temperatures: temperatures, Runs: aisRuns, Base: k.means(s), Seed: s.Config.Train.Seed}
	if !k.summed() {
		s.Say("measuring the test part: log Z by annealed importance sampling, %d runs through %d distributions (--ais)", aisRuns, temperatures)
		ais.Progress = s.progress("measuring")
	}
	l, err := k.model.Likelihood(ctx, rows, n, ais)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && k.deep == nil:
		s.note("the log-likelihood of the test part is not known: %v", err)
	case err != nil:
		s.note("the bound of the test part is not known: %v", err)
	default:
		name := "log_likelihood"
		if l.Bound {
			name = "log_likelihood_bound"
			out.Remarks = append(out.Remarks, "log_likelihood_bound is a variational lower bound of the log-likelihood in nats a row.")
		}
		out.Test = append(out.Test, train.Score{Name: name, Value: l.Mean}, train.Score{Name: "log_z", Value: l.LogZ})
		if !l.Exact {
			out.Test = append(out.Test, train.Score{Name: "log_likelihood_error", Value: l.Error})
			out.Remarks = append(out.Remarks, fmt.Sprintf("log Z is an estimate by annealed importance sampling (%d runs, %d temperatures); log_likelihood_error is its standard error in nats.", aisRuns, temperatures))
		}
		if l.Error > mostAISError {
			s.note("log Z is known to no better than %.2g nats: more distributions lower that (--ais %d); so do smaller weights (--decay 0.001, a smaller --lr, fewer --epochs)", l.Error, 4*temperatures)
		}
		if k.grey(rows) && s.Config.Model.Set["visible"] != "gaussian" {
			s.note("the values of %s are grey, which units of 0 and 1 take for the chance of a 1: %s is no probability of these data, and does not compare with that of rows of 0 and 1; --binarize threshold or sample makes them such",
				s.Config.Data.Data, name)
		}
	}
	if means := k.means(s); means != nil {
		out.Baselines["independent"] = train.Scores{{Name: "log_likelihood", Value: independent(rows, means)}}
		if v, ok := out.Test.Get("log_likelihood"); ok {
			out.Verdict = k.verdict(s.Config.Model.Model, v, out.Baselines["independent"][0].Value)
		}
	}
	return k.accuracy(ctx, out)
}

// grey tells whether rows of a table have other values than 0 and 1.
func (k *density) grey(rows []float64) bool {
	return k.tables != nil && slices.ContainsFunc(rows, func(x float64) bool { return x != 0 && x != 1 })
}

// progress says how far something long has come, every few seconds.
func (s *session) progress(what string) func(done, all int) {
	last := time.Now()
	return func(done, all int) {
		if time.Since(last) >= progressEvery {
			last = time.Now()
			s.Say("%s: %d%%", what, 100*done/all)
		}
	}
}

// summed tells whether log Z is a sum over all states, and known at once.
func (k *density) summed() bool {
	switch m := k.model.(type) {
	case *boltzmann.RBMModel:
		return m.Settings().Monitor == "likelihood" || m.Monitor() == "likelihood"
	case *boltzmann.MachineModel:
		return m.Monitor() == "likelihood"
	}
	return false
}

func (k *density) verdict(model string, ours, theirs float64) string {
	if ours > theirs {
		return fmt.Sprintf("%s explains the test part better than independent units, by %.4g nats a row (%.4g against %.4g).", label(model), ours-theirs, ours, theirs)
	}
	return fmt.Sprintf("%s explains the test part no better than independent units (%.4g against %.4g nats a row): train longer, or lower the rate.", label(model), ours, theirs)
}

// means are those of the visible units on the training part, of bernoulli rows of a table; nil elsewhere.
func (k *density) means(s *session) []float64 {
	if k.tables == nil || s.Config.Model.Set["visible"] == "gaussian" {
		return nil
	}
	t := k.tables.Train
	means := make([]float64, len(t.Columns))
	for i, v := range t.Values {
		means[i%len(means)] += float64(v)
	}
	for i := range means {
		means[i] = (means[i] + 0.5) / float64(t.Rows+1) // a value that was never seen is not impossible
	}
	return means
}

// independent is the mean log-likelihood of rows under independent units of the means.
func independent(rows, means []float64) float64 {
	sum, v := 0.0, len(means)
	for i, x := range rows {
		p := means[i%v]
		sum += x*math.Log(p) + (1-x)*math.Log(1-p)
	}
	return sum * float64(v) / float64(len(rows))
}

// accuracy measures the classifier of a deep network.
func (k *density) accuracy(ctx context.Context, out *Outcome) error {
	if k.deep == nil || k.deep.Classifier() == nil {
		return nil
	}
	right, n := 0, 0
	k.test.Reset(0)
	for b, ok := k.test.Next(); ok; b, ok = k.test.Next() {
		p, err := k.deep.Classifier().Predict(ctx, b)
		if err != nil {
			return err
		}
		classes := k.layout.Classes
		for r := range b.B {
			row := p.Mean.Data[r*classes : (r+1)*classes]
			if slices.Index(row, slices.Max(row)) == int(b.Y.Data[r]) {
				right++
			}
		}
		n += b.B
	}
	out.Test = append(out.Test, train.Score{Name: "accuracy", Value: float64(right) / float64(n)})
	return nil
}

// report draws the pictures and the page.
func (k *density) report(ctx context.Context, s *session, out *Outcome) error {
	c, err := readCurve(s.dir.File(fileMetrics))
	if err != nil {
		return err
	}
	loss, err := k.lossFigure(c, out.BestEpoch)
	if err != nil {
		return err
	}
	if err := s.dir.SaveFigures([]report.Figure{loss}); err != nil {
		return err
	}
	mosaics, err := k.mosaics(ctx, s)
	if err != nil {
		return err
	}
	for _, m := range mosaics {
		if err := m.Save(s.dir.File(m.Name + ".png")); err != nil {
			return err
		}
	}
	page, err := k.page(s, out)
	if err != nil {
		return err
	}
	page.Figures, page.Mosaics = []report.Figure{loss}, mosaics
	return page.Save(s.dir.File(fileReport))
}

// lossFigure draws what validation measures, and in a strip of its own the loss in training, which is near zero whatever the quality.
func (k *density) lossFigure(c curve, best int) (report.Figure, error) {
	f, err := learning(c, best)
	if err != nil {
		return f, err
	}
	axis, caption := "loss of the stage", "Each stage has a loss of its own: what validation measures of a machine, then the classifier's cross-entropy."
	if m, ok := k.model.(interface{ Monitor() string }); ok {
		axis, caption = m.Monitor(), "Validation: "+monitored[m.Monitor()]+"."
		if m.Monitor() != "reconstruction" {
			axis = "-log " + axis + ", nats a row"
		}
	}
	f.Panels[0].Y.Name = axis
	f.Caption += " " + caption
	if lines := f.Panels[0].Lines; len(lines) > 1 && k.deep == nil { // training, then validation
		f.Panels[0].Lines = lines[1:]
		strip := report.Panel{Small: true, X: f.Panels[0].X, Y: report.Axis{Name: "training"}, Lines: lines[:1]}
		f.Panels = slices.Insert(f.Panels, 1, strip)
		f.Caption += " The loss in training is a difference of free energies, which says nothing about quality by itself."
	}
	return f, nil
}

// monitored says what a validation loss is.
var monitored = map[string]string{
	"likelihood":        "-log p of a row, in nats, exactly",
	"pseudo-likelihood": "the negative log pseudo-likelihood of a row, in nats",
	"reconstruction":    "the squared error of a row's reconstruction",
}

func (k *density) page(s *session, out *Outcome) (report.Page, error) {
	p := report.Page{
		Title: filepath.Base(s.dir.Path), Subtitle: fmt.Sprintf("%s on %s", label(out.Model), out.Data),
		Status: report.Status{Name: string(out.Status), Reason: out.Reason, Good: true}, Warnings: s.notes, Notes: out.Remarks,
		Model: report.Model{Name: label(out.Model), Parameters: out.Parameters},
	}
	if out.Verdict != "" {
		p.Verdict = report.Verdict{Outcome: report.Loses, Text: out.Verdict}
		ours, _ := out.Test.Get("log_likelihood")
		if theirs, ok := out.Baselines["independent"].Get("log_likelihood"); ok && ours > theirs {
			p.Verdict.Outcome = report.Wins
		}
	}
	all, err := k.model.Weights()
	if err != nil {
		return p, err
	}
	for _, q := range all.All() {
		p.Model.Layers = append(p.Model.Layers, report.Layer{Name: q.Name(), Shape: q.Shape(), Parameters: q.Size()})
	}
	p.Numbers = densityNumbers(out)
	p.Numbers = append(p.Numbers, report.Number{Label: "Training", Value: duration(out.Seconds), Note: trained(out)})
	data := report.Group{Title: "Data"}
	if k.info.Description != "" {
		data.Pairs = []report.Pair{{Name: "what", Value: k.info.Description}, {Name: "source", Value: k.info.Source}, {Name: "licence", Value: k.info.Licence}}
	}
	for _, name := range sortedKeys(s.plan.checksums) {
		data.Pairs = append(data.Pairs, report.Pair{Name: "SHA-256 of " + name, Value: s.plan.checksums[name]})
	}
	rest, err := s.groups()
	p.Groups = append([]report.Group{data}, rest...)
	p.Commands = []report.Command{{What: s.facts().again(), Line: fmt.Sprintf("lenz train --config %s", filepath.Join(out.Out, fileConfig))}}
	return p, err
}

// densityNumbers are the scores for people: a likelihood with its error and beside that of independent units.
func densityNumbers(out *Outcome) []report.Number {
	var all []report.Number
	for _, score := range out.Test {
		n := report.Number{Label: score.Name, Value: fmt.Sprintf("%.5g", score.Value), Note: "on the test part"}
		switch score.Name {
		case "log_likelihood_error":
			continue
		case "log_likelihood", "log_likelihood_bound":
			n.Label, n.Note = "Log-likelihood", "nats a row of the test part"
			if score.Name == "log_likelihood_bound" {
				n.Label = "Bound of the log-likelihood"
			}
			if e, ok := out.Test.Get("log_likelihood_error"); ok {
				n.Value = signed(spin.Estimate{Value: score.Value, Error: e})
			}
			if base := out.Baselines["independent"]; len(base) > 0 {
				n.Note += fmt.Sprintf("; independent units have %.5g", base[0].Value)
			}
		case "log_z":
			n.Label, n.Note = "log Z", "of the partition function, nats"
		case "accuracy":
			n.Label = "Accuracy"
		}
		all = append(all, n)
	}
	return all
}

// mosaics are the pictures of what was learnt: data, filters, samples and fantasy particles.
func (k *density) mosaics(ctx context.Context, s *session) ([]report.Mosaic, error) {
	v := k.model.Visible()
	h, w := 1, v
	if k.tables != nil && k.tables.Train.Height > 0 {
		h, w = k.tables.Train.Height, k.tables.Train.Width
	} else if k.tables == nil {
		return nil, nil // windows are lines, no pictures
	}
	tiles := func(rows []float64, n int) [][]float64 {
		var all [][]float64
		for i := range min(n, shownTiles) {
			all = append(all, rows[i*v:(i+1)*v])
		}
		return all
	}
	var list []report.Mosaic
	add := func(name, title, caption string, rows []float64, n int, signed bool) {
		m := report.Mosaic{Name: name, Title: title, Caption: caption, Height: h, Width: w, Tiles: tiles(rows, n), Signed: signed}
		if h == 1 {
			m.Columns = 1
		}
		list = append(list, m)
	}
	s.Say("drawing %d samples of the model by %d steps each", shownTiles, sampleSteps)
	drawn, err := k.model.Draw(ctx, shownTiles, sampleSteps, s.Config.Train.Seed)
	if err != nil {
		return nil, err
	}
	add("samples", "Samples", fmt.Sprintf("Drawn from the model: chains from random states after %d steps, shown as means.", sampleSteps), drawn, shownTiles, false)
	first, _ := k.model.(*boltzmann.RBMModel)
	if k.deep != nil {
		first = k.deep.Machines()[0]
	}
	if first != nil {
		weights := first.Filters()
		add("filters", "Filters", "The weights of hidden units to the picture: red raises, blue lowers.", weights, len(weights)/v, true)
		if f, err := first.Fantasies(); err == nil && k.deep == nil {
			add("fantasies", "Fantasy particles", "The persistent chains as training left them, shown as means.", f, len(f)/v, false)
		}
	}
	rows := make([]float64, 0, shownTiles*v)
	for i := range min(shownTiles, k.tables.Train.Rows) {
		for _, x := range k.tables.Train.Row(i) {
			rows = append(rows, float64(x))
		}
	}
	add("data", "Data", "The first rows of the training part, to compare with.", rows, len(rows)/v, false)
	return list, nil
}
