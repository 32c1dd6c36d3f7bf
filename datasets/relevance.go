package datasets

import "slices"

// AnswersOf lists the pictures that answer each text, in ascending order: those that the text names, and those
// that have all of its labels. It gives the same as datasets.Relevant of every pair, but faster.
func AnswersOf(texts []Text, images []Image) [][]int32 {
	byID, byLabel := map[string]int32{}, map[string][]int32{}
	for i, im := range images {
		byID[im.ID] = int32(i)
		for _, l := range im.Labels {
			byLabel[l] = append(byLabel[l], int32(i))
		}
	}
	out := make([][]int32, len(texts))
	for q, t := range texts {
		var list []int32
		for k, l := range t.Labels {
			if k == 0 {
				list = slices.Clone(byLabel[l])
				continue
			}
			list = slices.DeleteFunc(list, func(i int32) bool {
				_, holds := slices.BinarySearch(byLabel[l], i)
				return !holds
			})
		}
		for _, id := range t.Images {
			if i, ok := byID[id]; ok {
				list = append(list, i)
			}
		}
		slices.Sort(list)
		out[q] = slices.Compact(list)
	}
	return out
}

// Inverse lists for each of n items the queries that contain it.
func Inverse(lists [][]int32, n int) [][]int32 {
	out := make([][]int32, n)
	for q, list := range lists {
		for _, i := range list {
			out[i] = append(out[i], int32(q))
		}
	}
	return out
}

// Companions lists for each picture all pictures with the same label set, including itself; it is empty for a
// picture without labels. Pictures of one label set share the list.
func Companions(sets []string) [][]int32 {
	members := map[string][]int32{}
	for i, s := range sets {
		if s != "" {
			members[s] = append(members[s], int32(i))
		}
	}
	out := make([][]int32, len(sets))
	for i, s := range sets {
		out[i] = members[s]
	}
	return out
}
