/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is wiped when it is freed. What a user writes may be a password, and a header holds
 * the token: both pass through libcurl and jansson, which leave their copies wherever they were.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <jansson.h>

#include <particlefs/wipe.h>

void
pfs_wipe_free(void *data)
{
	if (data != NULL)
		explicit_bzero(data, malloc_usable_size(data));
	free(data);
}

/* realloc() would leave what it has moved. */
static void *
wipe_realloc(void *data, size_t size)
{
	void *moved;

	if (data == NULL)
		return malloc(size);
	if (malloc_usable_size(data) >= size)
		return data;
	moved = malloc(size);
	if (moved == NULL)
		return NULL;
	memcpy(moved, data, malloc_usable_size(data));
	pfs_wipe_free(data);
	return moved;
}

void
pfs_wipe_string(GString *text)
{
	explicit_bzero(text->str, text->allocated_len);
	g_string_free(text, TRUE);
}

GBytes *
pfs_wipe_bytes_new(const char *data, gsize length)
{
	return pfs_wipe_bytes_new_take(g_memdup2(data, length), length);
}

GBytes *
pfs_wipe_bytes_new_take(char *data, gsize length)
{
	return g_bytes_new_with_free_func(data, length, pfs_wipe_free, data);
}

/* Deeper than curl and OpenSSL go; it takes half a microsecond. */
G_NO_INLINE void
pfs_wipe_stack(void)
{
	char below[32 * 1024];

	explicit_bzero(below, sizeof(below));
}

void
pfs_wipe_init(void)
{
	json_set_alloc_funcs(malloc, pfs_wipe_free);
	curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, pfs_wipe_free, wipe_realloc, strdup,
			     calloc);
}
