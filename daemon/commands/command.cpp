#include "daemon/commands/command.h"

#include <cstdio>
#include <fstream>
#include <iostream>

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
