/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A frame is one line of the console protocol, `@p8 JSON ~CRC`: see images/README.md. It is pure ASCII and holds
 * no control character, so that no console on its way changes it.
 */

/* Bytes of one text in a frame; a longer one is cut, so its sender splits it. */
#define FRAME_TEXT_MAX 2048
/* Room for one such text when each of its bytes is escaped, and for all the rest. */
#define FRAME_JSON_MAX (6 * FRAME_TEXT_MAX + 512)
/* The whole line: "@p8 ", JSON, " ~", eight digits, new line, end of string. */
#define FRAME_LINE_MAX (4 + FRAME_JSON_MAX + 2 + 8 + 1 + 1)

struct frame {
	char json[FRAME_JSON_MAX];
	size_t used;
};

/* Starts a frame of type TYPE, sent by WHO ("host", "guest0"). */
void frame_begin(struct frame *frame, const char *type, const char *who);

void frame_text(struct frame *frame, const char *key, const char *text);
void frame_number(struct frame *frame, const char *key, long long number);
void frame_numbers(struct frame *frame, const char *key, const int *numbers, int count);

/* Ends the frame; LINE gets it with its new line. Returns the length. */
size_t frame_end(struct frame *frame, char line[FRAME_LINE_MAX]);

/* Whether LINE, without its new line, is a frame that arrived whole. */
bool frame_is_whole(const char *line);

/* Ends the frame and writes it to FD in one piece. Returns 0, or -1 with errno. */
int frame_send(struct frame *frame, int fd);

#endif
