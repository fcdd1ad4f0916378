// What runs before the runtime does: see patch.ts. GNU as, AArch64.
//
// The kernel has put argc, argv, envp and the auxiliary vector at sp, and _start reads them there.
// A copy of them with more variables goes below; the original stays, since ld.so points into it.
// ld.so has already set environ, which is the executable's own (R_AARCH64_COPY). x0 is for _start.
	.text
start:
	mov x9, sp
	ldr x10, [x9]
	add x10, x9, x10, lsl #3
	add x10, x10, #16
	mov x11, x10
	adr x13, mark
	ldp x13, x14, [x13]
variable:
	ldr x12, [x11], #8
	cbz x12, pair
	ldr x15, [x12]
	cmp x15, x13
	b.ne variable
	ldr x15, [x12, #8]
	cmp x15, x14
	b.eq leave	// somebody has done this already
	b variable
pair:
	ldr x15, [x11], #16
	cbnz x15, pair
	adr x12, entry
	ldr x13, [x12, #16]
	sub x14, x11, x9
	add x14, x14, x13, lsl #3
	sub x14, x9, x14
	and x14, x14, #-16
	mov sp, x14
head:	// argc, argv
	ldr x17, [x9], #8
	str x17, [x14], #8
	cmp x9, x10
	b.lo head
	mov x9, x14	// envp: ours first
	add x15, x12, #24
one_string:
	str x15, [x14], #8
string_end:
	ldrb w17, [x15], #1
	cbnz w17, string_end
	subs x13, x13, #1
	b.ne one_string
rest:	// the others, the auxiliary vector
	ldr x17, [x10], #8
	str x17, [x14], #8
	cmp x10, x11
	b.lo rest
	adr x15, start
	ldr x16, [x12, #8]
	str x9, [x15, x16]
leave:
	adr x16, start
	adr x17, entry
	ldr x17, [x17]
	add x16, x16, x17
	br x16
	.balign 8
mark:
	.ascii "SUPERVISORD_QUIE"
// What patch.ts puts behind: from start to _start and to environ in bytes, how many strings, and they.
entry:
