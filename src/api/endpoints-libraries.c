/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint-table.h"

/* clang-format off */
#define NAME { "name", NULL, PATH, STRING, REQUIRED, "name of the library" }
#define LIMIT { "limit", NULL, QUERY, INTEGER, 0, "rows a page, 100 at most" }

const PfsEndpoint pfs_endpoints_libraries[] = {
	{ "listLibraries", "GET", { { OWN, "/libraries" } },
	  .help = "Lists libraries",
	  PARAMETERS(
		PAGE,
		{ "filter", NULL, QUERY, STRING, 0, "only names that contain this" },
		LIMIT,
		{ "sort", NULL, QUERY, STRING, 0,
		  "order by name, installs, popularity, …; - in front turns it" },
		{ "architectures", NULL, QUERY, COMMA_LIST, 0, "only for these" },
		{ "category", NULL, QUERY, STRING, 0, "only of this category" },
		{ "scope", NULL, QUERY, STRING, 0, "which libraries",
		  VALUES("all", "official", "public", "mine", "private") },
		{ "excludeScopes", NULL, QUERY, COMMA_LIST, 0, "but not these" }) },
	{ "getLibrary", "GET", { { OWN, "/libraries/{name}" } },
	  .help = "Reads a library's record",
	  PARAMETERS(
		NAME,
		{ "version", NULL, QUERY, STRING, 0, "this version of it" }) },
	{ "getLibraryVersions", "GET", { { OWN, "/libraries/{name}/versions" } },
	  .help = "Lists a library's versions",
	  PARAMETERS(NAME, PAGE, LIMIT) },
	{ "contributeLibrary", "POST", { { OWN, "/libraries" } },
	  .help = "Uploads a library",
	  .flags = SLOW,
	  PARAMETERS(
		{ "archive", "file", BODY, FILE_, REQUIRED, "a .tar.gz of it",
		  .filename = "archive.tar.gz" }) },
	{ "publishLibrary", "PATCH", { { OWN, "/libraries/{name}" } },
	  .help = "Makes a library public",
	  PARAMETERS(NAME, { NULL, "visibility", BODY, STRING, .value = "public" }) },
	{ "deleteLibrary", "DELETE", { { OWN, "/libraries/{name}" } },
	  .help = "Deletes a library",
	  PARAMETERS(
		NAME,
		{ "force", NULL, BODY, STRING, SECRET, "token that a public library takes" }) },
	{ NULL },
};
