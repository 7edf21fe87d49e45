/* SPDX-License-Identifier: Apache-2.0 */
/* In place of the checker of schemas: confined as that is, it does what it reads. What it lives
 * through ends with 0. */
#include <string_view>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../src/schema/confine.hpp"

static void
take_memory()
{
	for (const std::size_t size : { 100UL, 1024 * 1024UL })
		delete[] new volatile char[size]();
}

static void
run_program()
{
	char name[] = "/bin/true";
	char *const argv[] = { name, nullptr };

	execv(name, argv);
}

static const struct {
	std::string_view name;
	void (*act)();
} acts[] = {
	{ "memory", take_memory },
	{ "open", [] { (void)open("/dev/null", O_RDONLY | O_CLOEXEC); } },
	{ "socket", [] { (void)socket(AF_INET, SOCK_STREAM, 0); } },
	{ "program", run_program },
	{ "process", [] { (void)syscall(SYS_kill, 0, 0); } },
};

int
main()
{
	char text[64];

	if (!pfs::confine_self())
		return 1;

	const ssize_t length = read(STDIN_FILENO, text, sizeof(text));
	const std::string_view name(text, length > 0 ? static_cast<std::size_t>(length) : 0);

	for (const auto &row : acts)
		if (row.name == name) {
			row.act();
			return write(STDOUT_FILENO, "done", 4) == 4 ? 0 : 1;
		}
	return 1;
}
