/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

typedef enum {
	SIM_BINARY_UNKNOWN, /* it has no header that could be read */
	SIM_BINARY_BROKEN,  /* its checksum is another */
	SIM_BINARY_GOOD,
} SimBinaryState;

/* An application for a platform; the same seed makes the same. */
GBytes *sim_binary_new(int platform_id, guint64 seed);

/* @out_platform_id: what it was built for, if it has a header */
SimBinaryState sim_binary_read(GBytes *binary, int *out_platform_id);
