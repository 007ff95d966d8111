// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "crc32.h"
#include "write_all.h"

#define START "@p8 "
#define CRC_START " ~"
#define CRC_DIGITS 8

/* Room is kept for what closes a text and the object. */
#define CLOSING 3

__attribute__((format(printf, 2, 3)))
static bool put(struct frame *frame, const char *format, ...)
{
	size_t room = sizeof(frame->json) - CLOSING - frame->used;
	va_list values;
	int size;

	va_start(values, format);
	size = vsnprintf(frame->json + frame->used, room, format, values);
	va_end(values);
	if (size < 0 || (size_t)size >= room) {
		frame->json[frame->used] = 0;
		return false;
	}
	frame->used += size;
	return true;
}

static void close_with(struct frame *frame, char end)
{
	frame->json[frame->used++] = end;
	frame->json[frame->used] = 0;
}

void frame_begin(struct frame *frame, const char *type, const char *who)
{
	frame->used = 0;
	put(frame, "{\"t\":\"%s\",\"who\":\"%s\"", type, who);
}

/* A byte that is not ASCII stands as U+0080 to U+00FF: nothing is lost, and the JSON is valid whatever the text was. */
void frame_text(struct frame *frame, const char *key, const char *text)
{
	bool fits = put(frame, ",\"%s\":\"", key);

	if (!fits)
		return;
	for (size_t i = 0; fits && i < FRAME_TEXT_MAX && text[i]; i++) {
		unsigned char byte = text[i];

		if (byte == '"' || byte == '\\')
			fits = put(frame, "\\%c", byte);
		else if (byte < 0x20 || byte >= 0x7f)
			fits = put(frame, "\\u%04x", byte);
		else
			fits = put(frame, "%c", byte);
	}
	close_with(frame, '"');
}

void frame_number(struct frame *frame, const char *key, long long number)
{
	put(frame, ",\"%s\":%lld", key, number);
}

void frame_numbers(struct frame *frame, const char *key, const int *numbers, int count)
{
	if (!put(frame, ",\"%s\":[", key))
		return;
	for (int i = 0; i < count; i++)
		if (!put(frame, "%s%d", i ? "," : "", numbers[i]))
			break;
	close_with(frame, ']');
}

size_t frame_end(struct frame *frame, char line[FRAME_LINE_MAX])
{
	close_with(frame, '}');
	return sprintf(line, START "%s" CRC_START "%08x\n", frame->json, crc32(frame->json, frame->used));
}

bool frame_is_whole(const char *line)
{
	size_t size = strlen(line);
	const char *json = line + strlen(START);
	const char *crc = line + size - CRC_DIGITS;
	char digits[CRC_DIGITS + 1];

	if (size < strlen(START CRC_START) + CRC_DIGITS || strncmp(line, START, strlen(START)))
		return false;
	if (strncmp(crc - strlen(CRC_START), CRC_START, strlen(CRC_START)))
		return false;
	snprintf(digits, sizeof(digits), "%08x", crc32(json, crc - strlen(CRC_START) - json));
	return !strcmp(crc, digits);
}

int frame_send(struct frame *frame, int fd)
{
	char line[FRAME_LINE_MAX];

	return write_all(fd, line, frame_end(frame, line));
}
