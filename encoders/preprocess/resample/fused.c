#include "fused.h"

int fastclip_fused(const fastclip_unit *u, const fastclip_job *j, int row, int to, int y) {
	for (; row < to; row += u->band_rows) {
		int n = to - row < u->band_rows ? to - row : u->band_rows;
		u->band(j, row, n);
		for (; y < j->h && j->y_last[y] < row + n; y++) u->down(j, y);
	}
	return y;
}

void fastclip_normalise(float *dst, const uint8_t *rgb, size_t plane, const float *table, size_t from) {
	float *r = dst, *g = dst + plane, *b = g + plane;
	rgb += 3 * from;
	for (size_t i = from; i < plane; i++, rgb += 3) {
		r[i] = table[rgb[0]];
		g[i] = table[256 + rgb[1]];
		b[i] = table[512 + rgb[2]];
	}
}
