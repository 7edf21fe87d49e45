/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Short words for the tables; only src/api/endpoints-*.c include this. */

#include "endpoint-row.h"

/* clang-format off */
#define ROOT PFS_SCOPE_ROOT
#define OWN PFS_SCOPE_OWN
#define PRODUCT PFS_SCOPE_PRODUCT
#define ORG PFS_SCOPE_ORG
#define ORG_PRODUCT PFS_SCOPE_ORG_PRODUCT

#define PATH PFS_PLACE_PATH
#define QUERY PFS_PLACE_QUERY
#define BODY PFS_PLACE_BODY
#define SPREAD PFS_PLACE_SPREAD
#define MEMBER PFS_PLACE_MEMBER
#define BASIC_USER PFS_PLACE_BASIC_USER
#define BASIC_PASSWORD PFS_PLACE_BASIC_PASSWORD
#define NOWHERE PFS_PLACE_NOWHERE

#define STRING PFS_TYPE_STRING
#define INTEGER PFS_TYPE_INTEGER
#define BOOLEAN PFS_TYPE_BOOLEAN
#define BIT PFS_TYPE_BIT
#define IF_TRUE PFS_TYPE_IF_TRUE
#define UNLESS_TRUE PFS_TYPE_UNLESS_TRUE
#define LIST PFS_TYPE_LIST
#define COMMA_LIST PFS_TYPE_COMMA_LIST
#define JSON PFS_TYPE_JSON
#define OBJECT PFS_TYPE_OBJECT
#define ARRAY PFS_TYPE_ARRAY
#define CODE PFS_TYPE_CODE
#define FILE_ PFS_TYPE_FILE /* stdio has the plain word */
#define FILES PFS_TYPE_FILES
#define STAMP PFS_TYPE_STAMP

#define REQUIRED PFS_PARAMETER_REQUIRED
#define SECRET PFS_PARAMETER_SECRET
#define NULLABLE PFS_PARAMETER_NULLABLE
#define ONE_OF PFS_PARAMETER_ONE_OF
#define RAW PFS_PARAMETER_RAW

#define CALLS_DEVICE PFS_ENDPOINT_CALLS_DEVICE
#define WAITS_DEVICE PFS_ENDPOINT_WAITS_DEVICE
#define TELLS_ONLINE PFS_ENDPOINT_TELLS_ONLINE
#define OLD PFS_ENDPOINT_OLD
#define EXTRA PFS_ENDPOINT_EXTRA
#define SLOW PFS_ENDPOINT_SLOW

#define PARAMETERS(...) .parameters = (const PfsParameter[]){ __VA_ARGS__, { NULL } }
#define VALUES(...) .values = (const char *const[]){ __VA_ARGS__, NULL }

/* Parameters that many rows share. */
#define DEVICE_ID { "deviceId", NULL, PATH, STRING, REQUIRED, "ID of the device, or its name" }
#define PAGE { "page", NULL, QUERY, INTEGER, 0, "which page, from 1" }
#define PER_PAGE { "perPage", "per_page", QUERY, INTEGER, 0, "rows a page" }
