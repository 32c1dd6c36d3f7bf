// The kernels for one instruction set, included once for each (a .h, for Go builds anew when one changes): TARGET its
// attribute, NAME its names, LANES floats a vector, ROWS rows a panel, REACHED the bits of a vector's floats that reach a value.

typedef float NAME(vec) __attribute__((vector_size(LANES * 4), aligned(4), may_alias));

// block is ROWS times 2*LANES products, in registers while it sums; add: to what out holds.
TARGET static void NAME(block)(const float *a, const float *b, int k, float *out, int64_t stride, int add) {
	NAME(vec) sum[ROWS][2];
	float *to = out;
#pragma GCC unroll 16
	for (int i = 0; i < ROWS; i++) sum[i][0] = sum[i][1] = (NAME(vec)){0};
	for (int p = 0; p < k; p++, a += ROWS, b += 2 * LANES) {
		NAME(vec) left = *(const NAME(vec) *)b, right = *(const NAME(vec) *)(b + LANES);
#pragma GCC unroll 16
		for (int i = 0; i < ROWS; i++) {
			sum[i][0] += a[i] * left;
			sum[i][1] += a[i] * right;
		}
	}
	if (add) {
#pragma GCC unroll 16
		for (int i = 0; i < ROWS; i++, out += stride) {
			sum[i][0] += *(NAME(vec) *)out;
			sum[i][1] += *(NAME(vec) *)(out + LANES);
		}
	}
#pragma GCC unroll 16
	for (int i = 0; i < ROWS; i++, to += stride) {
		*(NAME(vec) *)to = sum[i][0];
		*(NAME(vec) *)(to + LANES) = sum[i][1];
	}
}

TARGET static void NAME(multiply)(const float *a, int a_panels, const float *b, int b_panels, int k, float *out, int64_t stride, int add) {
	for (int j = 0; j < b_panels; j++)
		for (int i = 0; i < a_panels; i++)
			NAME(block)(a + (int64_t)i * ROWS * k, b + (int64_t)j * 2 * LANES * k, k, out + (int64_t)i * ROWS * stride + j * 2 * LANES, stride, add);
}

// counts is how many reach low, and how many are above high.
TARGET static void NAME(counts)(const float *s, int n, float low, float high, int32_t *reach, int32_t *above) {
	int32_t c = 0, d = 0;
	for (int i = 0; i < n; i++) {
		c += s[i] >= low;
		d += s[i] > high;
	}
	*reach = c;
	*above = d;
}

// offer takes the candidates of a row; it stops when there are too many that are nearly equal.
TARGET static int NAME(offer)(tiles_scan_args *x, tiles_best *best, const float *s) {
	for (int i = x->column; i < x->n; i += LANES) {
		uint32_t reached = 0; // by LANES products, which reach the bound
		if (i + LANES <= x->n)
			reached = REACHED(s + i, best->bound);
		else
			for (int k = 0; i + k < x->n; k++) reached |= (uint32_t)(s[i + k] >= best->bound) << k;
		for (; reached; reached &= reached - 1) {
			int at = i + __builtin_ctz(reached);
			if (best->n == KEEP) {
				prune(best, x->slack);
				if (best->n > KEEP - 8) {
					x->column = at;
					x->crowded = 1;
					return 0;
				}
			}
			if (!(s[at] >= best->bound)) continue; // which has risen
			best->product[best->n] = s[at];
			best->item[best->n++] = x->first + at;
		}
	}
	return 1;
}

// reach is a product that TOP of the row reach: of the largest of each of 16 parts, the TOPth.
TARGET static float NAME(reach)(const float *s, int n) {
	float most[16];
	for (int i = 0; i < 16; i++) most[i] = s[i];
	for (int at = 16; at + 16 <= n; at += 16)
		for (int i = 0; i < 16; i++) most[i] = s[at + i] > most[i] ? s[at + i] : most[i];
	return nth(most, 16);
}

// largest is the largest of n products.
TARGET static float NAME(largest)(const float *s, int n) {
	enum { SOME = 4 * LANES };
	float most[SOME], one = -FLT_MAX;
	int at = 0;
	for (int i = 0; i < SOME; i++) most[i] = -FLT_MAX;
	for (; at + SOME <= n; at += SOME)
		for (int i = 0; i < SOME; i++) most[i] = s[at + i] > most[i] ? s[at + i] : most[i];
	for (; at < n; at++) one = s[at] > one ? s[at] : one;
	for (int half = SOME / 2; half > 0; half /= 2)
		for (int i = 0; i < half; i++) most[i] = most[i + half] > most[i] ? most[i + half] : most[i];
	return most[0] > one ? most[0] : one;
}

// scan passes over what no product of a row reaches: most thresholds, for only few items are near a query.
TARGET static int NAME(scan)(tiles_scan_args *x, int row) {
	for (; row < x->rows; row++) {
		const float *s = x->tile + row * x->stride;
		tiles_best *best = x->best + row;
		int32_t begin = x->begin[row], end = x->end[row];
		if ((int64_t)x->near_room - x->near_count < (int64_t)(end - begin) * x->n) return row;
		if (best->bound == -FLT_MAX && x->n >= 16) best->bound = NAME(reach)(s, x->n) - x->slack;
		float most = NAME(largest)(s, x->n);
		if (most >= best->bound && !NAME(offer)(x, best, s)) return row;
		x->column = 0;
		for (int32_t t = begin; t < end; t++) {
			if (most < x->low[t]) continue;
			int32_t reach, above;
			NAME(counts)(s, x->n, x->low[t], x->high[t], &reach, &above);
			x->above[t] += above;
			if (reach == above) continue;
			for (int i = 0; i < x->n; i++)
				if (s[i] >= x->low[t] && !(s[i] > x->high[t])) x->near[x->near_count++] = (tiles_near){row, t, x->first + i};
		}
	}
	return row;
}

// steps finds the cells of some products at a time, counts what these tell, without a branch, and then
// looks at the others one by one.
TARGET static int NAME(steps)(const float *s, int n, const tiles_steps_args *x, int32_t *near) {
	enum { SOME = 256 };
	int32_t cell[SOME], dirty[SOME];
	const int32_t *restrict of = x->at;
	int32_t *restrict above = x->above;
	uint32_t thresholds = x->thresholds, spare = thresholds < 8 ? 0 : 7;
	float least = x->least, scale = x->scale, last = (float)(x->cells - 1);
	int found = 0;
	for (int from = 0; from < n; from += SOME) {
		int some = n - from < SOME ? n - from : SOME, others = 0;
		for (int i = 0; i < some; i++) {
			float c = (s[from + i] - least) * scale + 1;
			c = c > 0 ? c : 0; // what is not scanned is -Inf, perhaps times 0
			cell[i] = (int32_t)(c < last ? c : last);
		}
		for (int i = 0; i < some; i++) {
			uint32_t at = of[cell[i]], tells = at < thresholds;
			above[(at & -tells) | (spare & i & (tells - 1))] += tells; // what tells nothing goes where none waits for another
			dirty[others] = i;
			others += at >> 31;
		}
		for (int k = 0; k < others; k++) {
			int i = dirty[k], at = place(x, -1 - of[cell[i]], s[from + i]);
			if (at < 0)
				near[found++] = from + i;
			else if (at < (int)thresholds)
				above[at]++;
		}
	}
	return found;
}

static const tiles_kernels NAME(kernels) = {ROWS, 2 * LANES, NAME(multiply), NAME(scan), NAME(steps)};
