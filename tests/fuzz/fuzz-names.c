/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever the cloud calls something, its file name is one, and a short one tells the name. */
#include <string.h>

#include <particlefs/tree.h>

#include "fuzz.h"

static void
check_file_name(const char *file, const char *name)
{
	g_assert_cmpuint(strlen(file), <=, 255);
	g_assert_true((*file == '\0') == (*name == '\0'));
	g_assert_cmpint(*file, !=, '.');
	for (const char *at = file; *at != '\0'; at++)
		g_assert_false(*at == '/' || g_ascii_iscntrl(*at));
	if (!g_utf8_validate(name, -1, NULL))
		return;
	g_assert_true(g_utf8_validate(file, -1, NULL));
	for (const char *at = file; *at != '\0'; at = g_utf8_next_char(at))
		g_assert_false(g_unichar_iscntrl(g_utf8_get_char(at)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *name = g_strndup((const char *)data, size);
	g_autofree char *file = pfs_name_escape(name);
	g_autofree char *back = pfs_name_unescape(file);
	g_autofree char *plain = pfs_name_unescape(name);

	check_file_name(file, name);
	if (strlen(name) * 3 <= 255)
		g_assert_cmpstr(back, ==, name);
	/* A file name that says something never is the empty name. */
	g_assert_true((*plain == '\0') == (*name == '\0'));
	return 0;
}
