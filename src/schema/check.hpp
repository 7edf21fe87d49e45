/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <string>
#include <string_view>

namespace pfs {

enum class Verdict {
	matches,
	differs,   /* the document does not match */
	unchecked, /* the schema can't be judged by */
};

struct Check {
	Verdict verdict;
	std::string reason;
};

/* Whether a document matches its JSON schema, and where it does not. What a schema refers to elsewhere
 * is never fetched. */
Check check_document(std::string_view schema, std::string_view document);

} // namespace pfs
