package job

// presets are the settings that suit a data set, under those that a user gives. Each was chosen on the validation part.
var presets = map[string][]Assignment{
	"sunspots": {
		{"input", "96"}, {"horizon", "24"}, {"stride", "2"}, {"batch", "64"}, {"transform", "sqrt"},
		{"set", "window_norm=standard"}, {"set", "highway=96"},
		{"lr", "0.005"}, {"schedule", "cosine"}, {"epochs", "12"}, {"patience", "0"},
	},
}

func preset(data string) []Assignment { return presets[data] }
