#include "fused.h"

int fastclip_fused(const fastclip_unit *u, const fastclip_job *j, int row, int to, int y) {
	for (; row < to; row += u->band_rows) {
		int n = to - row < u->band_rows ? to - row : u->band_rows;
		u->band(j, row, n);
		for (; y < j->y.size && j->y.last[y] < row + n; y++) u->down(j, y);
	}
	return y;
}

int fastclip_uprights(const fastclip_unit *u, uint8_t *dst, const uint8_t *src, size_t stride, size_t width, int channels,
		const fastclip_weights *y, int from, int to, uint8_t *ring, int ring_mask, int done) {
	const fastclip_rows rows = channels ? (fastclip_rows){ring, width, width, ring_mask} : (fastclip_rows){src, stride, width, -1};
	for (int at = from; at < to; at++) {
		for (; channels && done <= y->last[at]; done++)
			u->premultiply(ring + (size_t)(done & ring_mask) * width, src + (size_t)done * stride, channels, width / channels);
		u->upright(dst + (size_t)at * width, &rows, y, at);
	}
	return done;
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
