/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What particlefs-check-schema says by its exit status. None of them is what a crash gives, or a
 * sanitizer. */
#define PFS_SCHEMA_MATCHES 0
#define PFS_SCHEMA_DIFFERS 65	/* EX_DATAERR */
#define PFS_SCHEMA_UNCHECKED 78 /* EX_CONFIG */
