# What runs before the runtime does: see patch.ts. GNU as, x86-64.
#
# The kernel has put argc, argv, envp and the auxiliary vector at rsp, and _start reads them there.
# A copy of them with more variables goes below; the original stays, since ld.so points into it.
# ld.so has already set environ, which is the executable's own (R_X86_64_COPY). rdx is for _start.
	.intel_syntax noprefix
	.text
start:
	mov r8, rsp
	mov rcx, [r8]
	lea r9, [r8 + rcx * 8 + 16]
	mov r10, r9
	mov rsi, [rip + mark]
	mov rdi, [rip + mark + 8]
variable:
	mov rax, [r10]
	add r10, 8
	test rax, rax
	jz pair
	cmp [rax], rsi
	jne variable
	cmp [rax + 8], rdi
	je leave	# somebody has done this already
	jmp variable
pair:
	mov rax, [r10]
	add r10, 16
	test rax, rax
	jnz pair
	mov rax, [rip + count]
	mov rcx, r10
	sub rcx, r8
	lea rcx, [rcx + rax * 8]
	sub rsp, rcx
	and rsp, -16
	cld
	mov rdi, rsp	# argc, argv
	mov rsi, r8
	mov rcx, r9
	sub rcx, r8
	shr rcx, 3
	rep movsq
	mov r8, rdi	# envp: ours first
	lea rsi, [rip + strings]
one_string:
	mov [rdi], rsi
	add rdi, 8
string_end:
	cmp byte ptr [rsi], 0
	lea rsi, [rsi + 1]
	jne string_end
	dec rax
	jnz one_string
	mov rsi, r9	# the others, the auxiliary vector
	mov rcx, r10
	sub rcx, r9
	shr rcx, 3
	rep movsq
	lea rsi, [rip + start]
	add rsi, [rip + environ]
	mov [rsi], r8
leave:
	lea rax, [rip + start]
	add rax, [rip + entry]
	jmp rax
	.balign 8
mark:
	.ascii "SUPERVISORD_QUIE"
# What patch.ts puts behind: from start to _start and to environ in bytes, how many strings, and they.
entry:
	.equ environ, entry + 8
	.equ count, entry + 16
	.equ strings, entry + 24
