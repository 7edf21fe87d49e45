/* SPDX-License-Identifier: Apache-2.0 */
/* Mount options. What the kernel gets are options, and not a word that a user wrote. */
#include <string.h>

#include "../../src/cli/options.h"
#include "fuzz.h"

static void
check_kernel(const char *list)
{
	g_auto(GStrv) words = g_strsplit(list, ",", -1);

	for (char **word = words; *word != NULL; word++) {
		g_assert_cmpint(**word, !=, '\0');
		for (const char *at = *word; *at != '\0'; at++)
			g_assert_true(g_ascii_islower(*at) || *at == '_');
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *list = g_utf8_make_valid((const char *)data, (gssize)size);
	g_auto(PfsMountOptions) options = { 0 };
	g_autoptr(GError) error = NULL;

	pfs_mount_options_init(&options);
	if (!pfs_mount_options_parse(&options, list, &error))
		fuzz_check_error(error);
	check_kernel(options.kernel->str);
	for (guint i = 0; i < PFS_N_TTL; i++)
		g_assert_cmpint(options.tree.ttl_us[i], >=, 0);
	g_assert_cmpint(options.tree.stale_us, >=, 0);
	g_assert_cmpuint(options.umask, <=, 0777);
	return 0;
}
