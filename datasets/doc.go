// Package datasets brings time series to batches: Series -> Split -> Scaler -> Windows -> Batch.
package datasets
