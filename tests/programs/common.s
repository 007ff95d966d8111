# SPDX-License-Identifier: GPL-2.0-or-later
# What the programs share. All threads start at 0x10, real mode, hypervisor, big-endian; thread 0 goes to `first`,
# the others to `second`, with their number in r10. Every interrupt goes to `interrupt` with its vector in r3. A program ends by `verdict`.
# Bytes 0xb0 to 0xef stay zero: the plugin's stubs are put there, as in a Linux kernel.

.set SDR1, 25
.set LPCR, 318
.set RMOR, 312
.set HSRR0, 314
.set HSRR1, 315
.set HID0, 1008
.set PIR, 1023

.set HID0_ATTN_SHIFT, 32
.set LPCR_PECE_HV_DOORBELL, 0x8000
.set FLAG, 0x2000               # written by one thread, read by the other

# Writes a flag that the other thread awaits.
.macro signal number
	li	5, \number
	stw	5, FLAG(0)
	sync
.endm

# Spins, at low priority, until the flag has the number.
.macro await number
77:	or	1, 1, 1
	lwz	5, FLAG(0)
	cmpwi	5, \number
	bne	77b
	or	2, 2, 2
.endm

# Lets the other thread get on.
.macro pause loops
	lis	5, \loops
	mtctr	5
78:	bdnz	78b
.endm

# Loads an address or another constant of 32 bits.
.macro load register, value
	lis	\register, (\value) >> 16
	ori	\register, \register, (\value) & 0xffff
.endm

# Goes on at an address as a guest in real mode with MSR[EE] 0.
.macro enter_guest address
	li	5, \address - base
	mtspr	HSRR0, 5
	li	5, 1
	sldi	5, 5, 63                # SF
	mtspr	HSRR1, 5
	li	5, 0
	mtspr	RMOR, 5
	hrfid
.endm

.macro vector at
	.org	\at
	li	3, \at
	b	interrupt
.endm

base:
	.org	0x10
	b	begin
	vector	0x100
	vector	0x200
	vector	0x300
	vector	0x380
	vector	0x400
	vector	0x700
	vector	0x900
	vector	0x980
	vector	0xa00
	vector	0xc00
	vector	0xe00
	vector	0xe20
	vector	0xe40
	vector	0xe60
	vector	0xe80
	vector	0xf80

	.org	0x1000
begin:
	li	5, 0
	mtspr	LPCR, 5
	mfspr	10, PIR
	andi.	10, 10, 7
	beq	first
	b	second

# Prints r3 as four hexadecimal digits and a line end to the first serial port, which hangs on the LPC bus behind
# the chip's XSCOM registers (skiboot, hw/lpc.c, opb_write), and ends the machine.
verdict:
	sldi	3, 3, 48
	li	6, 4
1:	rldicl	4, 3, 4, 60
	sldi	3, 3, 4
	cmpwi	4, 10
	blt	2f
	addi	4, 4, 'a' - '0' - 10
2:	addi	4, 4, '0'
	bl	print
	addic.	6, 6, -1
	bne	1b
	li	4, '\n'
	bl	print
	li	5, 1
	sldi	5, 5, HID0_ATTN_SHIFT
	mtspr	HID0, 5
	isync
	.long	0x00000200              # attn: a checkstop, QEMU ends

print:
	load	7, 0x0003fc00
	sldi	7, 7, 32
	oris	7, 7, 0x00b0
	ori	7, 7, 0x0218            # ECCB data
	sldi	4, 4, 56
	sync
	stdcix	4, 0, 7
	addi	7, 7, -0x18             # ECCB control: write one byte to port 0x3f8
	load	8, 0xd0000000
	oris	8, 8, 0x0100
	sldi	8, 8, 32
	oris	8, 8, 0xd001
	ori	8, 8, 0x03f8
	stdcix	8, 0, 7
	sync
	blr

park:
	or	1, 1, 1
	b	park
