#include "pipeline/base/utf8.h"

#include <cstdint>
#include <cstring>

namespace triage {
namespace {

// Length of the well-formed sequence at pos, or 0 (table 3-7 of the Unicode standard).
size_t sequence_length(std::string_view s, size_t pos) {
  const auto byte = [&](size_t i) -> unsigned {
    return pos + i < s.size() ? static_cast<unsigned char>(s[pos + i]) : 0U;
  };
  const auto tail = [&](size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (!tail(1) || !tail(2)) return 0;
    if (lead == 0xE0 && byte(1) < 0xA0) return 0;
    if (lead == 0xED && byte(1) > 0x9F) return 0;
    return 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (!tail(1) || !tail(2) || !tail(3)) return 0;
    if (lead == 0xF0 && byte(1) < 0x90) return 0;
    if (lead == 0xF4 && byte(1) > 0x8F) return 0;
    return 4;
  }
  return 0;
}

}  // namespace

bool is_valid_utf8(std::string_view bytes) {
  for (size_t pos = 0; pos < bytes.size();) {
    // Most text is ASCII: eight bytes at a time.
    std::uint64_t eight = 0x80;
    if (pos + 8 <= bytes.size()) std::memcpy(&eight, bytes.data() + pos, 8);
    if ((eight & 0x8080808080808080U) == 0) {
      pos += 8;
      continue;
    }
    const size_t length = sequence_length(bytes, pos);
    if (length == 0) return false;
    pos += length;
  }
  return true;
}

std::string repair_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (size_t pos = 0; pos < bytes.size();) {
    const size_t length = sequence_length(bytes, pos);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      ++pos;
      continue;
    }
    if (bytes[pos] != '\0') out += bytes.substr(pos, length);
    pos += length;
  }
  return out;
}

std::string_view truncate_utf8(std::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  size_t end = max_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

std::string head_and_tail(std::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return std::string(text);
  const std::string_view head = truncate_utf8(text, max_bytes / 2);
  size_t tail_start = text.size() - max_bytes / 2;
  while (tail_start < text.size() && (static_cast<unsigned char>(text[tail_start]) & 0xC0U) == 0x80U)
    ++tail_start;
  return std::string(head) + "\n… " + std::to_string(tail_start - head.size()) +
         " bytes left out …\n" + std::string(text.substr(tail_start));
}

}  // namespace triage
