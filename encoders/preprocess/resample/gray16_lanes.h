// The passes of gray16.c on vectors of LANES doubles: included once for each width, with NAMED giving the functions' names.
typedef double NAMED(reals) __attribute__((vector_size(8 * LANES)));
typedef int32_t NAMED(wholes) __attribute__((vector_size(4 * LANES)));
typedef uint16_t NAMED(samples) __attribute__((vector_size(2 * LANES)));
#define VECTORS (ROWS / LANES)

// No function: how it would be given a vector depends on the target.
#define REAL(v) __builtin_convertvector(__builtin_convertvector(v, NAMED(wholes)), NAMED(reals))

// Rounded and clipped.
BODY void NAMED(rounded)(uint16_t out[LANES], const NAMED(reals) *sum) {
	NAMED(wholes) v = __builtin_convertvector(*sum + 0.5, NAMED(wholes));
	v &= ~(v >> 31);
	v |= (65535 - v) >> 31;
	NAMED(samples) words = __builtin_convertvector(v & 65535, NAMED(samples));
	memcpy(out, &words, sizeof words);
}

// Samples lie as ROWS numbers, one a row.
BODY void NAMED(fill)(double *band, const uint8_t *src, const size_t *row, int width) {
	int i = 0;
	for (; i + TURNED <= width; i += TURNED)
		for (int h = 0; h < ROWS; h += TURNED) {
			uint16_t column[TURNED][TURNED];
			turned(column, src + 2 * i, row + h);
			for (int c = 0; c < TURNED; c++)
				for (int l = 0; l < TURNED; l += LANES) {
					NAMED(samples) v;
					memcpy(&v, column[c] + l, sizeof v);
					NAMED(reals) wide = REAL(v);
					memcpy(band + (size_t)(i + c) * ROWS + h + l, &wide, sizeof wide);
				}
		}
	for (; i < width; i++)
		for (int r = 0; r < ROWS; r++) band[(size_t)i * ROWS + r] = sample(src + row[r] + 2 * i);
}

BODY void NAMED(across)(uint8_t *out, const uint8_t *src, size_t stride, int n, int width,
		const int32_t *first, const int32_t *count, const double *weights, int size, int w, double *band) {
	size_t row[ROWS];
	for (int r = 0; r < ROWS; r++) row[r] = 2 * stride * (size_t)(r < n ? r : n - 1);
	NAMED(fill)(band, src, row, width);
	static const size_t side_by_side[TURNED] = {0, 2 * ROWS, 4 * ROWS, 6 * ROWS, 8 * ROWS, 10 * ROWS, 12 * ROWS, 14 * ROWS};
	for (int x = 0; x < w; x += TURNED) {
		const int some = w - x < TURNED ? w - x : TURNED;
		uint16_t columns[TURNED][ROWS] = {{0}}, rows[TURNED][TURNED];
		for (int c = 0; c < some; c++) {
			const double *p = band + (size_t)first[x + c] * ROWS, *k = weights + (size_t)size * (x + c);
			NAMED(reals) sum[VECTORS] = {{0}};
			for (int i = 0; i < count[x + c]; i++, p += ROWS)
				for (int h = 0; h < VECTORS; h++) {
					NAMED(reals) v;
					memcpy(&v, p + h * LANES, sizeof v);
					sum[h] += v * k[i];
				}
			for (int h = 0; h < VECTORS; h++) NAMED(rounded)(columns[c] + h * LANES, &sum[h]);
		}
		for (int r = 0; r < n; r++) {
			if (r % TURNED == 0) turned(rows, (const uint8_t *)columns + 2 * r, side_by_side);
			uint8_t *to = out + 2 * ((size_t)r * w + x);
			for (int c = 0; c < some; c++) put(to + 2 * c, rows[r % TURNED][c]);
		}
	}
}

// n columns from x on, at most ROWS.
BODY void NAMED(columns)(uint8_t *out, const uint8_t *in, size_t stride, size_t x, const int n, const double *weights, int count) {
	NAMED(reals) sum[VECTORS] = {{0}};
	for (int i = 0; i < count; i++) {
		uint16_t some[ROWS] = {0};
		const uint8_t *p = in + 2 * (i * stride + x);
		for (int c = 0; c < n; c++) some[c] = sample(p + 2 * c);
		for (int h = 0; h < VECTORS; h++) {
			NAMED(samples) v;
			memcpy(&v, some + h * LANES, sizeof v);
			sum[h] += REAL(v) * weights[i];
		}
	}
	uint16_t words[ROWS];
	for (int h = 0; h < VECTORS; h++) NAMED(rounded)(words + h * LANES, &sum[h]);
	for (int c = 0; c < n; c++) put(out + 2 * (x + c), words[c]);
}

BODY void NAMED(down)(uint8_t *out, const uint8_t *in, size_t stride, size_t width, const double *weights, int count) {
	size_t x = 0;
	for (; x + ROWS <= width; x += ROWS) NAMED(columns)(out, in, stride, x, ROWS, weights, count);
	if (x < width) NAMED(columns)(out, in, stride, x, (int)(width - x), weights, count);
}

#undef VECTORS
#undef REAL
#undef LANES
#undef NAMED
