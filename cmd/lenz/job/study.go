package job

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/BurntSushi/toml"

	"lenz/internal/atomicfile"
	"lenz/train/report"
	"lenz/train/study"
)

// The files of a study's directory, beside result.json and report.html.
const (
	filePlan    = "plan.toml"
	fileJournal = "journal.jsonl"
	fileStudy   = "study.csv"
	fileCurves  = "curves.csv"
	fileTimes   = "study-times.csv"
)

// planFile is plan.toml.
type planFile struct {
	Plan   study.Plan        `toml:"study"`
	SHA256 map[string]string `toml:"sha256"`
	Run    map[string]string `toml:"run"`
}

// StudyRun is one call that carries out a study.
type StudyRun struct {
	Plan    study.Plan
	SHA256  map[string]string // of the data when the plan was written; nil: not known
	Factory *Factory
	Command string // compare or tune
	Out     string // directory; "" chooses one
	Resume  string // directory to go on with; then Plan is its own
	Workers int
	Version string
	Modules map[string]string
	Say     func(format string, args ...any)
	Watch   func(r study.Record, done, planned int)
}

// StudyOutcome is result.json, and what lenz compare --json prints.
type StudyOutcome struct {
	Status  string   `json:"status"` // completed or interrupted
	Out     string   `json:"out"`
	Done    int      `json:"done"` // trials
	Planned int      `json:"planned"`
	Seconds float64  `json:"seconds"`           // of all trials together, which may have run side by side
	Journal []string `json:"journal,omitempty"` // what was wrong with the journal
	*study.Result

	Records study.Records `json:"-"`
}

// Carry carries out the study, or goes on with it, and writes its results. After an interrupt the outcome has no result and the error
// is the context's.
func (r StudyRun) Carry(ctx context.Context) (*StudyOutcome, error) {
	dir, err := r.open()
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	journal, notes, err := study.OpenJournal(dir.File(fileJournal))
	if err != nil {
		dir.Discard()
		return nil, err
	}
	defer journal.Close()
	for _, n := range notes {
		r.Say("note: %s", n)
	}
	out := &StudyOutcome{Status: "interrupted", Out: dir.Path, Journal: notes}
	s := study.Study{
		Plan: r.Plan, Runner: study.Pool{Factory: r.Factory.New, Workers: r.Workers},
		Known: journal.Records(), Keep: journal.Keep, Watch: r.Watch,
	}
	out.Records, err = s.Run(ctx)
	tuning, final, timed := r.Plan.Runs()
	out.Done, out.Planned = len(out.Records), tuning+final+timed
	for _, rec := range out.Records {
		out.Seconds += rec.Outcome.Seconds
	}
	if err != nil {
		return out, err
	}
	out.Status = "completed"
	if out.Result, err = study.Analyze(r.Plan, out.Records); err != nil {
		return out, err
	}
	return out, r.write(dir, out)
}

// open makes or takes the directory.
func (r StudyRun) open() (*Dir, error) {
	if r.Resume != "" {
		d := &Dir{Path: r.Resume}
		note, err := d.take()
		if note != "" {
			r.Say("note: %s", note)
		}
		return d, err
	}
	d, note, err := NewDir(r.Out, r.Command, contents{study: true})
	if err != nil {
		return nil, err
	}
	if note != "" {
		r.Say("note: %s", note)
	}
	text, err := r.toml()
	if err == nil {
		err = d.WriteText(filePlan, text)
	}
	if err != nil {
		d.Discard()
		return nil, err
	}
	return d, nil
}

func (r StudyRun) toml() (string, error) {
	run := map[string]string{"version": r.Version, "go": runtime.Version(), "command": r.Command}
	for k, v := range r.Modules {
		run[k] = v
	}
	var b strings.Builder
	b.WriteString("# Everything that this study depends on. lenz " + r.Command + " --plan on this file gives the same study.csv again.\n\n")
	err := toml.NewEncoder(&b).Encode(planFile{r.Plan, r.Factory.Checksums(), run})
	return b.String(), err
}

// ReadPlan reads a plan.toml, and the checksums of its data; an unknown setting in it is an error.
func ReadPlan(path string) (study.Plan, map[string]string, error) {
	var f planFile
	meta, err := toml.DecodeFile(path, &f)
	if err != nil {
		return f.Plan, nil, fmt.Errorf("%s is no plan of a study: %w", path, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return f.Plan, nil, fmt.Errorf("%s: unknown setting %s", path, unknown[0])
	}
	return f.Plan, f.SHA256, f.Plan.Check()
}

// ReadStudy reads the plan of a study's directory.
func ReadStudy(dir string) (study.Plan, map[string]string, error) {
	path := filepath.Join(dir, filePlan)
	if _, err := os.Stat(path); err != nil {
		return study.Plan{}, nil, fmt.Errorf("%s is not the directory of a study: it has no %s; lenz compare writes one, and says where", dir, filePlan)
	}
	return ReadPlan(path)
}

// Prepare builds the plan's contenders once, which reads the data, and holds these against the checksums.
func (r StudyRun) Prepare(ctx context.Context) error {
	if err := tryOut(ctx, r.Plan, r.Factory); err != nil {
		return err
	}
	sums := r.Factory.Checksums()
	for _, name := range sortedKeys(sums) {
		got := sums[name]
		if want, ok := r.SHA256[name]; ok && want != got {
			return fmt.Errorf("%s has changed since the study was planned (its SHA-256 is %.12s..., not %.12s...): restore it, or begin a new study", name, got, want)
		}
	}
	return nil
}

// write writes what was found, the smallest first, and then what is only to be looked at.
func (r StudyRun) write(dir *Dir, out *StudyOutcome) error {
	if err := dir.WriteJSON(fileResult, out); err != nil {
		return err
	}
	if r.Command == "tune" {
		if err := r.writeBest(dir, out); err != nil {
			return err
		}
	}
	for _, table := range []struct {
		name  string
		write func(io.Writer, study.Plan, study.Records) error
	}{{fileStudy, study.WriteCSV}, {fileTimes, study.WriteTimes}, {fileCurves, study.WriteCurves}} {
		err := atomicfile.Write(dir.File(table.name), func(w io.Writer) error { return table.write(w, r.Plan, out.Records) })
		if err != nil {
			return err
		}
	}
	if err := r.draw(dir, out); err != nil {
		return unpictured(err, dir.Path)
	}
	return nil
}

// draw writes pictures and the page.
func (r StudyRun) draw(dir *Dir, out *StudyOutcome) error {
	figures := out.Result.Figures()
	if err := dir.SaveFigures(figures); err != nil {
		return err
	}
	page := out.Result.Page(figures)
	page.Title = filepath.Base(dir.Path)
	page.Commands = []report.Command{
		{What: "the same study again, to the same study.csv", Line: fmt.Sprintf("lenz %s --plan %s", r.Command, filepath.Join(dir.Path, filePlan))},
	}
	return page.Save(dir.File(fileReport))
}

// Interrupted tells whether an error is that of an interrupt.
func Interrupted(err error) bool { return errors.Is(err, context.Canceled) }
