// Package report makes what people look at after a run: pictures, one offline page, and a plot for the terminal.
// It takes plain data (its own structs) and knows neither trainer nor models.
//
// Which thing to choose:
//
//   - [Learning], [Forecast], [Backtest], [Horizon] describe the four pictures of a forecasting run. Their method
//     Figure checks the data and gives a [Figure].
//   - [Figure] is a picture as data: panels of lines, bands and marks. Make one by hand for anything else. It can be
//     written by [Figure.SVG] and [Figure.PNG] (or by [Save], which chooses by the name's ending), by [Figure.Text] on a
//     terminal, and by a [Page].
//   - [Compare] lays a model's metrics beside those of its baselines and finds the best of each row;
//     [Metrics.Verdict] says in a sentence whether the model beats them.
//   - [Page] is report.html: one file with no script, style, font or picture from elsewhere, for phone, desktop,
//     dark mode and paper.
//   - [Sparkline] is one line of block characters for a log line.
//
// The same input gives the same bytes: nothing depends on the clock, on map order or on random identifiers.
//
// Missing values are NaN and make gaps; infinities count as missing. Long series are thinned to what a screen can
// show (the least and the greatest value of each bucket are kept, so that no spike is lost). Names may hold
// anything: they are escaped, and shortened where they do not fit.
//
// Colours are those of Okabe and Ito (2008), "Color Universal Design", darkened on white and lightened on black for
// contrast; lines differ in their dashes too, so that a picture survives a grey printer.
package report
