package main

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"lenz/cmd/lenz/job"
	"lenz/train/study"
)

// studyFlags are those that compare and tune share.
type studyFlags struct {
	config  configFlags
	request job.StudyRequest
	out     string
	resume  string
	plan    string
	file    string
	workers int
}

// fixedByStudy are settings of lenz train that a study decides itself.
var fixedByStudy = map[string]string{
	"lr":            "the rate is searched; fix it with --optimizers adam:rate=0.01, or search elsewhere with --search rate=log:1e-4:1e-1",
	"optimizer-set": "fix settings with --optimizers adam:beta1=0.8",
	"patience":      "all runs have the same number of epochs, and the best epoch on validation counts",
	"seed":          "--study-seed decides all seeds of a study",

	"checkpoint-every": aRunAlone, "on-nan": "runs that diverge rank as the worst", "rollbacks": "runs that diverge rank as the worst",
	"rollback-rate": "runs that diverge rank as the worst", "period": aRunAlone, "scaled-metrics": aRunAlone,
	"binarize": ofNoForecaster,
}

// fixedByTune are those of them that tune decides too.
var fixedByTune = []string{"patience", "binarize"}

const ofNoForecaster = "a study compares forecasters, which read no pictures"

// fixed says why a study of the command decides a setting itself; "" where it does not.
func fixed(command, name string) string {
	if command == "tune" && !slices.Contains(fixedByTune, name) {
		return ""
	}
	return fixedByStudy[name]
}

const aRunAlone = "only a run by itself has checkpoints, baselines and errors in several units; a study compares losses"

func newCompare(c *console) *cobra.Command {
	f := &studyFlags{request: job.StudyRequest{Plan: study.Default()}}
	p := &f.request.Plan
	var test string
	cmd := &cobra.Command{
		Use:   "compare",
		Short: "Compare optimizers (or models) fairly, with statistics and a report",
		Long: `compare gives every optimizer the same chance on a task and says what can be concluded.

Each optimizer is tuned over the same number of trials, quasirandom or random, in the space that it declares (lenz optimizers; --search changes it), chosen
on the validation part, then run on a fresh seed and judged on the test part; the whole is repeated for each seed with trial points of its own,
so that luck in tuning counts as what it is. All optimizers of a seed begin with the same weights and see the same batches. Runs that diverge
rank as the worst. Differences are tested in pairs over the seeds, with Holm's correction.

A contender is NAME, LABEL=NAME or LABEL=NAME:SETTING=VALUE:..., where settings are the optimizer's, the model's, or one of batch, input, stride,
clip-norm, clip-value, l2, warmup. With --models, models are compared under --optimizer, whose rate is tuned.`,
		Example: `  lenz compare --model lstm --data sunspots --optimizers sgd,momentum,adam,adamw --trials 8 --seeds 10
  lenz compare --suite small
  lenz compare --models rnn,lstm,gru --data air-passengers --set hidden=16
  lenz compare --optimizers sane=adam:rate=0.005,tiny=adam:rate=1e-7 --seeds 8
  lenz compare --data sales.csv --horizon 14 --search adam.rate=log:1e-4:1e-1 --prune --out sales-study
  lenz compare --resume sales-study`,
		Args: exactly(0, "none: the optimizers go to --optimizers, the data to --data or --tasks"),
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		p.Test = study.Test(test)
		f.request.FreeSeeds, f.request.FreeTunings = !cmd.Flags().Changed("seeds"), !cmd.Flags().Changed("tunings")
		if !cmd.Flags().Changed("timed") {
			p.Timed = min(p.Timed, p.Seeds)
		}
		return f.run(cmd, c)
	}
	if err := f.register(cmd); err != nil {
		cmd.RunE = func(*cobra.Command, []string) error { return err }
	}
	fl := cmd.Flags()
	fl.StringSliceVar(&f.request.Optimizers, "optimizers", []string{"sgd", "momentum", "adam", "adamw"}, "what to compare")
	fl.StringSliceVar(&f.request.Models, "models", nil, "compare models in place of optimizers")
	fl.StringSliceVar(&f.request.Tasks, "tasks", nil, "several data sets or files, in place of --data")
	fl.StringVar(&f.request.Suite, "suite", "", "a set of tasks: small (a quadratic, two short series, Mackey-Glass, the adding problem)")
	fl.IntVar(&p.Seeds, "seeds", p.Seeds, "fresh seeds on which the chosen settings are judged (default: 10, or more where so many comparisons need more to show anything)")
	fl.IntVar(&p.Tunings, "tunings", p.Tunings, "independent tunings among which the seeds are dealt; fewer are cheaper, and tests then count tunings, or with 1 speak of that one's settings alone (default: one a seed)")
	fl.IntVar(&p.Timed, "timed", p.Timed, "final runs of each that are repeated with nothing beside, for their seconds")
	fl.BoolVar(&p.Independent, "independent", false, "each contender has batch orders of its own")
	fl.StringArrayVar(&f.request.Targets, "target-loss", nil, "validation loss to reach, LOSS or TASK=LOSS (default: --target-factor times the median of the simplest contender)")
	fl.Float64Var(&p.Factor, "target-factor", p.Factor, "of the median best validation loss of the simplest contender, which is the target")
	fl.StringVar(&test, "paired-test", string(p.Test), "over the seeds: wilcoxon (signed ranks) or t")
	fl.Float64Var(&p.Alpha, "alpha", p.Alpha, "level of the tests after Holm's correction")
	fl.Float64Var(&p.Within, "within", p.Within, "share above the best loss that counts as near it, for the sensitivity to the rate")
	f.config.groupHelp(cmd)
	return cmd
}

// register adds the settings of tasks and the flags that every study has.
func (f *studyFlags) register(cmd *cobra.Command) error {
	if err := f.config.register(cmd); err != nil {
		return err
	}
	for name := range fixedByStudy {
		if fixed(cmd.Name(), name) == "" {
			continue
		}
		if err := cmd.Flags().MarkHidden(name); err != nil {
			return err
		}
	}
	p := &f.request.Plan
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.IntVar(&p.Trials, "trials", p.Trials, "trials of each tuning")
	fl.StringVar((*string)(&p.Sampler), "sampler", string(p.Sampler), "of the points to try: quasirandom covers the space evenly, random draws each by itself")
	fl.StringArrayVar(&f.request.Search, "search", nil, "where to search: [NAME.]SETTING=SCALE:LOW:HIGH with scale log, lin, int or logint, or SETTING=choice:A|B; may be repeated")
	fl.BoolVar(&p.Prune, "prune", false, "stop unpromising trials early: successive halving in fixed rounds")
	fl.Uint64Var(&p.Seed, "study-seed", p.Seed, "seed of everything random in the study")
	fl.IntVar(&f.workers, "workers", runtime.NumCPU(), "trials side by side; the result does not depend on it")
	fl.StringVar(&f.file, "config", "", "TOML file of settings for the tasks, such as the config.toml of a run")
	fl.StringVar(&f.out, "out", "", fmt.Sprintf("directory to write (default: runs/%s-N)", cmd.Name()))
	fl.StringVar(&f.resume, "resume", "", "directory of a study to go on with; only --workers may change")
	fl.StringVar(&f.plan, "plan", "", "plan.toml of a study to carry out again")
	return nil
}

// check refuses flags that contradict each other.
func (f *studyFlags) check(cmd *cobra.Command) error {
	if f.workers < 1 {
		return fmt.Errorf("--workers %d: want at least 1", f.workers)
	}
	changed := func(name string) bool { fl := cmd.Flags().Lookup(name); return fl != nil && fl.Changed }
	free := []string{"workers", "json", "quiet", "resume"}
	if f.plan != "" {
		free = append(free, "plan", "out")
	}
	if f.plan != "" || f.resume != "" {
		for _, name := range flagNames(cmd) {
			if changed(name) && !slices.Contains(free, name) {
				return fmt.Errorf("--%s cannot change in a study whose plan is made; begin a new one", name)
			}
		}
		if f.plan != "" && f.resume != "" {
			return fmt.Errorf("--resume goes on with a study's own plan; leave --plan out")
		}
	}
	for _, a := range f.config.set {
		why := fixed(cmd.Name(), a.Name)
		switch {
		case why != "" && !(a.Name == "optimizer-set" && changed("models")):
			return fmt.Errorf("--%s has no place in a study: %s", a.Name, why)
		case a.Name == "optimizer" && changed("optimizers"):
			return fmt.Errorf("--optimizer and --optimizers: give the one to tune, or those to compare")
		case a.Name == "optimizer" && cmd.Name() == "compare" && !changed("models"):
			return fmt.Errorf("--optimizer is that of --models; optimizers to compare go to --optimizers")
		case a.Name == "model" && changed("models"):
			return fmt.Errorf("--model and --models: give the one that optimizers are compared on, or those to compare")
		case a.Name == "data" && (changed("tasks") || changed("suite")):
			return fmt.Errorf("--data and --tasks or --suite: give one of them")
		}
	}
	if changed("target-factor") && slices.ContainsFunc(f.request.Targets, func(t string) bool { return !strings.Contains(t, "=") }) {
		return fmt.Errorf("--target-factor has no use beside --target-loss, which gives the target: leave one out")
	}
	if changed("tasks") && changed("suite") {
		return fmt.Errorf("--tasks and --suite: give one of them")
	}
	if changed("models") && changed("optimizers") {
		return fmt.Errorf("--models and --optimizers: compare one or the other")
	}
	return nil
}

// ready makes the run: from flags, from a plan, or from the directory of a study.
func (f *studyFlags) ready(cmd *cobra.Command, c *console) (job.StudyRun, error) {
	run := job.StudyRun{
		Factory: &job.Factory{}, Command: cmd.Name(), Out: f.out, Resume: f.resume, Workers: f.workers, Version: version(), Modules: modules(), Say: c.say,
	}
	err := f.check(cmd)
	if err != nil {
		return run, usageError{err}
	}
	switch {
	case f.resume != "":
		run.Plan, run.SHA256, err = job.ReadStudy(f.resume)
	case f.plan != "":
		run.Plan, run.SHA256, err = job.ReadPlan(f.plan)
	default:
		if err := f.unused(cmd, c); err != nil {
			return run, usageError{err}
		}
		f.request.Say = c.say
		f.request.Layers = job.Layers{File: f.file, Env: c.env, Flags: f.config.set}
		build := f.request.Build
		if cmd.Name() == "tune" {
			build = f.request.BuildTune
		}
		run.Plan, err = build(cmd.Context(), run.Factory)
		if err != nil && job.WrongUse(err) {
			err = usageError{err}
		}
		return run, err
	}
	if err != nil {
		return run, err
	}
	return run, run.Prepare(cmd.Context())
}

// unused refuses environment variables that a study would pass over, and says what it passes over of a file.
func (f *studyFlags) unused(cmd *cobra.Command, c *console) error {
	if cmd.Name() == "tune" {
		return nil
	}
	for _, e := range c.env {
		key, value, _ := strings.Cut(e, "=")
		name := strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(key, "LENZ_")), "_", "-")
		if why, fixed := fixedByStudy[name]; fixed && value != "" && strings.HasPrefix(key, "LENZ_") {
			return fmt.Errorf("environment variable %s has no place in a study: %s", key, why)
		}
	}
	if f.file != "" {
		c.say("note: of %s, the optimizer with its rate, the patience and the seed do not count in a study, nor what only a run by itself has (checkpoints, going back, errors in other units)", f.file)
	}
	return nil
}

func (f *studyFlags) run(cmd *cobra.Command, c *console) error {
	run, err := f.ready(cmd, c)
	if err != nil {
		return err
	}
	tuning, final, timed := run.Plan.Runs()
	c.say("%s on %s: %d tuning, %d final and %d timed runs, %d side by side", strings.Join(run.Plan.ContenderNames(), ", "),
		strings.Join(run.Plan.TaskNames(), ", "), tuning, final, timed, run.Workers)
	run.Watch = progress(c, time.Now())
	out, err := run.Carry(cmd.Context())
	if out == nil {
		return err
	}
	if err != nil {
		if jsonErr := c.object(out); jsonErr != nil {
			return jsonErr
		}
		if job.Interrupted(err) {
			fmt.Fprintf(c.err, "lenz: interrupted after %d of %d runs; saved. Go on with: lenz %s --resume %s\n", out.Done, out.Planned, cmd.Name(), out.Out)
			return statusError(exitInterrupted)
		}
		return err
	}
	if cmd.Name() == "tune" {
		c.tuned(run.Plan, out)
	} else {
		c.compared(out)
	}
	return c.object(out)
}

// progress says every tenth of the way how far it is, but no more than once in two seconds.
func progress(c *console, began time.Time) func(r study.Record, done, planned int) {
	last, skipped, said := 0, -1, began
	return func(_ study.Record, done, planned int) {
		if skipped < 0 {
			skipped = done - 1 // known from before
		}
		part := 10 * done / planned
		if part == last || time.Since(said) < 2*time.Second || done == planned {
			return
		}
		last, said = part, time.Now()
		spent := time.Since(began)
		left := time.Duration(float64(spent) * float64(planned-done) / float64(done-skipped))
		c.say("%d of %d runs, %s, about %s left", done, planned, spent.Round(time.Second), left.Round(time.Second))
	}
}

// compared prints the tables and the conclusion.
func (c *console) compared(out *job.StudyOutcome) {
	for _, t := range out.Tasks {
		c.print("%s (target %.4g: %s)", t.Task, float64(t.Target.Loss), t.Target.Rule)
		head, rows := t.Table()
		c.table(head, rows)
		if len(t.Pairs) > 0 {
			c.print("")
			head, rows = t.PairTable()
			c.table(head, rows)
		}
		c.print("")
		if len(out.Tasks) > 1 {
			c.print("%s\n", t.Verdict)
		}
	}
	c.print("%s", out.Conclusion)
	c.say("\n%s\n%s", out.Legend(), out.PairLegend())
	for _, n := range out.Notes {
		c.say("note: %s", n)
	}
	c.print("\nstudy directory: %s (report.html shows everything, study.csv holds every trial)", out.Out)
}

// table lines up texts: the first column to the left, the others to the right.
func (c *console) table(head []string, rows [][]string) {
	widths := make([]int, len(head))
	all := append([][]string{head}, rows...)
	for _, row := range all {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range all {
		var b strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				b.WriteString(cell + pad)
			} else {
				b.WriteString("  " + pad + cell)
			}
		}
		c.print("%s", strings.TrimRight(b.String(), " "))
	}
}
