// UTF-8 (RFC 3629) for text that comes from outside.
#pragma once

#include <string>
#include <string_view>

namespace triage {

bool is_valid_utf8(std::string_view bytes);

// The same text with every ill-formed sequence replaced by U+FFFD and NUL removed.
std::string repair_utf8(std::string_view bytes);

// At most max_bytes, cut between code points.
std::string_view truncate_utf8(std::string_view text, size_t max_bytes);

// Head and tail of a long text with "… N bytes left out …" between; unchanged when it fits.
std::string head_and_tail(std::string_view text, size_t max_bytes);

}  // namespace triage
