/* ext/arpa.c   The ARPA text format of n-gram models: numbers, lines, and words to ids. */
#include "nlptk/arpa.h"
#include "nlptk/utf8.h"
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

/* Without leading zeros. */
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

/* The n last of 9 digits, without trailing zeros. */
static char *write_fraction(char *out, uint32_t digits, int n)
{
    char all[10];
    all[0] = (char)('0' + digits / 100000000);
    digits %= 100000000;
    for (int at = 7; at > 0; at -= 2, digits /= 100) write_pair(all + at, digits % 100);
    memcpy(out, all + 9 - n, (size_t)n);
    while (n && out[n - 1] == '0') n--;
    return out + n;
}

/* With 8 or 9 digits, as ddd.dddddd, 0.000dddddd or d.dddddddde-XX. Scaling by powers of ten is off by a few parts in 10^16; 9 digits
   tell floats apart that are 10^-8 apart. */
static char *write_exactly(char *out, double x)
{
    int exponent = (int)floor(log10(x)); /* -45 to 38 */
    double scaled = x;
    for (int left = 8 - exponent; left > 0; left -= 22) scaled *= POWERS[left < 22 ? left : 22];
    for (int left = exponent - 8; left > 0; left -= 22) scaled /= POWERS[left < 22 ? left : 22];
    uint32_t digits = (uint32_t)llround(scaled);
    if (digits >= 1000000000) digits = 100000000, exponent++; /* rounded up: the logarithm, or the digits */
    const bool plain = exponent >= -5 && exponent <= 8;
    if (plain) {
        const uint32_t fewer = (digits + 5) / 10 * 10;
        if (fewer < 1000000000 && (float)(fewer / POWERS[8 - exponent]) == (float)x) digits = fewer;
    }
    if (plain && exponent < 0) {
        memcpy(out, "0.0000", 6);
        return write_fraction(out + 1 - exponent, digits, 9);
    }
    const int after = plain ? 8 - exponent : 8; /* the point */
    const uint32_t unit = (uint32_t)POWERS[after];
    out = write_integer(out, digits / unit);
    if (digits % unit) *out++ = '.';
    out = write_fraction(out, digits, after);
    if (plain) return out;
    *out++ = 'e';
    if (exponent < 0) *out++ = '-';
    return write_pair(out, (uint32_t)abs(exponent));
}

char *nlptk_arpa_write_number(char *out, float x)
{
    const double size = fabs((double)x);
    if (x < 0) *out++ = '-';
    if (!(size < 1e9)) return write_exactly(out, size);
    const uint64_t k = (uint64_t)(size * 1e7 + 0.5);
    if ((float)((double)k / 1e7) != (float)size) return write_exactly(out, size);
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
    return (float)x + 0.0f; /* what is too small for a float is 0, not -0 */
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

/* ---- words to ids */

static inline uint64_t load8(const char *p)
{
    uint64_t x;
    memcpy(&x, p, 8);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap64(x);
#endif
    return x;
}

/* Up to 8 bytes, and zeros. */
static inline uint64_t load_some(const char *p, size_t n)
{
    uint64_t x = 0;
    for (size_t i = 0; i < n && i < 8; i++) x |= (uint64_t)(uint8_t)p[i] << 8 * i;
    return x;
}

static inline uint64_t mixed(uint64_t hash, uint64_t x)
{
    hash = (hash ^ x) * 0x9E3779B97F4A7C15u;
    return hash ^ hash >> 32;
}

static uint64_t key_of(const char *word, size_t n)
{
    if (n <= 8) return load_some(word, n);
    uint64_t hash = n;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) hash = mixed(hash, load8(word + i));
    return i < n ? mixed(hash, load_some(word + i, n - i)) : hash;
}

/* The slot of a word, or the free one where it belongs. */
static inline nlptk_arpa_slot *slot_of(const nlptk_arpa_words *words, const char *word, size_t n, uint64_t key)
{
    size_t at = (size_t)mixed(n, key) & words->mask;
    for (;; at = (at + 1) & words->mask) {
        nlptk_arpa_slot *slot = &words->slots[at];
        if (!slot->length) return slot;
        if (slot->key == key && slot->length == n && (n <= 8 || !memcmp(words->blob + words->offsets[slot->id], word, n))) return slot;
    }
}

static int grow_slots(nlptk_arpa_words *words, size_t size)
{
    nlptk_arpa_slot *old = words->slots;
    const size_t n_old = old ? words->mask + 1 : 0;
    words->slots = size > SIZE_MAX / sizeof *old ? NULL : calloc(size, sizeof *old);
    if (!words->slots) {
        words->slots = old;
        return NLPTK_ARPA_MEMORY;
    }
    words->mask = size - 1;
    for (size_t i = 0; i < n_old; i++) {
        if (!old[i].length) continue;
        size_t at = (size_t)mixed(old[i].length, old[i].key) & words->mask;
        while (words->slots[at].length) at = (at + 1) & words->mask;
        words->slots[at] = old[i];
    }
    free(old);
    return NLPTK_ARPA_OK;
}

/* A word that is not there yet; its id is n_words before. */
static int add_word(nlptk_arpa_words *words, const char *word, size_t n, uint64_t key)
{
    const uint64_t size = words->offsets[words->n_words];
    if (words->n_words >= UINT32_MAX - 1 || n > UINT32_MAX) return NLPTK_ARPA_FULL;
    if (words->n_words + 1 == words->cap_words) {
        uint64_t *offsets = realloc(words->offsets, 2 * words->cap_words * sizeof *offsets);
        if (!offsets) return NLPTK_ARPA_MEMORY;
        words->offsets = offsets, words->cap_words *= 2;
    }
    if (size + n > words->cap_blob) {
        char *blob = realloc(words->blob, 2 * (size + n));
        if (!blob) return NLPTK_ARPA_MEMORY;
        words->blob = blob, words->cap_blob = 2 * (size + n);
    }
    if (2 * words->n_words > words->mask && grow_slots(words, 2 * (words->mask + 1))) return NLPTK_ARPA_MEMORY;
    *slot_of(words, word, n, key) = (nlptk_arpa_slot){key, (uint32_t)n, (uint32_t)words->n_words};
    memcpy(words->blob + size, word, n);
    words->offsets[++words->n_words] = size + n;
    return NLPTK_ARPA_OK;
}

int nlptk_arpa_words_init(nlptk_arpa_words *words)
{
    memset(words, 0, sizeof *words);
    words->cap_words = 1024, words->cap_blob = 1 << 14;
    words->offsets = calloc(words->cap_words, sizeof *words->offsets);
    words->blob = malloc(words->cap_blob);
    int status = words->offsets && words->blob ? grow_slots(words, 1024) : NLPTK_ARPA_MEMORY;
    static const char *const first[] = {"<unk>", "<s>", "</s>"};
    for (int i = 0; i < 3 && !status; i++) status = add_word(words, first[i], strlen(first[i]), key_of(first[i], strlen(first[i])));
    if (status) nlptk_arpa_words_free(words);
    return status;
}

void nlptk_arpa_words_free(nlptk_arpa_words *words)
{
    free(words->blob), free(words->offsets), free(words->slots);
    memset(words, 0, sizeof *words);
}

/* ---- lines in */

static inline bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

static inline const char *skip_blanks(const char *p, const char *end)
{
    while (p < end && is_blank(*p)) p++;
    return p;
}

static inline bool ends_line(const char *p, const char *end) { return p == end || *p == '\n'; }

/* Where a field that begins at p ends. */
static inline const char *skip_field(const char *p, const char *end)
{
    const uint64_t ones = 0x0101010101010101u;
    while (end - p >= 8) {
        const uint64_t x = load8(p), low = (x - ones * 0x21) & ~x & ones * 0x80; /* the first byte below 0x21 has its high bit set */
        if (!low) {
            p += 8;
            continue;
        }
#if defined(__GNUC__)
        p += __builtin_ctzll(low) >> 3;
#else
        while ((uint8_t)*p > 0x20) p++;
#endif
        if (is_blank(*p) || *p == '\n') return p;
        p++; /* some other control character */
    }
    while (p < end && !is_blank(*p) && *p != '\n') p++;
    return p;
}

static bool is_utf8(const char *word, size_t n)
{
    const uint8_t *p = (const uint8_t *)word, *const end = p + n;
    for (int width; p < end; p += width) {
        width = 1;
        if (*p >= 0x80 && nlptk_utf8_decode(p, end, &width) == UINT32_MAX) return false;
    }
    return true;
}

static inline uint64_t key_in_text(const char *word, size_t n, const char *end)
{
    if (n > 8 || end - word < 8) return key_of(word, n);
    return load8(word) & (n == 8 ? UINT64_MAX : ((uint64_t)1 << 8 * n) - 1); /* n > 0 */
}

static int read_unigram(nlptk_arpa_words *words, const char *word, size_t n, uint64_t key, uint32_t *id)
{
    const nlptk_arpa_slot *slot = slot_of(words, word, n, key);
    if (slot->length && (slot->id > 2 || words->seen[slot->id])) return NLPTK_ARPA_TWICE;
    if (slot->length) {
        words->seen[*id = slot->id] = true;
        return NLPTK_ARPA_OK;
    }
    *id = (uint32_t)words->n_words;
    return is_utf8(word, n) ? add_word(words, word, n, key) : NLPTK_ARPA_UTF8;
}

/* A field that must be a number; p moves behind it. */
static inline bool read_field(const char **p, const char *end, float *x)
{
    const char *stop;
    *x = nlptk_arpa_read_number(*p, end, &stop);
    if (stop == *p || !(ends_line(stop, end) || is_blank(*stop))) return false;
    *p = stop;
    return true;
}

/* One line, from its probability on. Returns a status; *at: where the line ends, or what is wrong. */
static inline int read_row(nlptk_arpa_words *words, const char **at, const char *end, int n, uint32_t *ids, float *log_prob,
                           float *log_backoff)
{
    const char *p = *at;
    if (!read_field(&p, end, log_prob)) return NLPTK_ARPA_PROBABILITY;
    if (*log_prob > 0) {
        if (*log_prob > 1e-5f) return NLPTK_ARPA_POSITIVE;
        *log_prob = 0; /* somebody's rounding */
    }
    for (int i = 0; i < n; i++) {
        *at = p = skip_blanks(p, end);
        if (ends_line(p, end)) return NLPTK_ARPA_WORDS;
        p = skip_field(p, end);
        const size_t size = (size_t)(p - *at);
        const uint64_t key = key_in_text(*at, size, end);
        if (n == 1) {
            const int status = read_unigram(words, *at, size, key, ids);
            if (status) return status;
            continue;
        }
        const nlptk_arpa_slot *slot = slot_of(words, *at, size, key);
        if (!slot->length || (slot->id < 3 && !words->seen[slot->id])) return NLPTK_ARPA_UNKNOWN;
        ids[i] = slot->id;
    }
    *at = p = skip_blanks(p, end);
    if (log_backoff) *log_backoff = 0;
    if (ends_line(p, end)) return NLPTK_ARPA_OK;
    float none; /* the highest order has none, but some tools write a zero */
    if (!read_field(&p, end, log_backoff ? log_backoff : &none)) return log_backoff ? NLPTK_ARPA_BACKOFF : NLPTK_ARPA_WORDS;
    if (!log_backoff && none != 0) return NLPTK_ARPA_WORDS;
    *at = p = skip_blanks(p, end);
    return ends_line(p, end) ? NLPTK_ARPA_OK : NLPTK_ARPA_WORDS;
}

int nlptk_arpa_read(nlptk_arpa_words *words, nlptk_arpa_text *text, int n, size_t limit, uint32_t *ids, float *log_prob,
                    float *log_backoff)
{
    const char *const end = text->end;
    while (text->rows < limit && text->text < end) {
        const char *p = skip_blanks(text->text, end);
        if (!ends_line(p, end)) {
            if (*p == '\\') return NLPTK_ARPA_HEADER;
            const size_t row = text->rows;
            const int status = read_row(words, &p, end, n, ids + row * (size_t)n, log_prob + row, log_backoff ? log_backoff + row : NULL);
            if (status) {
                text->field = p, text->field_size = (size_t)(skip_field(p, end) - p);
                return status;
            }
            text->rows++;
        }
        text->lines++;
        text->text = p < end ? p + 1 : p;
    }
    return NLPTK_ARPA_OK;
}
