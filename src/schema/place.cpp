/* SPDX-License-Identifier: Apache-2.0 */
/* Where in its text a value of a document stands: the tree that a validator reads has no lines. */
#include "place.hpp"

#include <vector>

#include <valijson/adapters/rapidjson_adapter.hpp> /* which says what an assertion of RapidJSON does */

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

namespace pfs
{

namespace
{

/* Ends the reading at the value that is looked for. */
class Finder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Finder>
{
      public:
	Finder(std::string_view text, const rapidjson::MemoryStream &stream,
	       const std::string &wanted)
	    : text_(text), stream_(stream), wanted_(wanted)
	{
	}

	/* Any scalar. */
	bool
	Default()
	{
		return enter() && leave();
	}

	bool
	StartObject()
	{
		return begin(false);
	}

	bool
	StartArray()
	{
		return begin(true);
	}

	bool
	Key(const char *key, rapidjson::SizeType length, bool)
	{
		pointer_.resize(levels_.back().length);
		append_token(pointer_, std::string_view(key, length));
		end_ = stream_.Tell();
		return true;
	}

	bool
	EndObject(rapidjson::SizeType)
	{
		return end();
	}

	bool
	EndArray(rapidjson::SizeType)
	{
		return end();
	}

	bool
	found() const
	{
		return found_;
	}

	std::size_t
	offset() const
	{
		return offset_;
	}

      private:
	struct Level {
		bool array;
		std::size_t next;   /* index */
		std::size_t length; /* of the container's pointer */
	};

	/* A value begins behind the end of what was before it, and what stands between. */
	std::size_t
	find_begin() const
	{
		return text_.find_first_not_of(" \t\r\n,:]}", end_);
	}

	bool
	enter()
	{
		if (!levels_.empty() && levels_.back().array) {
			pointer_.resize(levels_.back().length);
			append_token(pointer_, std::to_string(levels_.back().next++));
		}
		if (pointer_ != wanted_)
			return true;
		offset_ = find_begin();
		found_ = offset_ != std::string_view::npos;
		return false;
	}

	bool
	leave()
	{
		end_ = stream_.Tell();
		return true;
	}

	/* Here the stream may stand before the bracket. */
	bool
	begin(bool array)
	{
		if (!enter())
			return false;
		levels_.push_back({ array, 0, pointer_.size() });
		end_ = find_begin() + 1;
		return true;
	}

	bool
	end()
	{
		levels_.pop_back();
		return leave();
	}

	std::string_view text_;
	const rapidjson::MemoryStream &stream_;
	const std::string &wanted_;
	std::string pointer_;
	std::vector<Level> levels_;
	std::size_t end_ = 0; /* of what was read last */
	std::size_t offset_ = 0;
	bool found_ = false;
};

/* In characters, of which those of several bytes are one. */
std::string
describe(std::string_view text)
{
	std::size_t line = 1;
	std::size_t column = 1;

	for (const unsigned char byte : text) {
		if (byte == '\n') {
			line++;
			column = 1;
		} else if ((byte & 0xc0) != 0x80) {
			column++;
		}
	}
	return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

} // namespace

void
append_token(std::string &pointer, std::string_view token)
{
	pointer += '/';
	for (const char character : token) {
		if (character == '~')
			pointer += "~0";
		else if (character == '/')
			pointer += "~1";
		else
			pointer += character;
	}
}

std::string
find_place(std::string_view document, const std::string &pointer)
{
	rapidjson::MemoryStream stream(document.data(), document.size());
	rapidjson::Reader reader;
	Finder finder(document, stream, pointer);

	reader.Parse<rapidjson::kParseIterativeFlag>(stream, finder);
	return finder.found() ? describe(document.substr(0, finder.offset())) : "";
}

} // namespace pfs
