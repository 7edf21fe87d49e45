/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modules as Device OS has them (services/inc/module_info.h): a header that says for which
 * platform, the code, the SHA-256 of both, a CRC-32 of all. There is no code in these.
 */
#include "binary.h"

#include <string.h>
#include <zlib.h>

#include "fleet.h"

#define START_ADDRESS 0xd4000U
#define CODE_BYTES 8192
#define NO_PRODUCT 0xffff
#define FUNCTION_SYSTEM 4
#define FUNCTION_APPLICATION 5
#define FUNCTION_LAST 10
#define CRC_BYTES 4

typedef struct {
	guint32 start;
	guint32 end;
	guint8 reserved;
	guint8 flags;
	guint16 version;
	guint16 platform_id;
	guint8 function;
	guint8 index;
	struct {
		guint8 function;
		guint8 index;
		guint16 version;
	} needs[2];
} Header;

typedef struct {
	guint16 product_id;
	guint16 product_version;
	guint16 reserved;
	guint8 sha[32];
	guint16 size;
} Suffix;

G_STATIC_ASSERT(sizeof(Header) == 24);
G_STATIC_ASSERT(sizeof(Suffix) == 40);

static guint32
get_crc(const void *data, gsize length)
{
	return GUINT32_TO_BE((guint32)crc32(0, data, (uInt)length));
}

static void
append_suffix(GByteArray *out)
{
	Suffix suffix = {
		.product_id = GUINT16_TO_LE(NO_PRODUCT),
		.product_version = GUINT16_TO_LE(NO_PRODUCT),
		.size = GUINT16_TO_LE(sizeof(Suffix)),
	};
	g_autoptr(GChecksum) sha = g_checksum_new(G_CHECKSUM_SHA256);
	gsize length = sizeof(suffix.sha);
	guint32 crc;

	g_checksum_update(sha, out->data, out->len);
	g_checksum_get_digest(sha, suffix.sha, &length);
	g_byte_array_append(out, (const guint8 *)&suffix, sizeof(suffix));
	crc = get_crc(out->data, out->len);
	g_byte_array_append(out, (const guint8 *)&crc, sizeof(crc));
}

GBytes *
sim_binary_new(int platform_id, guint64 seed)
{
	guint32 end = START_ADDRESS + sizeof(Header) + CODE_BYTES + sizeof(Suffix);
	Header header = {
		.start = GUINT32_TO_LE(START_ADDRESS),
		.end = GUINT32_TO_LE(end),
		.version = GUINT16_TO_LE(6),
		.platform_id = GUINT16_TO_LE((guint16)platform_id),
		.function = FUNCTION_APPLICATION,
		.index = 1,
		.needs[0] = { FUNCTION_SYSTEM, 1, GUINT16_TO_LE(1512) },
	};
	GByteArray *out = g_byte_array_new();

	g_byte_array_append(out, (const guint8 *)&header, sizeof(header));
	for (guint64 i = 0; i < CODE_BYTES / sizeof(i); i++) {
		guint64 word = sim_hash(seed, i);

		g_byte_array_append(out, (const guint8 *)&word, sizeof(word));
	}
	append_suffix(out);
	return g_byte_array_free_to_bytes(out);
}

/* Where the header may stand: before the code, or behind the vectors of an old processor. */
static gboolean
read_header(const char *data, gsize length, Header *out_header)
{
	static const gsize offsets[] = { 0, 0x200, 0x184, 0x10c };

	for (guint i = 0; i < G_N_ELEMENTS(offsets); i++) {
		if (length < offsets[i] + sizeof(Header) + CRC_BYTES)
			return FALSE;
		memcpy(out_header, data + offsets[i], sizeof(Header));
		if (GUINT32_FROM_LE(out_header->end) - GUINT32_FROM_LE(out_header->start) +
			    CRC_BYTES ==
			length &&
		    out_header->function > 0 && out_header->function <= FUNCTION_LAST)
			return TRUE;
	}
	return FALSE;
}

SimBinaryState
sim_binary_read(GBytes *binary, int *out_platform_id)
{
	gsize length = 0;
	const char *data = binary ? g_bytes_get_data(binary, &length) : NULL;
	Header header;
	guint32 crc;

	if (!data || !read_header(data, length, &header))
		return SIM_BINARY_UNKNOWN;
	*out_platform_id = GUINT16_FROM_LE(header.platform_id);
	crc = get_crc(data, length - CRC_BYTES);
	return memcmp(&crc, data + length - CRC_BYTES, CRC_BYTES) == 0 ? SIM_BINARY_GOOD
								       : SIM_BINARY_BROKEN;
}
