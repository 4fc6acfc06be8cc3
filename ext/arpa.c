/* ext/arpa.c   The ARPA text format of n-gram models: numbers, lines, and words to ids. */
#include "nlptk/arpa.h"
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- numbers */

static const char PAIRS[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748"
                            "49505152535455565758596061626364656667686970717273747576777879808182838485868788899091929394959697"
                            "9899";

static const double POWERS[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}; /* each of them exact */

static inline char *write_pair(char *out, uint32_t two_digits) { return (char *)memcpy(out, PAIRS + 2 * two_digits, 2) + 2; }

/* Without leading zeros; below 10^9. */
static char *write_integer(char *out, uint32_t x)
{
    if (x < 10) {
        *out = (char)('0' + x);
        return out + 1;
    }
    char digits[10];
    int at = 10;
    for (; x >= 100; x /= 100) write_pair(digits + (at -= 2), x % 100);
    if (x >= 10)
        write_pair(digits + (at -= 2), x);
    else
        digits[--at] = (char)('0' + x);
    memcpy(out, digits + at, (size_t)(10 - at));
    return out + (10 - at);
}

/* d.dddddddde-XX. Scaling by powers of ten is off by a few parts in 10^16; 9 digits tell floats apart that are 10^-8 apart. */
static char *write_scientific(char *out, double x)
{
    int exponent = (int)floor(log10(x)); /* -45 to 38 */
    double scaled = x;
    for (int left = 8 - exponent; left > 0; left -= 22) scaled *= POWERS[left < 22 ? left : 22];
    for (int left = exponent - 8; left > 0; left -= 22) scaled /= POWERS[left < 22 ? left : 22];
    uint32_t digits = (uint32_t)llround(scaled);
    if (digits >= 1000000000) digits = 100000000, exponent++; /* rounded up: the logarithm, or the digits */
    char fraction[8];
    const uint32_t first = digits / 100000000;
    uint32_t rest = digits % 100000000;
    for (int at = 6; at >= 0; at -= 2, rest /= 100) write_pair(fraction + at, rest % 100);
    int n = 8;
    while (n && fraction[n - 1] == '0') n--;
    *out++ = (char)('0' + first);
    if (n) *out++ = '.';
    memcpy(out, fraction, (size_t)n);
    out += n;
    *out++ = 'e';
    if (exponent < 0) *out++ = '-';
    return write_pair(out, (uint32_t)abs(exponent));
}

char *nlptk_arpa_write_number(char *out, float x)
{
    const double size = fabs((double)x);
    if (x < 0) *out++ = '-';
    if (!(size < 1e9)) return write_scientific(out, size);
    const uint64_t k = (uint64_t)(size * 1e7 + 0.5);
    if ((float)((double)k / 1e7) != (float)size) return write_scientific(out, size);
    out = write_integer(out, (uint32_t)(k / 10000000));
    uint32_t rest = (uint32_t)(k % 10000000);
    if (!rest) return out;
    *out = '.';
    const uint32_t high = rest / 1000; /* dddd ddd */
    rest %= 1000;
    write_pair(out + 1, high / 100), write_pair(out + 3, high % 100), write_pair(out + 5, rest / 10);
    out[7] = (char)('0' + rest % 10);
    for (out += 8; out[-1] == '0'; out--) {}
    return out;
}

static inline bool is_digit(char c) { return (unsigned char)(c - '0') < 10; }

/* The digits did not fit in a double, or their power of ten is not exact: the C library knows how, in its own locale. */
static float read_slowly(const char *p, const char *end, const char **stop)
{
    char text[101], *read;
    const size_t n = (size_t)(end - p);
    if (n >= sizeof text) return 0;
    memcpy(text, p, n);
    text[n] = 0;
    double x = strtod(text, &read);
    char *point = strchr(text, '.');
    if (read != text + n && point) {
        *point = *localeconv()->decimal_point;
        x = strtod(text, &read);
    }
    if (read == text + n && isfinite((float)x)) *stop = end;
    return (float)x;
}

float nlptk_arpa_read_number(const char *p, const char *end, const char **stop)
{
    const char *q = p;
    const bool negative = q < end && *q == '-';
    uint64_t digits = 0;
    int exponent = 0, n = 0; /* n: digits that count */
    bool any = false;
    *stop = p;
    if (q < end && (*q == '-' || *q == '+')) q++;
    for (; q < end && is_digit(*q); q++, any = true)
        if (n < 19 && (digits || *q != '0'))
            digits = digits * 10 + (uint64_t)(*q - '0'), n++;
        else
            exponent += n >= 19;
    n += exponent;
    if (q < end && *q == '.')
        for (q++; q < end && is_digit(*q); q++, any = true) {
            if (n >= 19) {
                n++;
                continue;
            }
            digits = digits * 10 + (uint64_t)(*q - '0'), exponent--;
            n += digits != 0;
        }
    if (!any || q - p > 100) return 0;
    const char *after = q;
    if (q < end && (*q == 'e' || *q == 'E')) {
        const bool down = ++q < end && *q == '-';
        int power = 0;
        if (q < end && (*q == '-' || *q == '+')) q++;
        if (q == end || !is_digit(*q)) return 0;
        for (; q < end && is_digit(*q); q++)
            if (power < 10000) power = power * 10 + (*q - '0');
        exponent += down ? -power : power;
        after = q;
    }
    if (after - p > 100) return 0;
    if (digits && (n > 15 || exponent < -22 || exponent > 22)) return read_slowly(p, after, stop);
    *stop = after;
    if (!digits) return 0; /* -0, too; 0e99 */
    double x = (double)digits;
    x = exponent < 0 ? x / POWERS[-exponent] : x * POWERS[exponent];
    return (float)(negative ? -x : x);
}

/* ---- lines out */

/* Copy n bytes; most words are short, and a call costs more than they do. */
static inline char *copy_word(char *out, const char *word, size_t n)
{
    if (n >= 8) {
        if (n > 16) return (char *)memcpy(out, word, n) + n;
        memcpy(out, word, 8);
        memcpy(out + n - 8, word + n - 8, 8);
    } else if (n >= 4) {
        memcpy(out, word, 4);
        memcpy(out + n - 4, word + n - 4, 4);
    } else if (n) {
        out[0] = word[0];
        out[n - 1] = word[n - 1];
        out[n / 2] = word[n / 2];
    }
    return out + n;
}

size_t nlptk_arpa_format(char *out, size_t capacity, const uint32_t *ids, int n, size_t count, const float *log_prob,
                         const float *log_backoff, const char *blob, const uint64_t *offsets, size_t *lines_done)
{
    const char *const start = out, *const end = out + capacity;
    size_t i = 0;
    for (; i < count; i++) {
        char *at = out;
        if ((size_t)(end - at) < 2 * NLPTK_ARPA_NUMBER + 2) break;
        at = nlptk_arpa_write_number(at, log_prob[i]);
        int k = 0;
        for (; k < n; k++) {
            const uint32_t w = ids[i * (size_t)n + (size_t)k];
            const size_t size = (size_t)(offsets[w + 1] - offsets[w]);
            if ((size_t)(end - at) < size + NLPTK_ARPA_NUMBER + 3) break;
            *at++ = k ? ' ' : '\t';
            at = copy_word(at, blob + offsets[w], size);
        }
        if (k < n) break;
        if (log_backoff) {
            *at++ = '\t';
            at = nlptk_arpa_write_number(at, log_backoff[i]);
        }
        *at++ = '\n';
        out = at;
    }
    *lines_done = i;
    return (size_t)(out - start);
}
