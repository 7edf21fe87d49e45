/* SPDX-License-Identifier: Apache-2.0 */
#include "confine.hpp"

#include <cerrno>
#include <cstddef>
#include <vector>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#if defined(__x86_64__) && defined(__LP64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && defined(__LP64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

namespace pfs
{

#ifdef ARCHITECTURE

namespace
{

/* Of read and write; of a C library's malloc, and of a lock that somebody waits for. */
constexpr unsigned int allowed[] = {
	SYS_read,   SYS_write,	SYS_exit_group, SYS_brk,     SYS_mmap,
	SYS_munmap, SYS_mremap, SYS_mprotect,	SYS_madvise, SYS_futex,
};

/* The same numbers are other calls where a program has changed to another architecture's. */
std::vector<sock_filter>
make_filter()
{
	std::vector<sock_filter> filter = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
	};

	for (const unsigned int call : allowed) {
		filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1));
		filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
	}
	filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
	return filter;
}

} // namespace

bool
confine_self()
{
	std::vector<sock_filter> filter = make_filter();
	const sock_fprog program = { static_cast<unsigned short>(filter.size()), filter.data() };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return false;
	/* EINVAL: a kernel without filters. */
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 || errno == EINVAL;
}

#else

bool
confine_self()
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

#endif

} // namespace pfs
