/* SPDX-License-Identifier: Apache-2.0 */
/* First line: a JSON pointer. The second: a schema. The rest: a document. Places are found where
 * the document has such a value; whatever the schema, the document is judged. */
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <valijson/adapters/rapidjson_adapter.hpp>

#include <rapidjson/memorystream.h>
#include <rapidjson/pointer.h>

#include "../../src/schema/check.hpp"
#include "../../src/schema/place.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);

namespace
{

void
must(bool condition)
{
	if (!condition)
		__builtin_trap();
}

std::string_view
take_line(std::string_view &text)
{
	const std::size_t end = std::min(text.find('\n'), text.size());
	const std::string_view line = text.substr(0, end);

	text.remove_prefix(std::min(end + 1, text.size()));
	return line;
}

/* As the library understands pointers, but for NUL, which ends one there, and fragments of URIs. */
void
check_place(const std::string &pointer, std::string_view text)
{
	const rapidjson::Pointer wanted(pointer.data(), pointer.size());
	rapidjson::MemoryStream stream(text.data(), text.size());
	rapidjson::Document document;

	document.ParseStream<rapidjson::kParseIterativeFlag>(stream);
	if (document.HasParseError() || !wanted.IsValid() || pointer.find('#') == 0 ||
	    pointer.find('\0') != pointer.npos)
		return;
	must(wanted.Get(document) == nullptr || !pfs::find_place(text, pointer).empty());
}

/* The library calls itself for each level. */
bool
is_shallow(std::string_view text)
{
	return std::count_if(text.begin(), text.end(),
			     [](char c) { return c == '[' || c == '{'; }) <= 64;
}

/* It compares each item with each other, for each rule, and keeps what it has to say of all. */
bool
is_small(std::string_view schema, std::string_view document)
{
	const auto rules = 1 + std::count(schema.begin(), schema.end(), ',');
	const auto items = 1 + std::count(document.begin(), document.end(), ',');

	return rules * items * items <= 1000000;
}

/* It goes round in circles, calls itself for each character of a pattern, and divides by 0. */
bool
is_tame(std::string_view schema)
{
	for (const char *word : { "$ref", "pattern", "multipleOf", "\\u" })
		if (schema.find(word) != schema.npos)
			return false;
	return true;
}

} // namespace

int
LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	std::string_view document(reinterpret_cast<const char *>(data), size);
	const std::string pointer(take_line(document));
	const std::string_view schema = take_line(document);

	check_place(pointer, document);
	if (!is_shallow(schema) || !is_shallow(document) || !is_small(schema, document) ||
	    !is_tame(schema))
		return 0;

	const pfs::Check check = pfs::check_document(schema, document);

	must(check.reason.empty() == (check.verdict == pfs::Verdict::matches));
	return 0;
}
