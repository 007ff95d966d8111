.thread 0
	load	r5, lpcr.pece.decrementer | lpcr.hdice
	mtspr	lpcr, r5
	.on	vector.system_reset, woken
	.on	vector.hypervisor_decrementer, took
	.on	0xc00, called
	li	r5, 2000
	mtspr	hdec, r5
	li	r5, 20000
	mtdec	r5
	nap
woken:	enter_guest guest, 0
guest:	pause	20000
	sc	1
called:
took:	see	r29
	done
