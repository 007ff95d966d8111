/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRC32_H
#define CRC32_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32 as in IEEE 802.3: reflected, polynomial 0x04c11db7, all ones before and after. */
uint32_t crc32(const void *data, size_t size);

#endif
