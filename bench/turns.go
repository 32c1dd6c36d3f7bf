package bench

// inTurn has n things take turns, a number of rounds, another one first in each, so that a slow minute of the machine, and
// what one leaves in the caches, falls on all of them alike.
func inTurn(n, rounds int, do func(round, i int) error) error {
	return whileInTurn(n, func(round int) bool { return round < rounds }, do)
}

// whileInTurn is inTurn as long as more says so, which is asked before each round.
func whileInTurn(n int, more func(round int) bool, do func(round, i int) error) error {
	for round := 0; more(round); round++ {
		for k := range n {
			if err := do(round, (k+round)%n); err != nil {
				return err
			}
		}
	}
	return nil
}
