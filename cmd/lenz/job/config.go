package job

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"lenz/internal/near"
	"lenz/internal/settings"
)

// Config is everything that a run depends on. Each field's tag is its name on the command line, in the environment
// (LENZ_ and the name in capitals) and in config.toml.
type Config struct {
	Data      DataConfig
	Window    WindowConfig
	Model     ModelConfig
	Optimizer OptimizerConfig
	Train     TrainConfig
}

// DataConfig says which data, and how they are read, cut and scaled.
type DataConfig struct {
	Data         string            `name:"data" doc:"name of a data set (see lenz data) or a file: .csv or .txt (perhaps .gz), .npy, .npz of a series; for machines and networks of binary units also tables of 0 and 1, pictures in IDX, piano rolls in .json"`
	Target       []string          `name:"target" doc:"columns to forecast; empty: the data set's own, or the last column of a file"`
	Columns      []string          `name:"columns" doc:"columns to read; empty: all that hold numbers"`
	TimeColumn   string            `name:"time-column" doc:"column of time stamps; empty: found; none: rows are numbered"`
	TimeFormat   string            `name:"time-format" doc:"layout of time stamps in Go's notation, or unix; empty: found"`
	SeriesColumn string            `name:"series-column" doc:"column that names the series a row belongs to: one model over many series"`
	Delimiter    string            `name:"delimiter" doc:"between fields of a CSV file: a character or tab; empty: found"`
	Header       string            `name:"header" doc:"whether the first row of a CSV file names the columns; empty: found" choices:"|yes|no"`
	Known        []string          `name:"known" doc:"columns whose future values are known beforehand (prices, holidays)"`
	Calendar     bool              `name:"calendar" doc:"add features of the time stamps: time of day, day of week, of year"`
	Missing      string            `name:"missing" doc:"what to do with missing values" choices:"refuse|hold|interpolate|drop"`
	Split        string            `name:"split" doc:"training, validation and test part: three fractions, or three counts of rows"`
	Valid        string            `name:"valid" doc:"file of the validation part, in place of a split"`
	Test         string            `name:"test" doc:"file of the test part, in place of a split"`
	Scaler       string            `name:"scaler" doc:"how columns are scaled, fitted on the training part" choices:"standard|minmax|robust|none"`
	Transform    string            `name:"transform" doc:"of the target columns, before scaling" choices:"none|sqrt|log|log1p"`
	Binarize     string            `name:"binarize" doc:"grey pictures as rows of 0 and 1: threshold or threshold:LEVEL, 1 above the level (0.5), or sample, each value the chance of a 1, drawn once by the seed; empty: as they are"`
	Period       int               `name:"period" doc:"rows in a season, for the seasonal naive baseline and MASE; 0: the data set's own" min:"0"`
	ScaledMetric bool              `name:"scaled-metrics" doc:"report errors in scaled units as well, as the literature does"`
	Set          map[string]string // of a generator: --data-set
}

// WindowConfig says how windows are cut.
type WindowConfig struct {
	Input   int `name:"input" doc:"rows of the past that a forecast sees" min:"1"`
	Horizon int `name:"horizon" doc:"rows to forecast" min:"1"`
	Stride  int `name:"stride" doc:"rows from one training window to the next" min:"1"`
	Batch   int `name:"batch" doc:"windows in a batch" min:"1"`
	TBPTT   int `name:"tbptt" doc:"truncated backpropagation: steps a chunk over long streams with carried state; 0: windows" min:"0"`
}

// ModelConfig says which model.
type ModelConfig struct {
	Model string            `name:"model" doc:"name of a model (see lenz models)"`
	Init  string            `name:"init" doc:"safetensors file with initial weights, such as a torch.nn.LSTM's"`
	Set   map[string]string // --set
}

// OptimizerConfig says how parameters are updated.
type OptimizerConfig struct {
	Optimizer   string            `name:"optimizer" doc:"name of an optimizer (see lenz optimizers)"`
	LR          float64           `name:"lr" doc:"learning rate; unset: what suits the data, 0.003 for adam and adamw; 0: the optimizer's own" min:"0"`
	ClipNorm    float64           `name:"clip-norm" doc:"largest norm of the gradient; 0: no clipping" min:"0"`
	ClipValue   float64           `name:"clip-value" doc:"largest absolute value in the gradient; 0: no clipping" min:"0"`
	AGC         float64           `name:"agc" doc:"adaptive clipping: largest gradient of a unit as a share of its weights, such as 0.01; 0: none" min:"0"`
	Centralize  bool              `name:"centralize" doc:"take the mean off the gradient of each unit"`
	L2          float64           `name:"l2" doc:"weight decay added to the gradient (PyTorch's weight_decay)" min:"0"`
	Decay       float64           `name:"decay" doc:"decoupled weight decay, as AdamW's, of any optimizer; 0: the optimizer's own" min:"0"`
	Group       []string          `name:"group" doc:"parameters set apart by name: PATTERN:rate=FACTOR,decay=VALUE, such as '*bias*:decay=0'; several times"`
	Accumulate  int               `name:"accumulate" doc:"batches whose mean gradient makes a step" min:"1"`
	Lookahead   string            `name:"lookahead" doc:"slow weights: every K updates a step of ALPHA towards the fast ones, as K:ALPHA, such as 5:0.5; empty: none"`
	EMA         float64           `name:"ema" doc:"decay of a moving average of the weights, which is what is used, such as 0.999; 0: none" min:"0" below:"1"`
	SWA         string            `name:"swa" doc:"plain average of the weights from a share of the run on, START or START:EVERY updates, such as 0.75; empty: none"`
	SAM         float64           `name:"sam" doc:"sharpness-aware: distance at which the gradient is taken, such as 0.05; twice the work; 0: none" min:"0"`
	Schedule    string            `name:"schedule" doc:"of the learning rate (see lenz optimizers)"`
	Warmup      int               `name:"warmup" doc:"updates of linear warm-up before the schedule" min:"0"`
	Set         map[string]string // --optimizer-set
	ScheduleSet map[string]string // --schedule-set
}

// TrainConfig says how long, and what is kept.
type TrainConfig struct {
	AIS             int     `name:"ais" doc:"intermediate distributions of annealed importance sampling, where it estimates log Z of a Boltzmann machine: more make its error smaller" min:"1"`
	Epochs          int     `name:"epochs" doc:"passes over the training part" min:"1"`
	Seed            uint64  `name:"seed" doc:"of everything random"`
	Patience        int     `name:"patience" doc:"epochs without a better validation loss before stopping; 0: never" min:"0"`
	CheckpointEvery int     `name:"checkpoint-every" doc:"epochs between checkpoints" min:"1"`
	OnNaN           string  `name:"on-nan" doc:"when a number is no longer finite, or the loss a million times too high: stop, or rollback to the last checkpoint with a lower learning rate" choices:"stop|rollback"`
	Rollbacks       int     `name:"rollbacks" doc:"how often a run may go back before it stops" min:"1"`
	RollbackRate    float64 `name:"rollback-rate" doc:"what the learning rate is multiplied by each time that the run goes back" min:"0.001" below:"1"`
}

// Default holds for any data; Preset adds what suits a data set.
func Default() *Config {
	return &Config{
		Data:      DataConfig{Data: "sunspots", Missing: "refuse", Split: "0.7,0.15,0.15", Scaler: "standard", Transform: "none"},
		Window:    WindowConfig{Input: 48, Horizon: 12, Stride: 1, Batch: 32},
		Model:     ModelConfig{Model: "lstm"},
		Optimizer: OptimizerConfig{Optimizer: "adam", ClipNorm: 1, Accumulate: 1, Schedule: "constant"},
		Train:     TrainConfig{AIS: aisTemperatures, Epochs: 50, Seed: 1, Patience: 8, CheckpointEvery: 1, OnNaN: "stop", Rollbacks: 3, RollbackRate: 0.5},
	}
}

// section is a table of config.toml.
type section struct {
	name   string
	values any
	sets   map[string]*map[string]string // flag -> map
}

func (c *Config) sections() []section {
	return []section{
		{"data", &c.Data, map[string]*map[string]string{"data-set": &c.Data.Set}},
		{"window", &c.Window, nil},
		{"model", &c.Model, map[string]*map[string]string{"set": &c.Model.Set}},
		{"optimizer", &c.Optimizer, map[string]*map[string]string{"optimizer-set": &c.Optimizer.Set, "schedule-set": &c.Optimizer.ScheduleSet}},
		{"train", &c.Train, nil},
	}
}

// An Option is one setting of a Config, for a command line.
type Option struct {
	settings.Field
	Section string
	Map     bool // takes key=value, several times
}

// Options lists all settings with their values, in order.
func (c *Config) Options() ([]Option, error) {
	var all []Option
	for _, s := range c.sections() {
		fields, err := settings.Fields(s.values)
		if err != nil {
			return nil, err
		}
		for _, f := range fields {
			all = append(all, Option{Field: f, Section: s.name})
		}
		for _, name := range slices.Sorted(maps.Keys(s.sets)) {
			all = append(all, Option{Field: settings.Field{Name: name, Type: "key=value", Doc: mapDocs[name]}, Section: s.name, Map: true})
		}
	}
	return all, nil
}

var mapDocs = map[string]string{
	"data-set":      "setting of a generated data set (see lenz data)",
	"set":           "setting of the model (see lenz models)",
	"optimizer-set": "setting of the optimizer (see lenz optimizers)",
	"schedule-set":  "setting of the schedule (see lenz optimizers)",
}

// Set sets one option from text; options of the Map kind take key=value. The error names the option and what would do.
func (c *Config) Set(name, text string) error {
	var known []string
	for _, s := range c.sections() {
		if m, ok := s.sets[name]; ok {
			return setPair(m, name, text)
		}
		fields, err := settings.Fields(s.values)
		if err != nil {
			return err
		}
		for _, f := range fields {
			if f.Name == name {
				if err := settings.Set(s.values, name, text); err != nil {
					return err
				}
				if name == "binarize" {
					_, _, err := parseBinarize(text)
					return err
				}
				return c.Optimizer.check(name)
			}
			known = append(known, f.Name)
		}
	}
	return fmt.Errorf("unknown setting %q%s", name, near.Suggest(name, known))
}

func setPair(m *map[string]string, name, text string) error {
	key, value, ok := strings.Cut(text, "=")
	if key = strings.TrimSpace(key); !ok || key == "" {
		return fmt.Errorf("--%s takes key=value, not %q", name, text)
	}
	if *m == nil {
		*m = map[string]string{}
	}
	(*m)[key] = strings.TrimSpace(value)
	return nil
}
