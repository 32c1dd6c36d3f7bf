#include "fused.h"
#include "passes.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include <string.h>

// NEON multiplies 32 bits by 32 and adds, so a weight stays whole; a row's pixels are bytes.
enum { PRECISION = 22, BAND_ROWS = 4 };

// Pillow's MULDIV255 of eight values.
static inline uint8x8_t muldiv(uint8x8_t v, uint8x8_t alpha) {
	uint16x8_t t = vaddq_u16(vmull_u8(v, alpha), vdupq_n_u16(128));
	return vshrn_n_u16(vaddq_u16(vshrq_n_u16(t, 8), t), 8);
}

static inline uint8x8x4_t premultiplied(uint8x8x4_t v) {
	for (int c = 0; c < 3; c++) v.val[c] = muldiv(v.val[c], v.val[3]);
	return v;
}

static inline uint8x8x4_t four(uint8x8_t r, uint8x8_t g, uint8x8_t b, uint8x8_t a) {
	uint8x8x4_t v = {{r, g, b, a}};
	return v;
}

static inline uint8x8x4_t load8(const uint8_t *p, int kind) {
	const uint8x8_t zero = vdup_n_u8(0);
	switch (kind) {
	case FASTCLIP_THREE: {
		uint8x8x3_t rgb = vld3_u8(p);
		return four(rgb.val[0], rgb.val[1], rgb.val[2], zero);
	}
	case FASTCLIP_ONE: {
		uint8x8_t grey = vld1_u8(p);
		return four(grey, grey, grey, zero);
	}
	case FASTCLIP_FIRST: case FASTCLIP_TWO: case FASTCLIP_MULTIPLIED_TWO: {
		uint8x8x2_t la = vld2_u8(p);
		uint8x8x4_t v = four(la.val[0], la.val[0], la.val[0], la.val[1]);
		return kind == FASTCLIP_TWO ? premultiplied(v) : v;
	}
	case FASTCLIP_INK: {
		uint8x8x4_t v = vld4_u8(p);
		uint8x8_t light = vmvn_u8(v.val[3]);
		for (int c = 0; c < 3; c++) v.val[c] = vqsub_u8(light, muldiv(v.val[c], light));
		return v;
	}
	}
	uint8x8x4_t v = vld4_u8(p);
	return kind == FASTCLIP_PREMULTIPLY ? premultiplied(v) : v;
}

static void fill(const fastclip_job *j, const uint8_t *src, int n) {
	const int bytes = fastclip_pixel_bytes(j->kind);
	for (int y = 0; y < n; y++, src += j->stride) {
		const uint8_t *p = src;
		uint8_t *out = j->band + y * j->band_stride;
		int left = j->width;
		for (; left >= 8; left -= 8, p += 8 * bytes, out += 32) vst4_u8(out, load8(p, j->kind));
		if (left > 0) {
			uint8_t last[32] = {0};
			memcpy(last, p, bytes * left);
			vst4_u8(out, load8(last, j->kind));
		}
	}
}

// Four sums, rounded, cut down and clipped to 16 bits; their bytes are what vqmovun makes of them.
static inline int16x4_t words(int32x4_t sum) { return vqmovn_s32(vshrq_n_s32(sum, PRECISION)); }

static inline int32x4_t half(void) { return vdupq_n_s32(1 << (PRECISION - 1)); }

// Four pixels times four weights.
static inline int32x4_t add4(int32x4_t sum, const uint8_t *p, int32x4_t k) {
	uint8x16_t v = vld1q_u8(p);
	uint16x8_t lo = vmovl_u8(vget_low_u8(v)), hi = vmovl_u8(vget_high_u8(v));
	sum = vmlaq_laneq_s32(sum, vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(lo))), k, 0);
	sum = vmlaq_laneq_s32(sum, vreinterpretq_s32_u32(vmovl_u16(vget_high_u16(lo))), k, 1);
	sum = vmlaq_laneq_s32(sum, vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(hi))), k, 2);
	return vmlaq_laneq_s32(sum, vreinterpretq_s32_u32(vmovl_u16(vget_high_u16(hi))), k, 3);
}

static void across(const fastclip_job *j, int group) {
	const int32_t *k = j->x.weights;
	uint8_t *out[BAND_ROWS];
	for (int r = 0; r < BAND_ROWS; r++) out[r] = j->ring + (size_t)((group + r) & j->ring_mask) * j->ring_stride;
	for (int x = 0; x < j->x.size; x++) {
		const uint8_t *p = j->band + (size_t)4 * j->x.first[x];
		int32x4_t sum[BAND_ROWS];
		for (int r = 0; r < BAND_ROWS; r++) sum[r] = half();
		for (int g = 0; g < j->x.groups; g++, k += 4, p += 16) {
			int32x4_t weights = vld1q_s32(k);
			for (int r = 0; r < BAND_ROWS; r++) sum[r] = add4(sum[r], p + r * j->band_stride, weights);
		}
		for (int r = 0; r < BAND_ROWS; r++) {
			int16x4_t w = words(sum[r]);
			uint32_t pixel = vget_lane_u32(vreinterpret_u32_u8(vqmovun_s16(vcombine_s16(w, w))), 0);
			memcpy(out[r] + 4 * x, &pixel, 4);
		}
	}
}

static void band(const fastclip_job *j, int row, int n) {
	fill(j, j->src + (size_t)row * j->stride, n);
	across(j, row);
}

// Pillow's way back from premultiplied, of 8 pixels; what has no alpha or all of it stays. A
// float's quotient of less than 2^16, cut down, is the integer one.
static inline uint8x8_t divided(uint8x8_t v, uint8x8_t alpha) {
	uint16x8_t a = vmovl_u8(alpha), scaled = vmull_u8(v, vdup_n_u8(255));
	float32x4_t lo = vdivq_f32(vcvtq_f32_u32(vmovl_u16(vget_low_u16(scaled))), vcvtq_f32_u32(vmovl_u16(vget_low_u16(a))));
	float32x4_t hi = vdivq_f32(vcvtq_f32_u32(vmovl_u16(vget_high_u16(scaled))), vcvtq_f32_u32(vmovl_u16(vget_high_u16(a))));
	uint8x8_t q = vqmovn_u16(vcombine_u16(vqmovn_u32(vcvtq_u32_f32(lo)), vqmovn_u32(vcvtq_u32_f32(hi))));
	uint8x8_t stays = vorr_u8(vceq_u8(alpha, vdup_n_u8(0)), vceq_u8(alpha, vdup_n_u8(255)));
	return vbsl_u8(stays, v, q);
}

// Eight pixels of one output row, as 32 bytes.
static inline void column8(const fastclip_job *j, int y, int x, uint8_t out[32]) {
	const int32_t *k = (const int32_t *)j->y.weights + (size_t)j->y.groups * y;
	int32x4_t sum[8];
	for (int b = 0; b < 8; b++) sum[b] = half();
	for (int g = j->y.first[y]; g <= j->y.last[y]; g++, k++) {
		const uint8_t *p = j->ring + (size_t)(g & j->ring_mask) * j->ring_stride + (size_t)4 * x;
		for (int b = 0; b < 8; b += 4) {
			uint8x16_t v = vld1q_u8(p + 4 * b);
			uint16x8_t lo = vmovl_u8(vget_low_u8(v)), hi = vmovl_u8(vget_high_u8(v));
			sum[b] = vmlaq_n_s32(sum[b], vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(lo))), *k);
			sum[b + 1] = vmlaq_n_s32(sum[b + 1], vreinterpretq_s32_u32(vmovl_u16(vget_high_u16(lo))), *k);
			sum[b + 2] = vmlaq_n_s32(sum[b + 2], vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(hi))), *k);
			sum[b + 3] = vmlaq_n_s32(sum[b + 3], vreinterpretq_s32_u32(vmovl_u16(vget_high_u16(hi))), *k);
		}
	}
	for (int b = 0; b < 8; b += 2) vst1_u8(out + 4 * b, vqmovun_s16(vcombine_s16(words(sum[b]), words(sum[b + 1]))));
}

static void down(const fastclip_job *j, int y) {
	const int bytes = fastclip_output_bytes(j->kind);
	uint8_t *out = j->dst + (size_t)bytes * j->x.size * y;
	for (int x = 0; x < j->x.size; x += 8, out += 8 * bytes) {
		const int left = j->x.size - x < 8 ? j->x.size - x : 8;
		uint8_t pixels[32], rgb[24];
		column8(j, y, x, pixels);
		if (bytes == 4) {
			memcpy(out, pixels, 4 * left);
			continue;
		}
		uint8x8x4_t v = vld4_u8(pixels);
		uint8x8x3_t three = {{v.val[0], v.val[1], v.val[2]}};
		if (fastclip_has_alpha(j->kind))
			for (int c = 0; c < 3; c++) three.val[c] = divided(v.val[c], v.val[3]);
		vst3_u8(rgb, three);
		memcpy(out, rgb, 3 * left);
	}
}

static void premultiply(uint8_t *out, const uint8_t *in, int channels, size_t n) {
	fastclip_premultiply(out, in, 0, channels, (int)n, 1);
}

// Eight bytes of an output row.
static inline uint8x8_t upright8(const uint8_t *src, const fastclip_rows *in, int first, int n, const int32_t *k) {
	int32x4_t lo = half(), hi = half();
	for (int i = 0; i < n; i++) {
		uint16x8_t v = vmovl_u8(vld1_u8(src + (size_t)((first + i) & in->mask) * in->stride));
		lo = vmlaq_n_s32(lo, vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(v))), k[i]);
		hi = vmlaq_n_s32(hi, vreinterpretq_s32_u32(vmovl_u16(vget_high_u16(v))), k[i]);
	}
	return vqmovun_s16(vcombine_s16(words(lo), words(hi)));
}

static void upright(uint8_t *out, const fastclip_rows *in, const fastclip_weights *y, int at) {
	const int first = y->first[at], n = y->last[at] - first + 1;
	const int32_t *k = (const int32_t *)y->weights + (size_t)y->groups * at;
	for (size_t x = 0; x < in->width; x += 8) {
		size_t from = x + 8 <= in->width ? x : in->width - 8; // the last bytes, with some that are done already
		vst1_u8(out + from, upright8(in->src + from, in, first, n, k));
	}
}

const fastclip_unit fastclip_neon = {BAND_ROWS, band, down, premultiply, upright};
#else
const fastclip_unit fastclip_neon = {0};
#endif
