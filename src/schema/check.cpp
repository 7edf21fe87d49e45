/* SPDX-License-Identifier: Apache-2.0 */
#include "check.hpp"

#include <algorithm>
#include <cmath>
#include <exception>

#include <valijson/adapters/rapidjson_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <rapidjson/memorystream.h>

#include "place.hpp"

namespace pfs
{

namespace
{

using Adapter = valijson::adapters::RapidJsonAdapter;
using Error = valijson::ValidationResults::Error;
using Version = valijson::SchemaParser::Version;

constexpr double EXACT_MAX = 9007199254740992; /* 2^53 */

bool
parse(rapidjson::Document &json, std::string_view text)
{
	constexpr unsigned flags =
	    rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
	rapidjson::MemoryStream stream(text.data(), text.size());

	json.ParseStream<flags>(stream);
	return !json.HasParseError();
}

/* 5.0 is an integer, as it is for the cloud. */
void
settle_numbers(rapidjson::Value &value)
{
	if (value.IsObject())
		for (auto &member : value.GetObject())
			settle_numbers(member.value);
	else if (value.IsArray())
		for (auto &item : value.GetArray())
			settle_numbers(item);
	else if (value.IsDouble() && std::fabs(value.GetDouble()) <= EXACT_MAX &&
		 std::trunc(value.GetDouble()) == value.GetDouble())
		value.SetInt64(static_cast<std::int64_t>(value.GetDouble()));
}

/* By what the schema says of itself; false for a draft that the library does not know. */
bool
find_version(const rapidjson::Document &schema, Version &version)
{
	std::string_view draft = "draft-07";

	if (schema.IsObject() && schema.HasMember("$schema"))
		draft = schema["$schema"].IsString() ? schema["$schema"].GetString() : "";
	version = draft.find("draft-04") != draft.npos ? Version::kDraft4 : Version::kDraft7;
	return version == Version::kDraft4 || draft.find("draft-06") != draft.npos ||
	       draft.find("draft-07") != draft.npos;
}

bool
has_pattern(const rapidjson::Value &schema)
{
	constexpr std::string_view word = "pattern";

	if (schema.IsArray())
		return std::any_of(schema.Begin(), schema.End(), has_pattern);
	return schema.IsObject() &&
	       std::any_of(schema.MemberBegin(), schema.MemberEnd(), [word](const auto &member) {
		       const std::string_view name(member.name.GetString(),
						   member.name.GetStringLength());

		       return name.substr(0, word.size()) == word || has_pattern(member.value);
	       });
}

/* The library's patterns read bytes, where a schema means characters. */
bool
mistakes_characters(const rapidjson::Value &schema, std::string_view document)
{
	return has_pattern(schema) && (std::any_of(document.begin(), document.end(),
						   [](char c) { return (c & 0x80) != 0; }) ||
				       document.find("\\u") != document.npos);
}

/* The context is "<root>", "[key]", "[0]". */
std::string
dup_pointer(const Error &error)
{
	std::string pointer;

	for (std::size_t i = 1; i < error.context.size(); i++) {
		const std::string_view token = error.context[i];

		append_token(pointer, token.substr(1, token.size() - 2));
	}
	return pointer;
}

/* The first is about the innermost place; all that is said of that. */
std::string
describe(const valijson::ValidationResults &results, std::string_view document)
{
	const std::string pointer = dup_pointer(*results.begin());
	std::string text = find_place(document, pointer);

	text += (pointer.empty() ? "" : ", ") + pointer + ":";
	for (const Error &error : results) {
		if (error.context != results.begin()->context)
			break;
		text += " " + error.description;
	}
	return text;
}

Check
validate(const rapidjson::Document &rules, const rapidjson::Document &value, Version version,
	 std::string_view document)
{
	valijson::Schema schema;
	valijson::SchemaParser parser(version);
	valijson::Validator validator;
	valijson::ValidationResults results;

	parser.populateSchema(Adapter(rules), schema);
	if (validator.validate(schema, Adapter(value), &results))
		return { Verdict::matches, "" };
	if (results.numErrors() == 0)
		return { Verdict::differs, "it does not match the schema" };
	return { Verdict::differs, describe(results, document) };
}

} // namespace

Check
check_document(std::string_view schema, std::string_view document)
{
	Version version;
	rapidjson::Document rules;
	rapidjson::Document value;

	if (!parse(rules, schema))
		return { Verdict::unchecked, "the schema is no JSON" };
	if (!parse(value, document))
		return { Verdict::unchecked, "the document is no JSON" };
	if (!find_version(rules, version))
		return { Verdict::unchecked, "the schema is of a draft that is not known" };
	if (mistakes_characters(rules, document))
		return { Verdict::unchecked, "it has patterns, and the document more than ASCII" };
	settle_numbers(rules);
	settle_numbers(value);
	try {
		return validate(rules, value, version, document);
	} catch (const std::exception &problem) {
		return { Verdict::unchecked, problem.what() };
	}
}

} // namespace pfs
