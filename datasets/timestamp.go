package datasets

import (
	"fmt"
	"time"
)

// stampForm is how a time stamp is written.
type stampForm int

const (
	noStamp     stampForm = iota
	dateForm              // 2006-01-02, 2006/01/02, 2006-01, each date also with a time of day and a zone
	dottedForm            // 02.01.2006, also with a time of day
	quarterForm           // 2006Q1, 2006-Q1
	digitsForm            // 20060102
	yearForm              // 2006
	unixForm              // seconds since 1970; only when asked for
	layoutForm            // a layout that was asked for
)

func (f stampForm) String() string {
	return [...]string{"no time stamp", "year-month-day", "day.month.year", "year and quarter", "eight digits", "a year", "unix seconds", "the layout"}[f]
}

// parseStamp reads a time stamp in any form that can be told by its look, in microseconds since 1970.
func parseStamp(b []byte) (int64, stampForm) {
	p := scanner{text: b}
	first, n := p.digits()
	switch {
	case n == 4 && p.done():
		return civil(first, 1, 1) * dayMicros, yearForm
	case n == 8 && p.done():
		year, month, day := first/10000, first/100%100, first%100
		if validDate(year, month, day) {
			return civil(year, month, day) * dayMicros, digitsForm
		}
	case n == 4 && (p.peek() == '-' || p.peek() == '/'):
		return p.yearFirst(first)
	case n == 4 && (p.peek() == 'Q' || p.peek() == 'q'):
		return p.quarter(first)
	case (n == 1 || n == 2) && p.accept('.'):
		month, _ := p.digits()
		if !p.accept('.') {
			break
		}
		if year, n := p.digits(); n == 4 && validDate(year, month, first) {
			return p.clock(civil(year, month, first)*dayMicros, dottedForm)
		}
	}
	return 0, noStamp
}

const dayMicros = 24 * hour

// scanner walks through a text.
type scanner struct {
	text []byte
	at   int
}

func (p *scanner) done() bool { return p.at == len(p.text) }

func (p *scanner) peek() byte {
	if p.done() {
		return 0
	}
	return p.text[p.at]
}

func (p *scanner) accept(c byte) bool {
	if p.peek() != c || p.done() {
		return false
	}
	p.at++
	return true
}

// digits reads at most nine digits and tells how many there were.
func (p *scanner) digits() (value, n int) {
	for n < 9 && p.at < len(p.text) && p.text[p.at] >= '0' && p.text[p.at] <= '9' {
		value = value*10 + int(p.text[p.at]-'0')
		p.at++
		n++
	}
	return value, n
}

// two reads exactly two digits no larger than most.
func (p *scanner) two(most int) (int, bool) {
	v, n := p.digits()
	return v, n == 2 && v <= most
}

// yearFirst reads what follows the year in 2006-01[-02[ 15:04...]] and its like with slashes, and 2006-Q1.
func (p *scanner) yearFirst(year int) (int64, stampForm) {
	separator := p.peek()
	p.at++
	if c := p.peek(); c == 'Q' || c == 'q' {
		return p.quarter(year)
	}
	month, n := p.digits()
	if n == 0 || n > 2 {
		return 0, noStamp
	}
	day := 1
	if !p.done() {
		if !p.accept(separator) {
			return 0, noStamp
		}
		if day, n = p.digits(); n == 0 || n > 2 {
			return 0, noStamp
		}
	}
	if !validDate(year, month, day) {
		return 0, noStamp
	}
	return p.clock(civil(year, month, day)*dayMicros, dateForm)
}

func (p *scanner) quarter(year int) (int64, stampForm) {
	p.at++
	q, n := p.digits()
	if n != 1 || q < 1 || q > 4 || !p.done() || year < 1 {
		return 0, noStamp
	}
	return civil(year, 3*q-2, 1) * dayMicros, quarterForm
}

// clock reads nothing, or a time of day: 15:04[:05[.000000]] and a zone, Z or +01:00, after a space or a T.
func (p *scanner) clock(date int64, form stampForm) (int64, stampForm) {
	if p.done() {
		return date, form
	}
	if !p.accept(' ') && !p.accept('T') && !p.accept('t') {
		return 0, noStamp
	}
	h, n := p.digits()
	if n == 0 || n > 2 || h > 23 || !p.accept(':') {
		return 0, noStamp
	}
	m, ok := p.two(59)
	if !ok {
		return 0, noStamp
	}
	date += int64(h)*hour + int64(m)*minute
	if p.accept(':') {
		s, ok := p.two(59)
		if !ok {
			return 0, noStamp
		}
		date += int64(s) * second
		if p.accept('.') {
			fraction, n := p.digits()
			if n == 0 {
				return 0, noStamp
			}
			for ; n < 6; n++ {
				fraction *= 10
			}
			for ; n > 6; n-- {
				fraction /= 10
			}
			date += int64(fraction)
		}
	}
	return p.zone(date, form)
}

func (p *scanner) zone(date int64, form stampForm) (int64, stampForm) {
	if p.done() {
		return date, form
	}
	if p.accept('Z') || p.accept('z') {
		if !p.done() {
			return 0, noStamp
		}
		return date, form
	}
	sign := int64(0)
	if p.accept('+') {
		sign = -1 // ahead of UTC
	} else if p.accept('-') {
		sign = 1
	}
	h, n := p.digits()
	m := h % 100
	if n == 4 { // +0530
		h /= 100
	} else if m = 0; p.accept(':') { // +05:30, +05
		var ok bool
		if m, ok = p.two(59); !ok {
			return 0, noStamp
		}
	}
	if sign == 0 || n != 4 && n != 2 || h > 14 || m > 59 || !p.done() {
		return 0, noStamp
	}
	return date + sign*(int64(h)*hour+int64(m)*minute), form
}

func validDate(year, month, day int) bool {
	return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month)
}

func daysIn(year, month int) int {
	switch {
	case month == 2 && (year%4 != 0 || year%100 == 0 && year%400 != 0):
		return 28
	case month == 2:
		return 29
	case month == 4 || month == 6 || month == 9 || month == 11:
		return 30
	}
	return 31
}

// civil numbers the days of the Gregorian calendar from 1970-01-01, for years from 1 on. A year begins in March here, so
// that the leap day is its last.
func civil(year, month, day int) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	return int64(365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 1 - 719468)
}

// stampReader reads the time stamps of a file, which must all have the form of the first.
type stampReader struct {
	form   stampForm
	layout string
	proved bool // a dotted date had a day above 12, so that days stand first
}

// read returns the time, or says why the text is none.
func (r *stampReader) read(text []byte) (int64, error) {
	switch r.form {
	case unixForm:
		v, ok := parseNumber(text)
		if !ok || v < -6e10 || v > 2.5e11 {
			return 0, fmt.Errorf("%q is no number of seconds since 1970: mend it, or name another time format", text)
		}
		return int64(v * second), nil
	case layoutForm:
		t, err := time.Parse(r.layout, string(text))
		if err != nil {
			return 0, fmt.Errorf("%q is not written as %s: mend it, or name another time format", text, r.layout)
		}
		return t.UnixMicro(), nil
	}
	v, form := parseStamp(text)
	if form == noStamp || r.form != noStamp && form != r.form {
		return 0, r.refuse(text)
	}
	r.form = form
	if form == dottedForm && text[1] != '.' && 10*int(text[0]-'0')+int(text[1]-'0') > 12 {
		r.proved = true
	}
	return v, nil
}

// refuse says what is wrong with a time stamp, and how it may be written.
func (r *stampReader) refuse(text []byte) error {
	const forms = "write 2006-01-02, 2006-01-02 15:04:05, 2006-01, 2006Q1, 20060102 or a year, or name the time format"
	switch {
	case len(text) == 0:
		return fmt.Errorf("the time stamp is empty: fill it, or use --time-column none to number the rows")
	case r.form != noStamp:
		return fmt.Errorf("%q is no time stamp in the form of those before it (%v): write all alike", text, r.form)
	}
	if _, err := time.Parse("1/2/2006", string(text[:min(len(text), 10)])); err == nil {
		return fmt.Errorf("%q may have the day or the month first: write 2006-01-02", text)
	}
	if _, ok := parseNumber(text); ok {
		return fmt.Errorf("%q is no time stamp: %s (unix for seconds since 1970)", text, forms)
	}
	return fmt.Errorf("%q is no time stamp: %s", text, forms)
}
