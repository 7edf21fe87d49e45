/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash, with a key of this process (https://doc.libsodium.org/hashing/short-input_hashing). */
#include <string.h>
#include <unistd.h>

#include <sodium/crypto_shorthash.h>

#include <particlefs/hash.h>

static const unsigned char *
get_key(void)
{
	static gsize ready;
	static unsigned char key[crypto_shorthash_KEYBYTES];

	if (g_once_init_enter(&ready)) {
		int code = getentropy(key, sizeof(key));

		g_assert(code == 0);
		g_once_init_leave(&ready, 1);
	}
	return key;
}

guint64
pfs_bytes_digest(const char *data, gsize length)
{
	guint64 digest;

	G_STATIC_ASSERT(sizeof(digest) == crypto_shorthash_BYTES);
	crypto_shorthash((unsigned char *)&digest, (const unsigned char *)data, length, get_key());
	return digest;
}

guint
pfs_bytes_hash(const char *data, gsize length)
{
	guint64 digest = pfs_bytes_digest(data, length);

	return (guint)(digest ^ digest >> 32);
}

guint
pfs_text_hash(gconstpointer text)
{
	return pfs_bytes_hash(text, strlen(text));
}
