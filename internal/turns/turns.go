// Package turns lets jobs that are compared take turns.
package turns

// Take lets n jobs take turns for a number of rounds. Another job comes first in each round, so that a slow
// minute of the machine, and what a job leaves in the caches, affects all of them alike.
func Take(n, rounds int, do func(round, i int) error) error {
	return While(n, func(round int) bool { return round < rounds }, do)
}

// While does the same for as long as more, asked before each round, says so.
func While(n int, more func(round int) bool, do func(round, i int) error) error {
	for round := 0; more(round); round++ {
		for k := range n {
			if err := do(round, (k+round)%n); err != nil {
				return err
			}
		}
	}
	return nil
}
