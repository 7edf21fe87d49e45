/* SPDX-License-Identifier: Apache-2.0 */
/*
 * particlefs-check-schema: reads a JSON schema, a NUL and a document; says in its exit status
 * whether the document matches, and in words why not. The schema is the cloud's, so it gets a
 * process of its own, which can do little: whatever a schema makes of the library, the mount is not
 * touched.
 */
#include <string>
#include <string_view>

#include <sys/resource.h>
#include <unistd.h>

#include "check.hpp"
#include "confine.hpp"
#include "status.h"

namespace
{

constexpr std::size_t REASON_BYTES_MAX = 1024;

constexpr struct {
	__rlimit_resource resource;
	rlim_t limit;
} limits[] = {
#ifdef PFS_LIMITED
	{ RLIMIT_AS, 256 * 1024 * 1024 },
	{ RLIMIT_FSIZE, 64 * 1024 },
	{ RLIMIT_NOFILE, 3 },
#endif
	{ RLIMIT_CPU, 2 },
	{ RLIMIT_CORE, 0 },
};

bool
limit_self()
{
	for (const auto &row : limits) {
		const rlimit value = { row.limit, row.limit };

		if (setrlimit(row.resource, &value) != 0)
			return false;
	}
#ifdef PFS_LIMITED
	return pfs::confine_self();
#else
	return true;
#endif
}

bool
read_all(std::string &text)
{
	char block[16 * 1024];
	ssize_t length;

	while ((length = read(STDIN_FILENO, block, sizeof(block))) > 0)
		text.append(block, static_cast<std::size_t>(length));
	return length == 0;
}

/* The C library's streams would ask more of the kernel. */
bool
write_all(std::string_view text)
{
	while (!text.empty()) {
		const ssize_t length = write(STDOUT_FILENO, text.data(), text.size());

		if (length <= 0)
			return false;
		text.remove_prefix(static_cast<std::size_t>(length));
	}
	return true;
}

pfs::Check
check_input()
{
	std::string text;

	if (!limit_self() || !read_all(text))
		return { pfs::Verdict::unchecked, "the schema's checker could not begin" };

	const std::string_view input = text;
	const std::size_t nul = input.find('\0');

	if (nul == input.npos)
		return { pfs::Verdict::unchecked, "there is no document" };
	return pfs::check_document(input.substr(0, nul), input.substr(nul + 1));
}

int
get_status(pfs::Verdict verdict)
{
	switch (verdict) {
	case pfs::Verdict::matches:
		return PFS_SCHEMA_MATCHES;
	case pfs::Verdict::differs:
		return PFS_SCHEMA_DIFFERS;
	case pfs::Verdict::unchecked:
		break;
	}
	return PFS_SCHEMA_UNCHECKED;
}

} // namespace

int
main()
{
	const pfs::Check check = check_input();

	if (!write_all(std::string_view(check.reason).substr(0, REASON_BYTES_MAX)))
		return PFS_SCHEMA_UNCHECKED;
	return get_status(check.verdict);
}
