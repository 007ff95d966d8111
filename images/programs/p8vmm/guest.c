// SPDX-License-Identifier: GPL-2.0-or-later
#include "guest.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define STRING(x) #x
#define TEXT(x) STRING(x)

/* Real address of the machine check's vector, and what is there: `rfid`, back to what was interrupted. */
#define MACHINE_CHECK 0x200
#define RFID 0x4c000024

extern const uint32_t guest_program[], guest_program_end[];

/*
 * CTR decides how often the loop is run and r15 counts how often it was, so that a vCPU that comes back with a
 * wrong register does not go unnoticed. The hypercall takes its number in r3 and arguments from r4 on.
 */
asm(".pushsection .rodata\n"
    ".balign 4\n"
    "guest_program:\n"
    "0:	mtctr	" TEXT(GUEST_WANT) "\n"
    "	li	15, 0\n"
    "1:	addi	15, 15, 1\n"
    "	bdnz	1b\n"
    "	li	3, 0\n"
    "	ori	3, 3, " TEXT(GUEST_HCALL) "\n"
    "	mr	4, 15\n"
    "	sc	1\n"
    "	b	0b\n"
    "guest_program_end:\n"
    ".popsection\n");

static void put(void *memory, size_t address, uint32_t instruction)
{
	uint32_t swapped = htobe32(instruction);

	memcpy((char *)memory + address, &swapped, sizeof(swapped));
}

void guest_load(void *memory)
{
	size_t address = GUEST_START;

	put(memory, MACHINE_CHECK, RFID);
	/* Assembled little-endian like everything here; branches are relative, so only the order of bytes differs. */
	for (const uint32_t *word = guest_program; word < guest_program_end; word++, address += sizeof(*word))
		put(memory, address, *word);
}
