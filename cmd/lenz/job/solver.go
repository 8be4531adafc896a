package job

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"lenz/datasets"
	"lenz/graph"
	"lenz/models/catalog"
	"lenz/optim"
	"lenz/train"
)

// Check refuses a model, an optimizer or settings of theirs that do not exist or do not go together, as far as that can be told without data.
func (c *Config) Check() error {
	entry, err := catalog.Lookup(c.Model.Model)
	if err != nil {
		return err
	}
	if _, err := entry.Resolve(c.Model.Set); err != nil {
		return err
	}
	if c.Data.Split != "" {
		if _, err := datasets.ParseSplit(c.Data.Split); err != nil {
			return err
		}
	}
	_, err = c.Optimizer.Solver(1)
	return err
}

// Solver builds the optimizer with everything that the configuration puts around it, from the inside out: groups and decay,
// transforms of the gradient, Lookahead, averages, the schedule, accumulation, SAM. batches is the number of them planned for the whole run.
func (c *OptimizerConfig) Solver(batches int) (optim.Optimizer, error) {
	o, err := c.plain()
	if err != nil {
		return nil, err
	}
	groups, err := c.groups()
	if err != nil {
		return nil, err
	}
	if len(groups) > 0 {
		if err := optim.SetGroups(o, groups...); err != nil {
			return nil, err
		}
	}
	transforms, err := c.transforms()
	if err != nil {
		return nil, err
	}
	if len(transforms) > 0 && optim.NeedsClosure(o) {
		return nil, fmt.Errorf("%s searches along the gradient of the loss as it is: leave --l2, --agc and --centralize out, and say --clip-norm 0 --clip-value 0", c.Optimizer)
	}
	updates := max(1, batches/c.Accumulate)
	o, err = c.averages(optim.Chain(o, transforms...), updates)
	if err != nil {
		return nil, err
	}
	if o, err = c.schedule(o, updates); err != nil {
		return nil, err
	}
	if o, err = optim.NewAccumulate(o, c.Accumulate); err != nil {
		return nil, fmt.Errorf("--%w", err)
	}
	if c.SAM > 0 {
		if o, err = optim.NewSAM(o, c.SAM); err != nil {
			return nil, fmt.Errorf("--%w", err)
		}
	}
	return o, nil
}

// plain is the optimizer by itself.
func (c *OptimizerConfig) plain() (optim.Optimizer, error) {
	entry, err := optim.Lookup(c.Optimizer)
	if err != nil {
		return nil, err
	}
	set := c.Set
	if c.LR > 0 {
		if _, twice := set["rate"]; twice {
			return nil, fmt.Errorf("--lr and --optimizer-set rate= both set the learning rate; give one")
		}
		set = withDefault(set, "rate", fmt.Sprint(c.LR))
	}
	if _, twice := set["lambda"]; twice && c.Decay > 0 {
		return nil, fmt.Errorf("--decay and --optimizer-set lambda= both set the weight decay; give one")
	}
	o, err := entry.New(set)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Optimizer, err)
	}
	return o, nil
}

func (c *OptimizerConfig) transforms() ([]optim.Transform, error) {
	var chain []optim.Transform
	if c.Centralize {
		chain = append(chain, optim.Centralize{})
	}
	for _, t := range []struct {
		value float64
		make  func(float64) (optim.Transform, error)
	}{
		{c.L2, func(v float64) (optim.Transform, error) { return optim.NewL2(v) }},
		{c.AGC, func(v float64) (optim.Transform, error) { return optim.NewAGC(v) }},
		{c.ClipValue, func(v float64) (optim.Transform, error) { return optim.NewClipValue(v) }},
		{c.ClipNorm, func(v float64) (optim.Transform, error) { return optim.NewClipNorm(v) }},
	} {
		if t.value == 0 {
			continue
		}
		transform, err := t.make(t.value)
		if err != nil {
			return nil, err
		}
		chain = append(chain, transform)
	}
	return chain, nil
}

// averages puts Lookahead and an average of the weights around the optimizer.
func (c *OptimizerConfig) averages(o optim.Optimizer, updates int) (optim.Optimizer, error) {
	if c.Lookahead != "" {
		k, alpha, err := parseLookahead(c.Lookahead)
		if err != nil {
			return nil, err
		}
		if o, err = optim.NewLookahead(o, k, alpha); err != nil {
			return nil, fmt.Errorf("--lookahead: %w", err)
		}
	}
	if c.EMA > 0 && c.SWA != "" {
		return nil, errors.New("--ema and --swa are two averages of the weights, of which one can be used; give one")
	}
	if c.EMA > 0 {
		return optim.NewEMA(o, c.EMA)
	}
	if c.SWA != "" {
		start, every, err := parseSWA(c.SWA)
		if err != nil {
			return nil, err
		}
		return optim.NewSWA(o, max(1, int(start*float64(updates))), every)
	}
	return o, nil
}

func (c *OptimizerConfig) schedule(o optim.Optimizer, updates int) (optim.Optimizer, error) {
	entry, err := optim.LookupSchedule(c.Schedule)
	if err != nil {
		return nil, err
	}
	s, err := entry.New(c.ScheduleSet)
	if err != nil {
		return nil, fmt.Errorf("schedule %s: %w", c.Schedule, err)
	}
	if c.Warmup > 0 {
		if s, err = optim.Warmup(c.Warmup, s); err != nil {
			return nil, err
		}
	}
	return optim.WithSchedule(o, s, updates)
}

// check refuses what a setting's text alone shows to be wrong.
func (c *OptimizerConfig) check(name string) error {
	var err error
	switch name {
	case "group":
		_, err = parseGroups(c.Group)
	case "lookahead":
		if c.Lookahead != "" {
			_, _, err = parseLookahead(c.Lookahead)
		}
	case "swa":
		if c.SWA != "" {
			_, _, err = parseSWA(c.SWA)
		}
	}
	return err
}

// groups are those of --decay and --group.
func (c *OptimizerConfig) groups() ([]optim.Group, error) {
	groups, err := parseGroups(c.Group)
	if c.Decay > 0 {
		groups = append([]optim.Group{{Pattern: "*", Decay: &c.Decay}}, groups...)
	}
	return groups, err
}

// parseGroups reads PATTERN:rate=FACTOR,decay=VALUE. A text without a colon goes on with the group before it, since commas divide
// lists as well.
func parseGroups(texts []string) ([]optim.Group, error) {
	var groups []optim.Group
	for _, part := range strings.Split(strings.Join(texts, ","), ",") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		pattern, setting, begins := strings.Cut(part, ":")
		if begins {
			groups = append(groups, optim.Group{Pattern: strings.TrimSpace(pattern)})
		} else {
			setting = part
		}
		key, text, ok := strings.Cut(setting, "=")
		value, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if len(groups) == 0 || !ok || err != nil {
			return nil, fmt.Errorf("group %q: want PATTERN:rate=FACTOR,decay=VALUE, such as head.*:rate=10,decay=0", part)
		}
		g := &groups[len(groups)-1]
		switch strings.TrimSpace(key) {
		case "rate":
			g.Rate = &value
		case "decay":
			g.Decay = &value
		default:
			return nil, fmt.Errorf("group %s: unknown setting %q, want rate or decay", g.Pattern, key)
		}
	}
	return groups, nil
}

func parseLookahead(text string) (k int, alpha float64, err error) {
	first, second, ok := strings.Cut(text, ":")
	k, errK := strconv.Atoi(first)
	alpha, errAlpha := strconv.ParseFloat(second, 64)
	if !ok || errK != nil || errAlpha != nil || k < 1 || !(alpha > 0 && alpha <= 1) {
		return 0, 0, fmt.Errorf("lookahead is %q, want K:ALPHA, a number of updates and a share above 0 and at most 1, such as 5:0.5", text)
	}
	return k, alpha, nil
}

func parseSWA(text string) (start float64, every int, err error) {
	first, second, ok := strings.Cut(text, ":")
	start, errStart := strconv.ParseFloat(first, 64)
	every, errEvery := 1, error(nil)
	if ok {
		every, errEvery = strconv.Atoi(second)
	}
	if errStart != nil || errEvery != nil || !(start >= 0 && start < 1) || every < 1 {
		return 0, 0, fmt.Errorf("swa is %q, want START or START:EVERY, a share of the run at least 0 and below 1 and a number of updates, such as 0.75:10", text)
	}
	return start, every, nil
}

// suits holds the optimizer against the model and the data, before the run begins. notes say what is allowed and hardly meant.
func (c *Config) suits(params *graph.Params, source train.Source, o optim.Optimizer, batches int) (notes []string, err error) {
	names := make([]string, 0, len(params.All()))
	for _, p := range params.All() {
		names = append(names, p.Name())
	}
	groups, err := c.Optimizer.groups()
	if err == nil {
		err = optim.MatchGroups(groups, names)
	}
	if err == nil {
		err = train.CheckRepeatable(source, o)
	}
	if err == nil && c.Window.TBPTT > 0 && optim.NeedsClosure(o) {
		err = fmt.Errorf("--tbptt: %w", train.ErrNotRepeatable)
	}
	if err != nil {
		return nil, usage{err}
	}
	if entry, err := optim.Lookup(c.Optimizer.Optimizer); err == nil && entry.FullBatch && batches > 1 {
		notes = append(notes, fmt.Sprintf("%s is a full-batch method, but an epoch has %d batches of %d: it takes each for all the data; a larger --batch makes it one",
			entry.Name, batches, c.Window.Batch))
	}
	return notes, nil
}

// resolve fills in the learning rate that is used, so that config.toml says it.
func (c *OptimizerConfig) resolve() error {
	if _, own := c.Set["rate"]; own || c.LR > 0 {
		return nil
	}
	entry, err := optim.Lookup(c.Optimizer)
	if err != nil {
		return err
	}
	fields, err := entry.Settings()
	if err != nil {
		return err
	}
	for _, f := range fields {
		if f.Name == "rate" {
			c.LR, err = strconv.ParseFloat(f.Value, 64)
		}
	}
	return err
}
