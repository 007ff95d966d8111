// SPDX-License-Identifier: GPL-2.0-or-later
#include "crc32.h"

/* Bit by bit: a frame has some hundred bytes, a table would not pay. */
uint32_t crc32(const void *data, size_t size)
{
	const unsigned char *byte = data;
	uint32_t crc = 0xffffffff;

	while (size--) {
		crc ^= *byte++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}
