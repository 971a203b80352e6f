#include "daemon/commands/command.h"

#include <cstdio>
#include <fstream>
#include <iostream>

#include "pipeline/base/utf8.h"

namespace triage::commands {

int report(const Error& error) {
  std::fprintf(stderr, "triaged: %s\n", error.message.c_str());
  switch (error.kind) {
    case ErrorKind::invalid_input:
    case ErrorKind::not_found:
    case ErrorKind::denied: return kBadUsage;
    case ErrorKind::unavailable:
    case ErrorKind::rate_limited:
    case ErrorKind::timeout:
    case ErrorKind::exhausted:
    case ErrorKind::corrupt:
    case ErrorKind::conflict:
    case ErrorKind::internal: return kOutsideFailed;
  }
  return kOutsideFailed;
}

std::string printable(std::string_view text, bool lines) {
  std::string out = repair_utf8(text);
  for (char& c : out) {
    const bool kept = lines && (c == '\n' || c == '\t');
    if ((static_cast<unsigned char>(c) < 0x20 && !kept) || c == 0x7f) c = ' ';
  }
  // C1 controls (U+0080…9F), and the signs that reorder text (U+202A…E, U+2066…9), in UTF-8.
  for (size_t i = 0; i + 1 < out.size(); ++i) {
    const auto at = [&](size_t n) { return i + n < out.size() ? static_cast<unsigned char>(out[i + n]) : 0; };
    const bool c1 = at(0) == 0xc2 && at(1) >= 0x80 && at(1) <= 0x9f;
    const bool reorders = at(0) == 0xe2 && ((at(1) == 0x80 && at(2) >= 0xaa && at(2) <= 0xae) ||
                                            (at(1) == 0x81 && at(2) >= 0xa6 && at(2) <= 0xa9));
    if (c1 || reorders) out.replace(i, c1 ? 2 : 3, " ");
  }
  return out;
}

Result<std::string> read_input(const std::string& path_or_dash, size_t max_bytes) {
  std::ifstream file;
  const bool standard_input = path_or_dash == "-";
  if (!standard_input) {
    file.open(path_or_dash, std::ios::binary);
    if (!file) return Error{ErrorKind::not_found, "cannot read " + path_or_dash};
  }
  std::istream& in = standard_input ? std::cin : file;
  std::string text;
  std::string buffer(1U << 16U, '\0');
  while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || in.gcount() > 0) {
    text.append(buffer.data(), static_cast<size_t>(in.gcount()));
    if (text.size() > max_bytes)
      return Error{ErrorKind::exhausted, path_or_dash + " is larger than " +
                                             std::to_string(max_bytes >> 20U) + " MiB"};
  }
  return text;
}

}  // namespace triage::commands
