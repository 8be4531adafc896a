// Package baseline holds the forecasts that a learned model has to beat, each a few lines of arithmetic.
//
//   - Naive repeats the last value. Nothing beats it on a random walk, such as an exchange rate.
//   - SeasonalNaive repeats the last season. Take it wherever the data has a season.
//   - Drift goes on along the line from the first value to the last. Take it for a trend without a season.
//   - Ridge is a linear autoregression, fitted in closed form: the hardest to beat of the four, and often of all.
//     FitRidge fits one; its lags, its penalty and its form are chosen on the validation part. It is a closed-form
//     learner as well, which a trainer can drive.
//   - Standard returns those that stand in every table: naive, seasonal_naive, ridge_ar.
//
// All forecast in the scaled units of the batch, and satisfy the Predict method that models share.
//
// # What a baseline sees
//
// A window holds Layout.Input rows. A season may be longer, and a target need not be an input at all. Naive,
// SeasonalNaive and Drift therefore take a History: the series that the windows were cut from. A forecast reads rows
// before the window's origin only. Without a History they see the window alone, and their
// constructors refuse what does not fit in it. Ridge reads nothing but the window.
package baseline
