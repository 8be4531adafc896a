// Package ridge solves linear least squares with a penalty, the one equation behind the readouts of reservoirs and the
// linear autoregression:
//
//	minimize sum over rows |y - W'x|^2 + ridge |W|^2   =>   (X'X + ridge I) W = X'Y
//
// Moments gathers X'X and X'Y as rows come, in memory that does not grow with their number and with bits that do not depend on
// how the rows are cut into calls. Solve factorizes (Cholesky) and says the condition number of the system; a path of penalties
// takes a factorization each and no further look at the rows. Release lets the next sums have the memory, which is worth while where many
// are made one after another. Rows solves from the rows in memory instead, by QR, for features without noise
// whose condition number the sums cannot carry. RLS and LMS follow rows one at a time instead, where the relation
// drifts or an answer is needed at once.
package ridge
