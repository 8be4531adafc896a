package job

// presets are the settings that suit a data set, under those that a user gives. Each was chosen on the validation part.
var presets = map[string][]Assignment{
	"sunspots": {
		{"input", "96"}, {"horizon", "24"}, {"stride", "2"}, {"batch", "64"}, {"epochs", "12"}, {"lr", "0.003"}, {"schedule", "cosine"},
		{"transform", "sqrt"}, {"patience", "0"},
		{"set", "window_norm=mean"}, {"set", "highway=96"},
	},
}

func preset(data string) []Assignment { return presets[data] }
