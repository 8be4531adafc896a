package train

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// drawEvery bounds how often the bar is drawn.
const drawEvery = 100 * time.Millisecond

// Progress shows a person how far the run is: a bar on a terminal, a line an epoch elsewhere. It writes no colours, so
// that NO_COLOR has nothing to turn off.
type Progress struct {
	w   io.Writer
	bar *progressbar.ProgressBar // nil for plain lines
	tty bool
}

var _ Observer = (*Progress)(nil)

// NewProgress returns the observer. A bar is drawn if w is a terminal, unless the environment says that it is a dumb one.
func NewProgress(w io.Writer) *Progress {
	f, ok := w.(*os.File)
	return &Progress{w: w, tty: ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"}
}

// Observe draws or prints. A writer that fails does not fail the run.
func (p *Progress) Observe(e Event) error {
	switch e.Kind {
	case Start:
		p.start(e)
	case Step:
		if p.bar != nil {
			name, v := headline(e.Train)
			p.bar.Describe(fmt.Sprintf("epoch %d/%d  %s %s", e.Epoch+1, e.Epochs, name, short(v)))
			_ = p.bar.Set(e.Step)
		}
	case EpochEnd:
		if p.bar == nil {
			fmt.Fprintln(p.w, p.line(e))
		}
	case End:
		if p.bar != nil {
			_ = p.bar.Clear()
			p.bar = nil
		}
		if e.Result != nil && e.Result.Status != Failed {
			fmt.Fprintf(p.w, "%s after %s, %s, %.1f s: %s\n", e.Result.Status, count(e.Epoch, "epoch"), count(e.Step, "step"), e.Seconds, e.Result.Reason)
		}
	}
	return nil
}

func (p *Progress) start(e Event) {
	if e.Resumed {
		fmt.Fprintf(p.w, "going on after step %d, epoch %d of %d\n", e.Step, e.Epoch, e.Epochs)
	}
	if !p.tty {
		return
	}
	p.bar = progressbar.NewOptions(max(1, e.Epochs*e.Batches),
		progressbar.OptionSetWriter(p.w), progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(drawEvery), progressbar.OptionSetWidth(20), progressbar.OptionSetTheme(progressbar.ThemeASCII),
	)
	_ = p.bar.Set(e.Step)
}

// line is the plain line of an epoch.
func (p *Progress) line(e Event) string {
	var b strings.Builder
	fmt.Fprintf(&b, "epoch %d/%d  step %d", e.Epoch, e.Epochs, e.Step)
	if name, v := headline(e.Train); name != "" {
		fmt.Fprintf(&b, "  train_%s %s", name, short(v))
	}
	if v, ok := e.Valid[Loss]; ok {
		fmt.Fprintf(&b, "  val_loss %s", short(v))
	}
	if e.BestEpoch == e.Epoch {
		b.WriteString("  best")
	}
	fmt.Fprintf(&b, "  %.1f s", e.Seconds)
	return b.String()
}

// headline is the metric that says most: the loss, or the energy of a model that is sampled.
func headline(m Metrics) (name string, v float64) {
	for _, name := range []string{Loss, "energy"} {
		if v, ok := m[name]; ok {
			return name, v
		}
	}
	return "", 0
}

func short(v float64) string { return fmt.Sprintf("%.4g", v) }

func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
