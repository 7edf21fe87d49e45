/* SPDX-License-Identifier: Apache-2.0 */
/* `all/`: every device at once. It resolves by its name and is listed nowhere: no walker asks a
 * fleet. */
#include "node.h"

/* clang-format off */
#define FLEET(prefix, records, filter) \
	static const PfsNode prefix##_variable_nodes[] = { \
		{ "{name}", PFS_ATTRIBUTE, PFS_FROM_FLEET, .collection = &records, .key = filter, \
		  .suffix = ".csv", .read = "getVariable", .pick = "variables", .answer = "result", \
		  .ttl = PFS_TTL_VARIABLE, .shown = "NAME.csv", \
		  .help = "the variable of each device that has it: id, name, value, error" }, \
		{ NULL }, \
	}; \
	static const PfsNode prefix##_function_nodes[] = { \
		{ "{name}", PFS_VERB, PFS_FROM_FLEET, .collection = &records, .key = filter, \
		  .pick = "functions", .flags = PFS_NODE_EMPTY, \
		  .write = ACT("callFunction", "argument", "return_value", .fleet = TRUE), \
		  .help = "write the argument: each online device that has the function calls it" }, \
		{ NULL }, \
	}; \
	const PfsNode pfs_##prefix##_all_nodes[] = { \
		{ "variables", PFS_DIRECTORY, PFS_FROM_NOTHING, prefix##_variable_nodes, \
		  .help = "a table for each variable, by its name" }, \
		{ "functions", PFS_DIRECTORY, PFS_FROM_NOTHING, prefix##_function_nodes, \
		  .help = "functions, by their names" }, \
		{ NULL }, \
	}

FLEET(own, pfs_device_collection, NULL);
FLEET(product, pfs_product_device_collection, NULL);
FLEET(group, pfs_product_device_collection, "groups");
/* clang-format on */
