/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <string>
#include <string_view>

namespace pfs {

/* "line 3, column 17" of the value at a JSON pointer; empty where the document has none. */
std::string find_place(std::string_view document, const std::string &pointer);

/* Adds a key or an index. */
void append_token(std::string &pointer, std::string_view token);

} // namespace pfs
