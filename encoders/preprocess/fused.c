#include "fused.h"

void fastclip_fused(const fastclip_unit *u, const fastclip_job *j) {
	int y = 0;
	for (int row = 0; row < j->rows; row += u->band_rows) {
		int n = j->rows - row < u->band_rows ? j->rows - row : u->band_rows;
		u->band(j, row, n);
		for (; y < j->h && j->y_last[y] < row + n; y++) u->down(j, y);
	}
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
