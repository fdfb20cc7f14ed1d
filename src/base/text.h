/*
 * Text for the places it is shown or sent: escaping is the only way to print what came from outside.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/buf.h"

/* RFC 3629: shortest form, no surrogates, up to U+10FFFF. */
bool text_utf8(slice text);

/* Decode one code point at the front of ${text}; returns its bytes, 0 at the end, and U+FFFD with 1 byte for a malformed one. */
size_t text_rune(slice text, uint32_t *ret_rune);

/* Does ${rune} act on a terminal or change the order or look of other text: C0, C1, DEL, line separators, bidirectional and other format controls? */
bool text_rune_acts(uint32_t rune);

/* Columns a terminal uses for the (valid or not) text after text_terminal(): combining marks 0, wide East Asian 2. */
size_t text_width(slice text);

/* For a terminal: C0, C1, DEL, bidirectional and other format controls and malformed bytes become \xNN or \u{NNNN}; newline and tab too unless ${lines}. */
void text_terminal(struct buf *buf, slice text, bool lines);

/* For HTML text and double-quoted attributes: & < > " ' and control characters (as U+FFFD). */
void text_html(struct buf *buf, slice text);

/*
 * One CSV cell, RFC 4180, quoted when needed; a cell that a spreadsheet would run (= + - @ tab CR first) gets a leading apostrophe, and so does one
 * that has apostrophes before such a first character: taking one off gives back what was there.
 */
void text_csv(struct buf *buf, slice text);

/* A JSON string with its quotes (RFC 8259): ", \ and controls escaped, everything else as it is; malformed UTF-8 becomes U+FFFD. */
void text_json(struct buf *buf, slice text);

#endif
