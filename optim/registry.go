package optim

import (
	"fmt"
	"slices"
	"strings"

	"lenz/internal/near"
	"lenz/internal/settings"
)

// Entry is a row of a table of names: optimizers (Lookup) or schedules (LookupSchedule).
type Entry[Built any] struct {
	Name    string
	Summary string // one line
	Source  string // paper and year
	// FullBatch says that the method takes the gradient for that of all the data: a batch should hold them all.
	FullBatch bool

	defaults func() ([]settings.Field, error)
	search   []Range
	build    func(map[string]string) (Built, error)
}

// Settings lists the settings with their defaults.
func (e Entry[Built]) Settings() ([]settings.Field, error) { return e.defaults() }

// Search lists the settings that are worth tuning, the rate first, each with the range to look in. Those left out are best
// left as they are. Schedules have none.
func (e Entry[Built]) Search() []Range { return slices.Clone(e.search) }

// New builds the thing with its default settings, those changed that the map names. An unknown name, a text that cannot
// be read, or a value out of bounds is an error that names the setting and what would do.
func (e Entry[Built]) New(texts map[string]string) (Built, error) { return e.build(texts) }

// row makes an entry from a settings struct's default constructor, the one source of its names, docs and defaults.
func row[Built any, S interface{ New() (Built, error) }](name, summary, source string, initial func() S) Entry[Built] {
	_, full := any(initial()).(interface{ FullBatch() })
	return Entry[Built]{
		Name: name, Summary: summary, Source: source, FullBatch: full,
		search:   searchOf(initial()),
		defaults: func() ([]settings.Field, error) { return settings.Fields(initial()) },
		build: func(texts map[string]string) (Built, error) {
			s := initial()
			if err := settings.Apply(&s, texts); err != nil {
				var none Built
				return none, fmt.Errorf("%s: %w", name, err)
			}
			return s.New()
		},
	}
}

// optimizers is the table of optimizers: one row each.
func optimizers() []Entry[Optimizer] {
	return []Entry[Optimizer]{
		row("sgd", "plain stochastic gradient descent", "Robbins & Monro 1951", DefaultSGD),
		row("momentum", "gradient descent with a heavy ball", "Polyak 1964", DefaultMomentum),
		row("nesterov", "momentum that looks ahead", "Nesterov 1983; Sutskever et al. 2013", DefaultNesterov),
		row("adagrad", "divides by the root of the sum of squared gradients", "Duchi et al. 2011", DefaultAdaGrad),
		row("adadelta", "steps in the units of the parameter", "Zeiler 2012", DefaultAdaDelta),
		row("rmsprop", "divides by a running root mean square; centred, with momentum", "Tieleman & Hinton 2012; Graves 2013", DefaultRMSProp),
		row("adam", "steps scaled by running moments of the gradient", "Kingma & Ba 2015", DefaultAdam),
		row("adamw", "Adam with decoupled weight decay", "Loshchilov & Hutter 2019", DefaultAdamW),
		row("amsgrad", "Adam whose scaling never shrinks", "Reddi et al. 2018", DefaultAMSGrad),
		row("adamax", "Adam with the largest recent gradient as its scale", "Kingma & Ba 2015", DefaultAdaMax),
		row("nadam", "Adam that looks ahead as Nesterov", "Dozat 2016", DefaultNAdam),
		row("radam", "Adam that scales once it can trust its scale", "Liu et al. 2020", DefaultRAdam),
		row("adabelief", "Adam scaled by how far gradients stray from their mean", "Zhuang et al. 2020", DefaultAdaBelief),
		row("lion", "steps by the sign of a mean", "Chen et al. 2023", DefaultLion),
		row("lamb", "Adam's step scaled to each parameter's norm", "You et al. 2020", DefaultLAMB),
		row("adafactor", "mean squares by rows and columns, little memory", "Shazeer & Stern 2018", DefaultAdafactor),
		row("muon", "orthogonal steps of matrices, AdamW of vectors", "Jordan et al. 2024", DefaultMuon),
		row("schedulefree", "AdamW evaluated at an average, without a schedule", "Defazio et al. 2024", DefaultScheduleFree),
		row("prodigy", "AdamW that finds its step size", "Mishchenko & Defazio 2024", DefaultProdigy),
		row("rprop", "a step size for each value, by signs; full batch", "Riedmiller & Braun 1993; Igel & Hüsken 2000", DefaultRprop),
		row("lbfgs", "quasi-Newton with a strong Wolfe line search; full batch", "Liu & Nocedal 1989", DefaultLBFGS),
	}
}

// schedules is the table of schedules: one row each.
func schedules() []Entry[Schedule] {
	return []Entry[Schedule]{
		row("constant", "the base rate throughout", "", DefaultConstant),
		row("step", "drops by a factor every few epochs", "PyTorch's StepLR", DefaultStepDecay),
		row("multistep", "drops by a factor at given epochs", "PyTorch's MultiStepLR", DefaultMultiStep),
		row("exponential", "falls by a factor every epoch", "PyTorch's ExponentialLR", DefaultExponential),
		row("polynomial", "falls to nothing over the run, by a power", "Chen et al. 2018", DefaultPolynomial),
		row("invsqrt", "falls with the root of the number of updates", "Vaswani et al. 2017", DefaultInverseRoot),
		row("cosine", "falls along half a cosine over the run", "Loshchilov & Hutter 2017", DefaultCosine),
		row("sgdr", "falls along half cosines with warm restarts", "Loshchilov & Hutter 2017", DefaultSGDR),
		row("onecycle", "rises to the base rate, then falls to almost nothing", "Smith & Topin 2019", DefaultOneCycle),
		row("plateau", "drops when the validation loss stops falling", "PyTorch's ReduceLROnPlateau", DefaultPlateau),
	}
}

// Names lists the optimizers, simplest first.
func Names() []string { return names(optimizers()) }

// Lookup finds an optimizer by name; the error lists the names and the nearest.
func Lookup(name string) (Entry[Optimizer], error) { return find("optimizer", name, optimizers()) }

// ScheduleNames lists the schedules, simplest first. Warmup joins any of them.
func ScheduleNames() []string { return names(schedules()) }

// LookupSchedule finds a schedule by name; the error lists the names and the nearest.
func LookupSchedule(name string) (Entry[Schedule], error) {
	return find("schedule", name, schedules())
}

func names[Built any](table []Entry[Built]) []string {
	out := make([]string, len(table))
	for i, e := range table {
		out[i] = e.Name
	}
	return out
}

func find[Built any](kind, name string, table []Entry[Built]) (Entry[Built], error) {
	for _, e := range table {
		if e.Name == name {
			return e, nil
		}
	}
	all := names(table)
	return Entry[Built]{}, fmt.Errorf("unknown %s %q: the %ss are %s%s",
		kind, name, kind, strings.Join(all, ", "), near.Suggest(name, all))
}
