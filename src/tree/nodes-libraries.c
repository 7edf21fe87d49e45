/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "node.h"

/* Letters, digits, - and _: what `library.properties` allows. */
static gboolean
is_library_name(const char *text)
{
	return *text != '.' && *text != '\0' && strpbrk(text, " /%~") == NULL;
}

/* clang-format off */
static const PfsNode versions_nodes[];

static const PfsCollectionRow version_collection = {
	.directory = versions_nodes,
	.list = "getLibraryVersions",
	.items = "data",
	.page_size = "limit",
	.spread = "attributes",
	.parameter = "version",
	.id_key = "version",
	.name_key = "version",
	.ttl = PFS_TTL_STATIC,
};

static const PfsNode version_nodes[] = {
	{ "info.json", PFS_DOCUMENT, PFS_FROM_ANSWER, .read = "getLibrary", .pick = "data",
	  .ttl = PFS_TTL_STATIC, .help = "the library at that version" },
	{ "archive.tar.gz", PFS_DOCUMENT, PFS_FROM_ANSWER, .read = "downloadFile",
	  .argument = "uri", .argument_from = "links.download", .flags = PFS_NODE_TEXT,
	  .ttl = PFS_TTL_STATIC, .help = "its archive" },
	{ NULL },
};

static const PfsNode versions_nodes[] = {
	{ "{version}", PFS_DIRECTORY, PFS_FROM_RECORDS, version_nodes,
	  .collection = &version_collection, .help = "a version" },
	{ NULL },
};

static const PfsActRow delete_choices[] = {
	{ "deleteLibrary", .word = "", .lists = TRUE },
	{ NULL },
};

static const PfsNode library_nodes[] = {
	{ "info.json", PFS_DOCUMENT, PFS_FROM_RECORD, .help = "the whole record" },
	{ "versions", PFS_DIRECTORY, PFS_FROM_NOTHING, versions_nodes, .help = "its versions" },
	{ "publish", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("publishLibrary", .lists = TRUE),
	  .help = "make it public" },
	{ "delete", PFS_VERB, PFS_FROM_NOTHING,
	  .write = ACT("deleteLibrary", "force", .lists = TRUE, .choices = delete_choices),
	  .help = "delete it; a public one takes the force token" },
	{ "{attribute}", PFS_ATTRIBUTE, PFS_FROM_SCALARS, .shown = "version, author, sentence, …",
	  .help = "one value of the record" },
	{ NULL },
};

static const PfsCollectionRow library_collection = {
	.directory = pfs_libraries_nodes,
	.list = "listLibraries",
	.items = "data",
	.page_size = "limit",
	.spread = "attributes",
	.get = "getLibrary",
	.wrapper = "data",
	.parameter = "name",
	.id_key = "name",
	.name_key = "name",
	.is_id = is_library_name,
	.direct = TRUE,
	.ttl = PFS_TTL_STATIC,
};

static const PfsNode found_nodes[];

static const PfsCollectionRow found_collection = {
	.directory = found_nodes,
	.list = "listLibraries",
	.items = "data",
	.page_size = "limit",
	.spread = "attributes",
	.parameter = "name",
	.id_key = "name",
	.name_key = "name",
	.ttl = PFS_TTL_CONFIG,
};

static const PfsNode found_nodes[] = {
	{ "{name}", PFS_LINK, PFS_FROM_RECORDS, .collection = &found_collection,
	  .target = "../..", .help = "a library whose name has the term in it" },
	{ NULL },
};

static const PfsNode search_nodes[] = {
	{ "{filter}", PFS_DIRECTORY, PFS_FROM_ANY, found_nodes, .help = "what matches the term" },
	{ NULL },
};

const PfsNode pfs_libraries_nodes[] = {
	{ "search", PFS_DIRECTORY, PFS_FROM_NOTHING, search_nodes, .help = "search/TERM: what matches" },
	{ "query", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("listLibraries"),
	  .help = "filter, sort and page" },
	{ "upload", PFS_UPLOAD, PFS_FROM_NOTHING,
	  .write = ACT("contributeLibrary", "archive", .filename = "archive.tar.gz", .lists = TRUE),
	  .help = "copy an archive here: it is uploaded at close" },
	{ "{name}", PFS_DIRECTORY, PFS_FROM_RECORDS, library_nodes, .collection = &library_collection,
	  .remove = ACT("deleteLibrary", .lists = TRUE),
	  .help = "a library; rmdir deletes a private one" },
	{ NULL },
};
/* clang-format on */
