/* SPDX-License-Identifier: Apache-2.0 */
#include "confine.hpp"

#include <cerrno>

#include <seccomp.h>

namespace pfs
{

namespace
{

/* Of read and write; of a C library's malloc, and of a lock that somebody waits for. */
constexpr int allowed[] = {
	SCMP_SYS(read),	   SCMP_SYS(write),  SCMP_SYS(exit_group), SCMP_SYS(brk),
	SCMP_SYS(mmap),	   SCMP_SYS(munmap), SCMP_SYS(mremap),	   SCMP_SYS(mprotect),
	SCMP_SYS(madvise), SCMP_SYS(futex),
};

bool
load(scmp_filter_ctx filter)
{
	if (seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) != 0)
		return false;
	for (const int call : allowed)
		if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) != 0)
			return false;
	const int code = seccomp_load(filter);

	/* A kernel without filters. */
	return code == 0 || code == -ECANCELED || code == -EINVAL;
}

} // namespace

bool
confine_self()
{
	const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	const bool loaded = filter != nullptr && load(filter);

	seccomp_release(filter);
	return loaded;
}

} // namespace pfs
