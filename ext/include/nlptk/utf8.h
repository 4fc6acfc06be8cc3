#ifndef NLPTK_UTF8_H
#define NLPTK_UTF8_H
#include <stddef.h>
#include <stdint.h>

/* Decode one code point that is not ASCII at p (end exclusive); its length in bytes goes to *width. Strict, as the Unicode
   standard's table 3-7: no overlong forms, no surrogates, nothing past U+10FFFF. Returns UINT32_MAX where it is not UTF-8. */
static inline uint32_t nlptk_utf8_decode(const uint8_t *p, const uint8_t *end, int *width)
{
    const ptrdiff_t left = end - p;
    if (p[0] >= 0xE0 && p[0] < 0xF0) { /* most of Chinese */
        if (left < 3 || (p[1] & 0xC0) != 0x80 || (p[2] & 0xC0) != 0x80) return UINT32_MAX;
        const uint32_t c = (uint32_t)(p[0] & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
        *width = 3;
        return c < 0x800 || (c >= 0xD800 && c < 0xE000) ? UINT32_MAX : c;
    }
    if (p[0] >= 0xC2 && p[0] < 0xE0) {
        if (left < 2 || (p[1] & 0xC0) != 0x80) return UINT32_MAX;
        *width = 2;
        return (uint32_t)(p[0] & 0x1F) << 6 | (p[1] & 0x3F);
    }
    if (p[0] >= 0xF0 && p[0] < 0xF5) {
        if (left < 4 || (p[1] & 0xC0) != 0x80 || (p[2] & 0xC0) != 0x80 || (p[3] & 0xC0) != 0x80) return UINT32_MAX;
        const uint32_t c = (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3F) << 12 | (uint32_t)(p[2] & 0x3F) << 6 | (p[3] & 0x3F);
        *width = 4;
        return c < 0x10000 || c > 0x10FFFF ? UINT32_MAX : c;
    }
    return UINT32_MAX;
}

#endif
