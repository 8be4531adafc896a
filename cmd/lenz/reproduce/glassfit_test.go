package reproduce

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"lenz/internal/rng"
)

// made returns runs whose U4 and xi/L are known functions of temperature and size, exactly or with noise that differs from group to group
// and is the same at all temperatures of one.
func made(sizes []int, groups int, noise float64, u4, length func(size int, temperature float64) float64) glassRuns {
	var all glassRuns
	r := rand.New(rng.New(5, "made"))
	for _, size := range sizes {
		run := &glassRun{plan: glassPlan{size: size}}
		for range groups {
			g, d := glassMoments{size: size}, noise*r.NormFloat64()
			for _, t := range glassLadder[:glassMeasured] {
				k := 2 * math.Sin(math.Pi/float64(size)) * float64(size) * length(size, t)
				m := overlapMoments{q2: 0.3, q4: 0.09 * (u4(size, t) + d), wave: 0.3 / (1 + k*k)}
				g.last, g.before = append(g.last, m), append(g.before, overlapMoments{0.3, m.q4 - 0.0009, m.wave})
			}
			run.groups = append(run.groups, g)
		}
		all = append(all, run)
	}
	return all
}

func scaling(at, slope, correction float64) func(size int, t float64) float64 {
	return func(size int, t float64) float64 {
		l := float64(size)
		return at + slope*(t-glassTcPublished)*math.Pow(l, 1/glassNu) + correction*math.Pow(l, -glassOmega)
	}
}

// Values that scale as the theory says are extrapolated to what they were made of.
func TestGlassExtrapolation(t *testing.T) {
	all := made([]int{4, 5, 6, 8}, 20, 1e-6, scaling(1.49, 0.4, 0.1), scaling(0.6516, -0.4, -0.15))
	u4, err := all.extrapolate(func(m glassMoments) float64 { return m.u4(glassAtTc) }, glassOmega, 0.1)
	if err != nil || math.Abs(u4.at-1.49) > 1e-5 || math.Abs(u4.slope-0.1) > 1e-4 {
		t.Errorf("U4 is 1.49 + 0.1 L^-omega, found %v + %v (%v)", u4.at, u4.slope, err)
	}
	if u4.err < 1e-4 { // the exponent alone leaves that much open
		t.Errorf("error %v", u4.err)
	}
	// xi/L is equal to its critical value at T_c + (0.15/-0.4) L^-(omega + 1/nu).
	for i, run := range all {
		got, _ := all[i : i+1].jackknife(func(m []glassMoments) float64 { return m[0].criticalTemperature() })
		want := glassTcPublished - 0.375*math.Pow(float64(run.plan.size), -glassOmega-1/glassNu)
		if math.Abs(got-want) > 1e-5 {
			t.Errorf("L = %d: xi/L is 0.6516 at %v, want %v", run.plan.size, got, want)
		}
	}
	flat := made([]int{4, 8}, 20, 1e-6, scaling(1.49, 0.4, 0), scaling(0.6516, -0.4, 0))
	if at, _ := flat.jackknife(func(m []glassMoments) float64 { return m[0].meeting(m[1]) }); math.Abs(at-glassTcPublished) > 1e-4 {
		t.Errorf("curves without corrections meet at %v", at)
	}
	if d, _ := flat[:1].jackknife(func(m []glassMoments) float64 { return m[0].drift() }); math.Abs(d-0.01) > 1e-9 {
		t.Errorf("U4 drifts by %v, want 0.01", d)
	}
	away := made([]int{4, 8}, 5, 0.01, scaling(1.49, 0.4, 0), scaling(0.3, -0.1, 0))
	if _, err := away.extrapolate(glassMoments.criticalTemperature, 1.5, 0.1); err == nil {
		t.Error("xi/L that never has its critical value is extrapolated")
	}
}

// The jackknife's error of a mean is the standard error; of the difference of two sizes that of both.
func TestGlassJackknife(t *testing.T) {
	const noise, groups = 0.02, 400
	all := made([]int{4, 8}, groups, noise, scaling(1.49, 0.4, 0), scaling(0.65, -0.4, 0))
	want := noise / math.Sqrt(groups)
	_, one := all[:1].jackknife(func(m []glassMoments) float64 { return m[0].u4(0) })
	_, two := all.jackknife(func(m []glassMoments) float64 { return m[0].u4(0) - m[1].u4(0) })
	_, none := all[:1].jackknife(func(m []glassMoments) float64 { return m[0].u4(0) - m[0].u4(3) })
	// A standard deviation of 400 values is known to 3.5 %: four of them.
	if math.Abs(one/want-1) > 0.14 || math.Abs(two/(want*math.Sqrt2)-1) > 0.14 {
		t.Errorf("errors %v and %v, want %v and %v", one, two, want, want*math.Sqrt2)
	}
	if none > 1e-9 {
		t.Errorf("noise that two temperatures share leaves an error of %v in their difference", none)
	}
}

// Moments of known distributions: of q = -1 or 1 U4 is 1; where q(k) vanishes as L grows, xi/L follows from the ratio of the two.
func TestOverlapMoments(t *testing.T) {
	m := overlapMoments{q2: 0.25, q4: 0.0625, wave: 0.05}
	if m.u4() != 1 {
		t.Errorf("U4 is %v", m.u4())
	}
	if got, want := m.length(4), 2/(2*math.Sin(math.Pi/4))/4; math.Abs(got-want) > 1e-15 {
		t.Errorf("xi/L is %v, want %v", got, want)
	}
}

// A little of the experiment: the same seed gives the same moments at once and again, glasses order as they cool, and a
// cancelled run stops.
func TestSampleGlasses(t *testing.T) {
	plan := glassPlan{4, 3, 512}
	run, err := sampleGlasses(context.Background(), plan, 1)
	if err != nil {
		t.Fatal(err)
	}
	again, err := sampleGlasses(context.Background(), plan, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, g := range run.groups {
		for k, m := range g.last {
			if m != again.groups[i].last[k] {
				t.Fatalf("group %d, temperature %d: %+v, then %+v", i, k, m, again.groups[i].last[k])
			}
			if k > 0 && m.q2 >= g.last[k-1].q2 {
				t.Errorf("group %d: <q^2> is %v at T = %v, %v at T = %v", i, g.last[k-1].q2, glassLadder[k-1], m.q2, glassLadder[k])
			}
		}
	}
	if run.groups[0].last[0] == run.groups[1].last[0] {
		t.Error("two groups have the same samples")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := sampleGlasses(ctx, plan, 1); err == nil {
		t.Error("a cancelled run goes on")
	}
}
