/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash, with a key of this process (https://doc.libsodium.org/hashing/short-input_hashing). */
#include <string.h>
#include <unistd.h>

#include <sodium/crypto_generichash.h>
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

guint
pfs_bytes_hash(const char *data, gsize length)
{
	guint hash[crypto_shorthash_BYTES / sizeof(guint)];

	crypto_shorthash((unsigned char *)hash, (const unsigned char *)data, length, get_key());
	return hash[0] ^ hash[1];
}

guint
pfs_text_hash(gconstpointer text)
{
	return pfs_bytes_hash(text, strlen(text));
}

void
pfs_bytes_digest(GBytes *bytes, guint8 *out_digest)
{
	gsize length;
	const guint8 *data = g_bytes_get_data(bytes, &length);

	crypto_generichash(out_digest, PFS_DIGEST_BYTES, data, length, NULL, 0);
}
