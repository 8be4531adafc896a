package report

// curvePoints is the number of steps that a curve is drawn in.
const curvePoints = 200

// Curve is a function over [from, to] as a line, such as a theory beside measurements.
func Curve(name string, c Color, from, to float64, f func(float64) float64) Line {
	l := Line{Name: name, Color: c}
	for i := range curvePoints + 1 {
		x := from + (to-from)*float64(i)/curvePoints
		l.X, l.Y = append(l.X, x), append(l.Y, f(x))
	}
	return l
}
